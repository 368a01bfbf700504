/** From the names of files, symbols and components to captions: "ic_arrow-left_24px" → "arrow left". */
import path from 'node:path';

export interface NamedParts {
  /** Lower-case words without size, style and the word "icon". */
  readonly words: readonly string[];
  /** Style at the end of the name: "outline". */
  readonly style: string | undefined;
  /** Pixels or scale at the end of the name, 0 when there is none. */
  readonly size: number;
  /** The size says what it is, as in "24px" and "@2x"; a bare number may also belong to what is shown. */
  readonly isSizeSure: boolean;
}

/** At the end of a name they always say a style. */
const STYLES = ['outline', 'outlined', 'filled', 'solid', 'duotone', 'twotone'];
/** They say a style only where many icons of a folder end with them: "bold" and "light" are also things. */
const MAYBE_STYLES = [
  'fill',
  'line',
  'linear',
  'bold',
  'light',
  'thin',
  'regular',
  'sharp',
  'rounded',
  'bulk',
  'broken',
];
/** What icon sets put in front of their names. */
const PREFIXES = new Set(['ic', 'icon', 'icons', 'ico', 'svg', 'fa', 'mdi', 'bx', 'bxs']);
const SUFFIXES = new Set(['icon', 'icons', 'svg']);

/** Sizes that stand alone at the end of a name; other numbers belong to what is shown, as in "formula-1". */
const SIZES = new Set(
  [12, 14, 16, 18, 20, 22, 24, 28, 30, 32, 36, 40, 42, 44, 48, 50, 56, 57, 60, 64, 72, 76, 80, 96]
    .concat([100, 114, 120, 128, 144, 150, 152, 167, 180, 192, 256, 300, 384, 400, 500, 512, 600, 1024])
    .map(String),
);

/** Whether a number is one that pictures are made in. */
export function isUsualSize(digits: string): boolean {
  return SIZES.has(digits);
}

/** `maybeStyles`: those of `MAYBE_STYLES` that say a style in this folder. */
export function nameParts(name: string, maybeStyles: ReadonlySet<string> = new Set()): NamedParts {
  const { stem, size, isSure } = withoutSize(name);
  const words = withoutAffixes(wordsOf(stem));
  const last = words.at(-1) ?? '';
  const style = words.length > 1 && (STYLES.includes(last) || maybeStyles.has(last)) ? last : undefined;
  if (style === undefined) return { words, style, size, isSizeSure: isSure };
  const rest = words.slice(0, -1);
  // "add_16_regular": the size may stand before the style.
  const inner = withoutSize(rest.join('-'));
  const isInside = size === 0 && inner.size > 0;
  return {
    words: isInside ? wordsOf(inner.stem) : rest,
    style,
    size: isInside ? inner.size : size,
    isSizeSure: isInside ? inner.isSure : isSure,
  };
}

function withoutAffixes(words: readonly string[]): readonly string[] {
  const rest = words.length > 1 && SUFFIXES.has(words.at(-1) ?? '') ? words.slice(0, -1) : words;
  return rest.length > 1 && PREFIXES.has(rest[0] ?? '') ? rest.slice(1) : rest;
}

/** "icon" when the name says nothing. */
export function captionOf({ words }: NamedParts): string {
  return words.join(' ') || 'icon';
}

/** Which doubtful words say a style here: at least three names and every fifth one end with it. */
export function stylesAmong(names: readonly string[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const name of names) {
    const last = wordsOf(withoutSize(name).stem).at(-1) ?? '';
    if (MAYBE_STYLES.includes(last)) counts.set(last, (counts.get(last) ?? 0) + 1);
  }
  const enough = Math.max(3, names.length / 5);
  return new Set([...counts].flatMap(([style, count]) => (count >= enough ? [style] : [])));
}

/** "arrowLeft24", "arrow-left@2x", "arrow_left-24x24px" → "arrowLeft" … and the size. */
function withoutSize(name: string): { stem: string; size: number; isSure: boolean } {
  const scale = /^(.+?)[@_-](\d)x$/i.exec(name);
  if (scale !== null) return { stem: scale[1] ?? '', size: Number(scale[2]), isSure: true };
  const sized = /(?<!\d)(\d{1,6})(x\d{1,6})?(px|dp|pt)?$/i.exec(name);
  const [, digits = '', other, unit] = sized ?? [];
  const stem = name.slice(0, sized?.index ?? 0).replace(/(?<![\s._-])[\s._-]+$/, '');
  const isSure = unit !== undefined || other !== undefined;
  const isSize = (isSure || SIZES.has(digits)) && /\p{L}/u.test(stem);
  return isSize ? { stem, size: Number(digits), isSure } : { stem: name, size: 0, isSure: false };
}

function wordsOf(name: string): string[] {
  const spaced = name
    .normalize('NFC')
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2');
  return (spaced.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).map((word) => word.toLowerCase());
}

/** Names that every repository has. */
const COMMON = new Set([
  ...['icon', 'icons', 'svg', 'svgs', 'img', 'imgs', 'image', 'images', 'png', 'sprites', 'graphics', 'raw', 'ui'],
  ...['assets', 'asset', 'static', 'public', 'media', 'resources', 'res', 'src', 'lib', 'app', 'web', 'www', 'client'],
  ...['components', 'packages', 'test', 'tests', 'examples', 'workspace', 'repo', 'main', 'master', 'trunk', 'home'],
]);
const FALLBACK_STYLE = 'house style';

/** Words for a set's style, from where it lies: "…/shop/assets/icons" → "shop style". */
export function styleWordOf(folder: string): string {
  const names = path.resolve(folder).split(path.sep).filter(Boolean).reverse();
  // Above the repository's own folder names say nothing about it.
  const own = names.slice(0, 4).find((name) => !COMMON.has(name.toLowerCase()) && /\p{L}{2}/u.test(name));
  return own === undefined ? FALLBACK_STYLE : `${captionOf(nameParts(own))} style`;
}
