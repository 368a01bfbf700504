/** Attributes of JSX, Vue and Svelte markup as those of an SVG file. */
import { styleText } from './component-style';
import { SkippedIcon } from '../domain/errors';

export interface AttributeContext {
  readonly element: string;
  /** The `<svg>` itself. */
  readonly isRoot: boolean;
  /** The whole component, for the defaults of its properties. */
  readonly source: string;
}

type AttributeValue = { readonly text: string } | { readonly code: string } | undefined;

/** They say nothing about the drawing, or not in a file. */
const DROPPED =
  /^(class|className|key|ref|role|tabindex|tabIndex|focusable|id$|aria-|data-|on|xmlns|version$|slot$|title$)/;
const PAINTS = new Set(['fill', 'stroke', 'color', 'stop-color', 'flood-color', 'lighting-color']);
/** React's names with a capital letter where SVG's have a hyphen; all others are the same. */
const HYPHENATED =
  /^(marker(?=Start|Mid|End)|transform(?=Origin|Box)|mask(?=Type)|stroke|fill|clip(?!PathUnits)|stop|flood|lighting|font|textAnchor|textDecoration|vector|paint|shape|color|dominant|alignment|baseline|letter|word|pointer|image)/;

/** Undefined for what is left out. Throws SkippedIcon where the drawing depends on code. */
export function attributeText(
  name: string,
  value: AttributeValue,
  context: AttributeContext,
): [name: string, escapedValue: string] | undefined {
  const bound = /^(?::|v-bind:)(.+)$/.exec(name)?.[1];
  if (/^(v-if|v-else|v-for|v-show|v-html)/.test(name)) throw dependsOn(`${name}="…"`);
  if (value === undefined || /^[@#]|^v-(?!bind:)|^(on|use|bind|class):/.test(name)) return undefined;
  const attribute = svgName(bound ?? name);
  if ('text' in value && bound === undefined) {
    return DROPPED.test(attribute) && attribute !== 'id' ? undefined : [attribute, escaped(value.text)];
  }
  const code = 'code' in value ? value.code : value.text;
  // The root's size and style belong to the place where the icon is used.
  if (DROPPED.test(attribute) || (context.isRoot && /^(width|height|style|x|y)$/.test(attribute))) return undefined;
  const known = valueOf(attribute, code, context);
  if (known === undefined) throw dependsOn(`${name}={${code.trim().slice(0, 40)}}`);
  return [attribute, escaped(known)];
}

/** What the code says, or a colour and a stroke's width as they usually are. */
function valueOf(attribute: string, code: string, { source, isRoot }: AttributeContext): string | undefined {
  if (attribute === 'style') return styleText(code);
  const known = literal(code) ?? defaultOf(code, source);
  if (known !== undefined) return known;
  if (PAINTS.has(attribute)) return 'currentColor';
  return attribute === 'stroke-width' && isRoot ? USUAL_STROKE : undefined;
}

/** Of the icon sets with a 24-pixel grid. */
const USUAL_STROKE = '2';

function svgName(name: string): string {
  if (name === 'xlinkHref') return 'xlink:href';
  return HYPHENATED.test(name) ? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`) : name;
}

/** 'red', "red", `red` and 2.5 say what they are. */
function literal(code: string): string | undefined {
  const text = code.trim();
  const quoted = /^(["'`])((?:(?!\1)[^\\])*)\1$/.exec(text);
  if (quoted !== null) return quoted[0].startsWith('`') && text.includes('${') ? undefined : quoted[2];
  return /^-?(?:\d+(?:\.\d+)?|\.\d+)$/.test(text) ? text : undefined;
}

/** `size ?? 24`, or the default of a property: `({ size = 24 })`, `let size = 24`, `export let color = 'red'`. */
function defaultOf(code: string, source: string): string | undefined {
  const alternative = /(?:\?\?|\|\|)([^?|]+)$/.exec(code)?.[1];
  if (alternative !== undefined) return literal(alternative);
  const name = /^\s*(?:props\.|\$props\.)?([A-Za-z_]\w*)\s*$/.exec(code)?.[1];
  if (name === undefined) return undefined;
  const assigned = new RegExp(`\\b${name}\\s*=\\s*("[^"\\n]*"|'[^'\\n]*'|-?[\\d.]+)\\s*[,;})\\n]`).exec(source)?.[1];
  return assigned === undefined ? undefined : literal(assigned);
}

function dependsOn(what: string): SkippedIcon {
  return new SkippedIcon(`its drawing depends on code: ${what}`);
}

/** Character references stay, a bare "&" becomes one. */
function escaped(text: string): string {
  return text
    .replace(/&(?!(amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/gi, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/"/g, '&quot;');
}
