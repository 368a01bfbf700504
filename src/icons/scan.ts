/** An icon set from a folder: every icon drawn once, named, grouped, and the rest told with a reason. */
import { createHash } from 'node:crypto';
import { messageOf, throwIfCancelled, UserError } from '../domain/errors';
import type { RawImage } from '../pictures/raw';
import { findIconFiles } from './find-files';
import { heldOutIds } from './hold-out';
import { SkippedIcon } from './icon-error';
import { captionOf } from './icon-names';
import type { FoundIcon, IconReader } from './icon-reader';
import { namedIcons, withoutOtherSizes, type NamedIcon } from './named-icons';
import { OVERRIDES_FILE, readOverrides, type Overrides } from './overrides';

/** Fewer show no style, more take too long to look through; both are said. */
export const FEWEST_ICONS = 5;
export const MOST_ICONS = 5000;

/** At least this many opaque pixels of 64×64, in 255ths; less is an empty canvas with a speck. */
const VISIBLE_SHARE = 40 / 64 ** 2;

export interface IconOfSet {
  readonly id: string;
  /** Folder and style: "outline/navigation", "icons (solid)". */
  readonly group: string;
  readonly caption: string;
  readonly heldOut: boolean;
  readonly image: RawImage;
}

export interface SkippedFile {
  readonly id: string;
  readonly reason: string;
}

export interface IconSet {
  readonly icons: readonly IconOfSet[];
  readonly skipped: readonly SkippedFile[];
}

export interface ScanOptions {
  readonly folder: string;
  /** Pixels on each side. */
  readonly size: number;
  readonly currentColor: string;
  readonly signal?: AbortSignal;
  /** The end of a caption that the model does not read; '' when it reads all of it. */
  readonly cutOf?: (caption: string) => string;
}

/** Throws `not-found`, `io`, `cancelled`, and `bad-request` for a folder with more than `MOST_ICONS`. */
export async function scanIcons(reader: IconReader, options: ScanOptions): Promise<IconSet> {
  const { folder, signal } = options;
  const skipped: SkippedFile[] = [];
  const overrides = await readOverrides(folder);
  for (const reason of overrides.problems) skipped.push({ id: OVERRIDES_FILE, reason });
  const found = await foundIcons(reader, folder, skipped, signal);
  skipped.push(...unknownIds(overrides, found));
  const wanted = found.filter(({ id }) => {
    const excluded = overrides.byId.get(id)?.exclude === true;
    if (excluded) skipped.push({ id, reason: `it is excluded by ${OVERRIDES_FILE}` });
    return !excluded;
  });
  const { kept, others } = withoutOtherSizes(namedIcons(wanted));
  for (const { icon, best } of others) skipped.push({ id: icon, reason: `it is another size or format of ${best}` });
  const drawn = await drawAll(kept, options, skipped);
  const heldOut = heldOutIds(drawn.map(({ id }) => id));
  const icons = drawn.map((icon) => {
    const { caption, problem } = chosenCaption(overrides, icon, options.cutOf);
    if (problem !== undefined) skipped.push({ id: OVERRIDES_FILE, reason: problem });
    return { ...icon, caption, heldOut: heldOut.has(icon.id) };
  });
  return { icons, skipped };
}

async function foundIcons(
  reader: IconReader,
  folder: string,
  skipped: SkippedFile[],
  signal: AbortSignal | undefined,
): Promise<FoundIcon[]> {
  const found: FoundIcon[] = [];
  for (const file of await findIconFiles(folder, signal)) {
    throwIfCancelled(signal);
    try {
      found.push(...(await reader.iconsIn(file)));
    } catch (error) {
      skipped.push({ id: file.id, reason: reasonOf(error) });
    }
    if (found.length <= MOST_ICONS) continue;
    throw new UserError(
      'bad-request',
      `${folder} holds more than ${MOST_ICONS} icons. Choose a folder inside it with icons of one style.`,
    );
  }
  return found;
}

async function drawAll(
  named: readonly NamedIcon[],
  { size, currentColor, signal }: ScanOptions,
  skipped: SkippedFile[],
): Promise<Omit<IconOfSet, 'heldOut'>[]> {
  const drawn: Omit<IconOfSet, 'heldOut'>[] = [];
  const pictures = new Map<string, string>();
  for (const { icon, parts, group } of named) {
    throwIfCancelled(signal);
    try {
      const image = await icon.draw({ size, currentColor, ...(signal === undefined ? {} : { signal }) });
      if (!isVisible(image)) throw new SkippedIcon('nothing can be seen in it');
      const hash = createHash('sha256').update(image.data).digest('base64');
      const same = pictures.get(hash);
      if (same !== undefined) throw new SkippedIcon(`it looks the same as ${same}`);
      pictures.set(hash, icon.id);
      drawn.push({ id: icon.id, group, caption: captionOf(parts), image });
    } catch (error) {
      throwIfCancelled(signal);
      skipped.push({ id: icon.id, reason: reasonOf(error) });
    }
  }
  return drawn;
}

/** A picture that can be seen; a canvas that is empty, or nearly, teaches nothing. */
export function isVisible({ data, width, height }: RawImage): boolean {
  let opaque = 0;
  for (let i = 3; i < data.length; i += 4) opaque += data[i] ?? 0;
  return opaque >= 255 * VISIBLE_SHARE * width * height;
}

/** The caption of the overrides, or else the name's; `problem` where the first cannot be used as it is. */
function chosenCaption(
  { byId }: Overrides,
  { id, caption: own }: { readonly id: string; readonly caption: string },
  cutOf: ScanOptions['cutOf'],
): { readonly caption: string; readonly problem?: string } {
  const caption = byId.get(id)?.caption?.replace(/\s+/g, ' ').trim();
  if (caption === undefined) return { caption: own };
  if (caption === '') return { caption: own, problem: `the caption of ${id} is empty; its name is used: "${own}"` };
  const cut = cutOf?.(caption) ?? '';
  if (cut === '') return { caption };
  return { caption, problem: `the caption of ${id} is longer than the model reads; left out: "${cut.slice(0, 60)}"` };
}

function unknownIds({ byId }: Overrides, found: readonly FoundIcon[]): SkippedFile[] {
  const known = new Set(found.map(({ id }) => id));
  return [...byId.keys()]
    .filter((id) => !known.has(id))
    .map((id) => ({ id: OVERRIDES_FILE, reason: `there is no icon "${id}"` }));
}

/** The reason without the file's own path, which the list names anyway. Bugs go on. */
function reasonOf(error: unknown): string {
  if (error instanceof SkippedIcon || error instanceof UserError) return messageOf(error);
  throw error;
}
