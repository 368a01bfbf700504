/** The icons of the user's folders, for the review and for trainings: one rasteriser serves both. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileError } from '../../files/file-error';
import { encodeImage } from '../../pictures/codec';
import type { RawImage } from '../../pictures/raw';
import { drawIcon } from '../../icons/icon-folder';
import { IconReader, type DrawOptions } from '../../icons/icon-reader';
import { Rasterizer } from '../../icons/rasterizer';
import { scanIcons, type IconOfSet, type IconSet } from '../../icons/scan';
import { styleWordOf } from '../../icons/icon-names';
import { DrawnIcons } from './drawn-icons';
import type { ModelFacts } from './model-facts';
import type { IconGroup, ScanIconsParams, ScanIconsResult, ScannedIcon } from '../../contract/tune-api';

export class IconSource {
  readonly #reader: IconReader;
  readonly #drawn = new DrawnIcons();

  /** `rasterizerProgram`: absolute path of the bundled rasteriser. */
  constructor(rasterizerProgram: string) {
    this.#reader = new IconReader(new Rasterizer({ program: rasterizerProgram }));
  }

  /** As the scan has drawn it, where it has. Throws `bad-image` or `not-found` naming the icon. */
  async draw(folder: string, id: string, options: DrawOptions): Promise<RawImage> {
    return (await this.#drawn.find(folder, options, id)) ?? drawIcon(this.#reader, folder, id, options);
  }

  /** All icons of a folder, drawn; the pictures of the last folder looked at are kept. Throws what a scan throws. */
  async look(folder: string, options: DrawOptions): Promise<readonly IconOfSet[]> {
    const set = await scanIcons(this.#reader, { ...options, folder });
    this.#drawn.keep(folder, options, set);
    return set.icons;
  }

  /** Pictures of a scan are not needed any more. */
  forget(): void {
    this.#drawn.forget();
  }

  async scan(params: ScanIconsParams, model: ModelFacts, signal: AbortSignal): Promise<ScanIconsResult> {
    const { folder, currentColor, thumbnailDir } = params;
    const { size } = model;
    const set = await scanIcons(this.#reader, { ...model, folder, currentColor, signal });
    this.#drawn.keep(folder, { size, currentColor }, set);
    const thumbnails = thumbnailDir === undefined ? [] : await writeThumbnails(set, thumbnailDir);
    const icons = set.icons.map(({ id, group, caption, heldOut }, index): ScannedIcon => {
      const thumbnail = thumbnails[index];
      return { id, group, caption, heldOut, ...(thumbnail === undefined ? {} : { thumbnail }) };
    });
    return { icons, groups: groupsOf(set.icons), skipped: set.skipped, styleWord: styleWordOf(folder), size };
  }
}

/** The folder belongs to the caller, who throws it away: these files need no care. */
async function writeThumbnails({ icons }: IconSet, folder: string): Promise<string[]> {
  const files: string[] = [];
  try {
    await mkdir(folder, { recursive: true });
    for (const [index, { image }] of icons.entries()) {
      const file = path.join(folder, `${index}.png`);
      await writeFile(file, await encodeImage(image, { format: 'png' }));
      files.push(file);
    }
  } catch (error) {
    throw fileError(error, 'write', folder);
  }
  return files;
}

function groupsOf(icons: readonly IconOfSet[]): IconGroup[] {
  const counts = new Map<string, number>();
  for (const { group } of icons) counts.set(group, (counts.get(group) ?? 0) + 1);
  return [...counts].map(([id, count]) => ({ id, label: id.replace(/^\.(?= |$)/, 'this folder'), count }));
}
