/** A drawing as the SVG text that is rasterised. */

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
