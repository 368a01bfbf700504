/** Icons by what their names say: which belong together, and which are the same drawing again. */
import path from 'node:path';
import type { RawImage } from '../pictures/raw';
import { nameParts, stylesAmong, type NamedParts } from './icon-names';
import type { FoundIcon } from './icon-reader';
import { sizedFolder } from './size-folders';

export interface NamedIcon {
  readonly icon: FoundIcon;
  readonly parts: NamedParts;
  /** Folder and style. */
  readonly group: string;
}

/** Names are read folder by folder, because a folder shows what its suffixes mean. */
export function namedIcons(found: readonly FoundIcon[]): NamedIcon[] {
  return [...grouped(found, (icon) => placeOf(icon).folder)].flatMap(([folder, icons]) => {
    const styles = stylesAmong(icons.map(({ name }) => name));
    return icons.map((icon) => {
      const own = nameParts(icon.name, styles);
      const { size } = placeOf(icon);
      const parts = size === 0 ? own : { ...own, size: size * Math.max(1, own.size), isSizeSure: true };
      return { icon, parts, group: parts.style === undefined ? folder : `${folder} (${parts.style})` };
    });
  });
}

function placeOf({ id, file, folder }: FoundIcon): { readonly folder: string; readonly size: number } {
  // A sprite sheet is a folder of its own.
  return id === file.id ? sizedFolder(folder) : { folder: file.id, size: 0 };
}

export interface DrawnIcon extends NamedIcon {
  readonly image: RawImage;
}

/** Another size or format of an icon, by ids. */
export interface OtherSize {
  readonly icon: string;
  readonly best: string;
}

/** Sizes of one icon are drawn with other strokes and fewer details, but they are the same picture at a glance. */
const SAME_ICON = 0.5;
/** Icons come in a dozen sizes; a name that a thousand files share says nothing. */
const MOST_COMPARED = 16;
/** Without a word about sizes only what is the same in every respect; levels of a battery differ in a few pixels. */
const SAME_DRAWING = 0.99;

/**
 * Of one drawing in several sizes or formats the best is kept: drawn rather than bitmap, then the largest. A number in a name is a size
 * where it says so or is that of the picture itself; others belong to what is shown, and go into the caption.
 */
export async function withoutOtherSizes(
  icons: readonly DrawnIcon[],
): Promise<{ readonly kept: readonly DrawnIcon[]; readonly others: readonly OtherSize[] }> {
  const others = new Map<DrawnIcon, OtherSize>();
  const numbered = new Set<DrawnIcon>();
  for (const same of grouped(icons, keyOf).values()) {
    if (same.length === 1) continue;
    const sure = await sizesAmong(same);
    const kept: DrawnIcon[] = [];
    for (const icon of [...same].sort(byQuality)) {
      const isSure = (each: DrawnIcon): boolean => sure.get(each) ?? false;
      const best = kept.slice(0, MOST_COMPARED).find((each) => isOtherSize(each, icon, isSure(each) && isSure(icon)));
      if (best === undefined) kept.push(icon);
      else others.set(icon, { icon: icon.icon.id, best: best.icon.id });
    }
    if (kept.length > 1) for (const icon of kept) if (sure.get(icon) === false) numbered.add(icon);
  }
  const kept = icons.filter((icon) => !others.has(icon));
  return { kept: kept.map((icon) => (numbered.has(icon) ? withNumber(icon) : icon)), others: [...others.values()] };
}

/** What icons of one thing have in common. */
function keyOf({ group, parts }: NamedIcon): string {
  return [group, ...parts.words].join('\0');
}

/** Which numbers are sizes. Where one bare number is not that of its picture, none is: "calendar-24" may well be 24 pixels wide. */
async function sizesAmong(same: readonly DrawnIcon[]): Promise<ReadonlyMap<DrawnIcon, boolean>> {
  const bare = same.filter(({ parts }) => parts.size > 0 && !parts.isSizeSure);
  let areSizes = true;
  for (const { icon, parts } of bare) areSizes = areSizes && (await icon.sides()).includes(parts.size);
  return new Map(same.map((icon) => [icon, areSizes || !bare.includes(icon)]));
}

function isOtherSize(a: DrawnIcon, b: DrawnIcon, areSizes: boolean): boolean {
  const sameKind = a.parts.size === b.parts.size && path.extname(a.icon.file.id) === path.extname(b.icon.file.id);
  if (sameKind) return false;
  return likeness(a.image, b.image) >= (areSizes ? SAME_ICON : SAME_DRAWING);
}

function withNumber(icon: DrawnIcon): DrawnIcon {
  const { words, size } = icon.parts;
  return { ...icon, parts: { ...icon.parts, words: [...words, String(size)] } };
}

function byQuality(a: NamedIcon, b: NamedIcon): number {
  const isBitmap = ({ icon }: NamedIcon): number => Number(icon.file.kind === 'bitmap');
  return isBitmap(a) - isBitmap(b) || b.parts.size - a.parts.size;
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** How much two drawings are alike, from 0, where nothing is at the same place in the same colour, to 1 for the same drawing. RGBA of equal size. */
function likeness(a: RawImage, b: RawImage): number {
  let [different, drawn] = [0, 0];
  for (let i = 0; i < a.data.length; i += 4) {
    const [alphaA, alphaB] = [a.data[i + 3] ?? 0, b.data[i + 3] ?? 0];
    let most = Math.abs(alphaA - alphaB);
    for (let channel = i; channel < i + 3; channel++) {
      const [x, y] = [((a.data[channel] ?? 0) * alphaA) / 255, ((b.data[channel] ?? 0) * alphaB) / 255];
      most = Math.max(most, Math.abs(x - y));
    }
    different += most;
    drawn += Math.max(alphaA, alphaB);
  }
  return drawn === 0 ? 1 : 1 - different / drawn;
}
