/** What goes between the rasteriser and its thread. */

/** The text of a file that may hold icons as SVG. */
export interface VectorFile {
  readonly kind: 'svg' | 'component';
  readonly text: string;
}

/** One icon of such a file, before it is drawn. */
export interface VectorPart {
  /** Of a sprite's part or a component, where it has one. */
  readonly name: string | undefined;
  /** It is a part of a sprite, and not the whole file. */
  readonly isPart: boolean;
  /** Widths and heights that it says it has, in pixels; none where it cannot be drawn. */
  readonly sides: readonly number[];
}

export interface DrawRequest {
  /** Of the part in the file's list. */
  readonly index: number;
  /** Pixels on each side. */
  readonly size: number;
  /** CSS colour for `currentColor`. */
  readonly currentColor: string;
}

/** Without a drawing, the file's parts are asked for. */
export interface VectorMessage {
  readonly file: VectorFile;
  readonly draw?: DrawRequest;
}

/** Premultiplied RGBA. */
export interface Drawn {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** `reason` says why there is nothing. */
export type VectorAnswer = { readonly parts: readonly VectorPart[] } | Drawn | { readonly reason: string };
