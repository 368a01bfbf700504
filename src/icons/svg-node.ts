/** What an SVG file draws, without anything that runs or loads. */
export interface SvgElement {
  /** Without a namespace prefix. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly SvgNode[];
}

/** An element, or the text of a style sheet. */
export type SvgNode = SvgElement | string;
