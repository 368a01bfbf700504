/** One icon of a scanned folder by its id, as a training asks for it. */
import path from 'node:path';
import { isCancelled, messageOf, UserError, SkippedIcon } from '../domain/errors';
import type { RawImage } from '../pictures/raw';
import { iconFileOf } from './find-files';
import type { DrawOptions, FoundIcon, IconReader } from './icon-reader';

/** Throws `not-found` when the icon is gone, `bad-image` when it cannot be drawn any more; both name it. */
export async function drawIcon(
  reader: IconReader,
  folder: string,
  id: string,
  options: DrawOptions,
): Promise<RawImage> {
  try {
    const icon = await findIcon(reader, folder, id);
    return await icon.draw(options);
  } catch (error) {
    if (isCancelled(error) || (error instanceof UserError && error.code === 'not-found')) throw error;
    if (!(error instanceof SkippedIcon || error instanceof UserError)) throw error;
    const where = path.join(folder, id);
    throw new UserError('bad-image', `The icon ${where} cannot be used: ${messageOf(error)}. Leave it out.`, {
      cause: error,
    });
  }
}

async function findIcon(reader: IconReader, folder: string, id: string): Promise<FoundIcon> {
  // A "#" may also belong to a file's own name.
  for (const name of [id, id.slice(0, Math.max(0, id.lastIndexOf('#')))]) {
    const file = iconFileOf(folder, name);
    const icons = file === undefined ? [] : await reader.iconsIn(file).catch(missingIsEmpty);
    const icon = icons.find((each) => each.id === id);
    if (icon !== undefined) return icon;
  }
  throw new UserError('not-found', `There is no icon ${path.join(folder, id)}. Scan the folder again.`);
}

function missingIsEmpty(error: unknown): [] {
  if (error instanceof UserError && error.code === 'not-found') return [];
  throw error;
}
