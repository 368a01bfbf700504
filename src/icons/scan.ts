/** An icon set from a folder: every icon drawn once, named, grouped, and the rest told with a reason. */
import { createHash } from 'node:crypto';
import { messageOf, throwIfCancelled, UserError, SkippedIcon } from '../domain/errors';
import { ICON_COUNT } from '../domain/limits';
import { CAPTIONS_FILE } from '../contract/captions';
import type { RawImage } from '../pictures/raw';
import { NO_ICON } from './component-icons';
import { DrawingBudget } from './drawing-budget';
import { findIconFiles } from './find-files';
import { heldOutIds } from './hold-out';
import { captionOf } from './icon-names';
import type { DrawOptions, FoundIcon, IconReader } from './icon-reader';
import { namedIcons, withoutOtherSizes, type DrawnIcon, type NamedIcon } from './named-icons';
import { readOverrides, type Overrides } from './overrides';
import type { AskOptions } from './rasterizer';

/** At least this many opaque pixels of 64×64, in 255ths; less is an empty canvas with a speck. */
const VISIBLE_SHARE = 40 / 64 ** 2;

export interface IconOfSet {
  readonly id: string;
  /** Folder and style: "outline/navigation", "icons (solid)". */
  readonly group: string;
  readonly caption: string;
  readonly heldOut: boolean;
  readonly image: RawImage;
  /** The file it was drawn from, and the file's state then. */
  readonly source: { readonly path: string; readonly state: string };
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
  /** What the folder may cost; a usual one where none is given. */
  readonly budget?: DrawingBudget;
}

/** Throws `not-found`, `io`, `cancelled`, and `bad-request` for a folder with more than `ICON_COUNT`. */
export async function scanIcons(reader: IconReader, options: ScanOptions): Promise<IconSet> {
  const { folder, signal, budget = new DrawingBudget() } = options;
  const ask = { budget, ...(signal === undefined ? {} : { signal }) };
  const skipped: SkippedFile[] = [];
  const overrides = await readOverrides(folder);
  for (const reason of overrides.problems) skipped.push({ id: CAPTIONS_FILE, reason });
  const found = await foundIcons(reader, folder, skipped, ask);
  skipped.push(...unknownIds(overrides, found));
  const wanted = found.filter(({ id }) => {
    const excluded = overrides.byId.get(id)?.exclude === true;
    if (excluded) skipped.push({ id, reason: `it is excluded by ${CAPTIONS_FILE}` });
    return !excluded;
  });
  const named = namedIcons(wanted);
  // Levels of a battery are different icons of one thing.
  const things = new Map(named.map(({ icon, parts }) => [icon.id, parts.words.join(' ')]));
  const { kept, others } = await withoutOtherSizes(await drawAll(named, { ...options, ...ask }, skipped));
  for (const { icon, best } of others) skipped.push({ id: icon, reason: `it is another size or format of ${best}` });
  const drawn = withoutTwins(kept, skipped);
  const heldOut = heldOutIds(
    drawn.map(({ icon }) => icon.id),
    (id) => things.get(id) ?? id,
  );
  const icons = drawn.map(({ icon: { id, file, state }, group, parts, image }) => {
    const { caption, problem } = chosenCaption(overrides, { id, caption: captionOf(parts) }, options.cutOf);
    if (problem !== undefined) skipped.push({ id: CAPTIONS_FILE, reason: problem });
    const source = { path: file.path, state };
    return { id, group, image, caption, heldOut: heldOut.has(id), source };
  });
  return { icons, skipped };
}

async function foundIcons(
  reader: IconReader,
  folder: string,
  skipped: SkippedFile[],
  ask: AskOptions,
): Promise<FoundIcon[]> {
  const { signal } = ask;
  const found: FoundIcon[] = [];
  const { files, passedOver, unread } = await findIconFiles(folder, signal);
  skipped.push(...passedOver);
  let plain = 0;
  for (const file of files) {
    throwIfCancelled(signal);
    try {
      found.push(...(await reader.iconsIn(file, ask)));
    } catch (error) {
      const reason = reasonOf(error);
      // Most components of a repository are none; they are counted.
      if (reason === NO_ICON) plain++;
      else skipped.push({ id: file.id, reason });
    }
    if (found.length <= ICON_COUNT.most) continue;
    throw new UserError(
      'bad-request',
      `${folder} holds more than ${ICON_COUNT.most} icons. Choose a folder inside it with icons of one style.`,
    );
  }
  if (plain > 0)
    skipped.push({
      id: `${plain} component${plain === 1 ? '' : 's'}`,
      reason: `${plain === 1 ? 'it draws' : 'they draw'} no icon by ${plain === 1 ? 'itself' : 'themselves'}`,
    });
  for (const [end, count] of found.length === 0 ? unread : []) {
    skipped.push({ id: `${count} ${end} file${count === 1 ? '' : 's'}`, reason: 'icons in such files are not read' });
  }
  return found;
}

async function drawAll(
  named: readonly NamedIcon[],
  options: DrawOptions,
  skipped: SkippedFile[],
): Promise<DrawnIcon[]> {
  const { signal } = options;
  const drawn: DrawnIcon[] = [];
  for (const each of named) {
    throwIfCancelled(signal);
    try {
      const image = await each.icon.draw(options);
      if (!isVisible(image)) throw new SkippedIcon('nothing can be seen in it');
      drawn.push({ ...each, image });
    } catch (error) {
      throwIfCancelled(signal);
      skipped.push({ id: each.icon.id, reason: reasonOf(error) });
    }
  }
  return drawn;
}

/** The first of those that look the same to the last pixel. */
function withoutTwins(drawn: readonly DrawnIcon[], skipped: SkippedFile[]): DrawnIcon[] {
  const pictures = new Map<string, string>();
  return drawn.filter(({ icon: { id }, image }) => {
    const hash = createHash('sha256').update(image.data).digest('base64');
    const same = pictures.get(hash);
    if (same === undefined) pictures.set(hash, id);
    else skipped.push({ id, reason: `it looks the same as ${same}` });
    return same === undefined;
  });
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
    .map((id) => ({ id: CAPTIONS_FILE, reason: `there is no icon "${id}"` }));
}

/** The reason without the file's own path, which the list names anyway. Bugs go on. */
function reasonOf(error: unknown): string {
  if (error instanceof SkippedIcon || error instanceof UserError) return messageOf(error);
  throw error;
}
