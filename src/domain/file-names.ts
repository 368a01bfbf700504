/** File names from prompts and from what users type: safe on every platform, and never one that is taken. */

/** Longest stem; leaves room for a number, an extension and a deep folder on every platform. */
const MAX_CHARACTERS = 60;
/** File systems limit names to 255 bytes, and one letter may take four. */
const MAX_BYTES = 180;
const FALLBACK = 'image';

/** Device names that Windows reserves with any extension (Microsoft, "Naming Files, Paths, and Namespaces"). */
const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?$/i;
/** Path separators, characters Windows forbids, control characters, and marks that are invisible or turn the text round. */
const FORBIDDEN = /[<>:"/\\|?*\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/** "A red rocket, flat!" → "a-red-rocket-flat". Letters and digits of every script stay; no usable character → "image". */
export function slugOf(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/(\p{Script=Latin})\p{M}+/gu, '$1')
    .normalize('NFC')
    .toLowerCase();
  const words = plain.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return unreserved(shortened(words.join('-')));
}

/**
 * A stem that somebody typed, made safe: path parts dropped, forbidden characters replaced by "-", no leading dot,
 * no trailing dot or space. Case, spaces and dots inside stay. Give it without the extension.
 */
export function safeStem(typed: string): string {
  const last = typed.split(/[/\\]/).at(-1) ?? '';
  const clean = last
    .normalize('NFC')
    .replace(FORBIDDEN, '-')
    .replace(/^[\s.-]+|(?<![\s.-])[\s.-]+$/g, '');
  return unreserved(shortened(clean));
}

/** "rocket.png", "rocket-2.png", "rocket-3.png" … without end. `extension` has no dot. */
export function* numberedNames(stem: string, extension: string): Generator<string, never> {
  yield `${stem}.${extension}`;
  for (let number = 2; ; number++) yield `${stem}-${number}.${extension}`;
}

/** The first numbered name that is not taken; names that differ only in case or in Unicode form count as taken. */
export function freeName(stem: string, extension: string, taken: Iterable<string>): string {
  const key = (name: string): string => name.normalize('NFC').toLowerCase();
  const used = new Set(Array.from(taken, key));
  const names = numberedNames(stem, extension);
  let name = names.next().value;
  while (used.has(key(name))) name = names.next().value;
  return name;
}

function unreserved(stem: string): string {
  if (stem === '') return FALLBACK;
  return RESERVED.test(stem) ? `${FALLBACK}-${stem}` : stem;
}

/** Cuts at a word's end where one is near, never inside a character. */
function shortened(stem: string): string {
  let kept = '';
  let bytes = 0;
  for (const character of stem) {
    bytes += utf8Length(character.codePointAt(0) ?? 0);
    if (kept.length + character.length > MAX_CHARACTERS || bytes > MAX_BYTES) return endOfWord(kept);
    kept += character;
  }
  return kept;
}

function endOfWord(cut: string): string {
  const end = Math.max(cut.lastIndexOf('-'), cut.lastIndexOf(' '));
  return cut.slice(0, end > MAX_CHARACTERS / 2 ? end : cut.length).replace(/(?<![\s.-])[\s.-]+$/, '');
}

function utf8Length(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
