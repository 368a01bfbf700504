/** From the names of files, symbols and components to captions: "ic_arrow-left_24px" → "arrow left". */

export interface NamedParts {
  /** Lower-case words without size, style and the word "icon". */
  readonly words: readonly string[];
  /** Style at the end of the name: "outline". */
  readonly style: string | undefined;
  /** Pixels or scale at the end of the name, 0 when there is none. */
  readonly size: number;
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

/** `maybeStyles`: those of `MAYBE_STYLES` that say a style in this folder. */
export function nameParts(name: string, maybeStyles: ReadonlySet<string> = new Set()): NamedParts {
  const { stem, size } = withoutSize(name);
  let words = wordsOf(stem);
  if (words.length > 1 && SUFFIXES.has(words.at(-1) ?? '')) words = words.slice(0, -1);
  if (words.length > 1 && PREFIXES.has(words[0] ?? '')) words = words.slice(1);
  const last = words.at(-1) ?? '';
  const style = words.length > 1 && (STYLES.includes(last) || maybeStyles.has(last)) ? last : undefined;
  return { words: style === undefined ? words : words.slice(0, -1), style, size };
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
function withoutSize(name: string): { stem: string; size: number } {
  const scale = /^(.+?)[@_-](\d)x$/i.exec(name);
  if (scale !== null) return { stem: scale[1] ?? '', size: Number(scale[2]) };
  const sized = /^(.+?)[\s._-]*?(\d+)(?:x\d+)?(px|dp|pt)?$/i.exec(name);
  const [all = '', stem = '', digits = '', unit] = sized ?? [];
  const isSize = unit !== undefined || all.slice(stem.length).includes('x') || SIZES.has(digits);
  return isSize && /\p{L}/u.test(stem) ? { stem, size: Number(digits) } : { stem: name, size: 0 };
}

function wordsOf(name: string): string[] {
  const spaced = name
    .normalize('NFC')
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2');
  return (spaced.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).map((word) => word.toLowerCase());
}
