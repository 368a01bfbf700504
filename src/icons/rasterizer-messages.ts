/** What goes between the rasteriser and its thread. */
export interface DrawMessage {
  readonly svg: string;
}

/** Premultiplied RGBA, or why there is none. */
export type DrawnMessage =
  { readonly pixels: Uint8Array; readonly width: number; readonly height: number } | { readonly reason: string };
