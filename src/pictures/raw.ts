/** Decoded pictures as the engine passes them around. */

/** Interleaved 8-bit pixels, straight (not premultiplied) alpha; 3 or 4 channels, row-major, no padding. */
export interface RawImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly data: Uint8Array;
}
