/** The pictures of the last scan, so that a training that follows it neither reads nor draws its icons again. */
import { fileState } from '../../files/file-state';
import type { DrawOptions } from '../../icons/icon-reader';
import type { IconSet } from '../../icons/scan';
import type { RawImage } from '../../pictures/raw';

/** Enough for the most icons of the built-in model's size; of larger pictures the first ones are kept, the others drawn again. */
const MOST_BYTES = 128 * 2 ** 20;

/** What a picture depends on beside its file. */
export type Look = Pick<DrawOptions, 'size' | 'currentColor'>;

interface Kept {
  readonly image: RawImage;
  readonly path: string;
  readonly state: string;
}

export class DrawnIcons {
  #pictures = new Map<string, Kept>();
  #key = '';

  /** In place of those of an earlier scan. */
  keep(folder: string, look: Look, { icons }: IconSet): void {
    this.#key = keyOf(folder, look);
    this.#pictures = new Map();
    let bytes = 0;
    for (const { id, image, source } of icons) {
      bytes += image.data.byteLength;
      if (bytes > MOST_BYTES) return;
      this.#pictures.set(id, { image, ...source });
    }
  }

  /** undefined for an icon that was not scanned so, or whose file has changed since. */
  async find(folder: string, look: Look, id: string): Promise<RawImage | undefined> {
    const kept = this.#key === keyOf(folder, look) ? this.#pictures.get(id) : undefined;
    if (kept === undefined) return undefined;
    const state = await fileState(kept.path).catch(() => undefined);
    return state === kept.state ? kept.image : undefined;
  }

  /** Once they are somewhere else. */
  forget(): void {
    this.#pictures = new Map();
  }
}

function keyOf(folder: string, { size, currentColor }: Look): string {
  return JSON.stringify([folder, size, currentColor]);
}
