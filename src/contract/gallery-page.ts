/** What the gallery and the extension host say to each other. The host owns the state and sends it whole. */
import * as v from 'valibot';
import { pagePath } from './schema';

export interface GalleryItem {
  /** Address for the page. */
  readonly uri: string;
  /** Path from the workspace folder; identifies the picture in messages. */
  readonly path: string;
  readonly prompt: string;
}

export interface GalleryState {
  readonly loading: boolean;
  readonly items: readonly GalleryItem[];
  /** There are more pictures than are shown. */
  readonly truncated: boolean;
}

export interface ToGallery {
  readonly type: 'state';
  readonly state: GalleryState;
}

const fromGallery = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('open'), path: pagePath }),
  v.object({ type: v.literal('reveal'), path: pagePath }),
  v.object({ type: v.literal('copy-path'), path: pagePath }),
  v.object({ type: v.literal('again'), path: pagePath }),
  v.object({ type: v.literal('generate') }),
]);
export type FromGallery = Readonly<v.InferOutput<typeof fromGallery>>;

/** The message, or undefined when it is not one of ours: a page is a browser, so nothing it says is taken on trust. */
export function parseFromGallery(message: unknown): FromGallery | undefined {
  const parsed = v.safeParse(fromGallery, message);
  return parsed.success ? parsed.output : undefined;
}
