/** Where a training's pictures come from. */
import type { RawImage } from '../../engine/image/raw';

export interface IconSource {
  /** The icon drawn into a square of `size` pixels. Throws `bad-image` or `not-found` naming it. */
  draw(folder: string, id: string, options: DrawOptions): Promise<RawImage>;
}

export interface DrawOptions {
  readonly size: number;
  /** CSS colour for `currentColor`. */
  readonly currentColor: string;
}
