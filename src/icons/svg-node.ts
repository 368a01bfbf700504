/** What an SVG file draws, without anything that runs or loads. */
import type { Declarations } from './css/declaration';

export interface SvgElement {
  /** Without a namespace prefix. */
  readonly name: string;
  /** What is no style: sizes, paths, references. */
  readonly attributes: ReadonlyMap<string, string>;
  /** What the cascade of presentation attributes, style sheets and style attribute says about this element itself. */
  readonly declared: Declarations;
  readonly children: readonly SvgElement[];
}
