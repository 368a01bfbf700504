/** What an SVG file draws, without anything that runs or loads, and the text that is rasterised. */
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

export interface SvgOutput {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly SvgOutput[];
}

export function svgText({ name, attributes, children }: SvgOutput): string {
  const written = [...attributes].map(([attribute, value]) => ` ${attribute}="${escaped(value)}"`).join('');
  const inside = children.map(svgText).join('');
  return inside === '' ? `<${name}${written}/>` : `<${name}${written}>${inside}</${name}>`;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '');
}
