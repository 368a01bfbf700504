/** Icons by what their names say: which belong together, and which are the same drawing again. */
import path from 'node:path';
import { nameParts, stylesAmong, type NamedParts } from './icon-names';
import type { FoundIcon } from './icon-reader';

export interface NamedIcon {
  readonly icon: FoundIcon;
  readonly parts: NamedParts;
  /** Folder and style. */
  readonly group: string;
}

/** Names are read folder by folder, because a folder shows what its suffixes mean. */
export function namedIcons(found: readonly FoundIcon[]): NamedIcon[] {
  return [...grouped(found, folderOf)].flatMap(([folder, icons]) => {
    const styles = stylesAmong(icons.map(({ name }) => name));
    return icons.map((icon) => {
      const parts = nameParts(icon.name, styles);
      return { icon, parts, group: parts.style === undefined ? folder : `${folder} (${parts.style})` };
    });
  });
}

function folderOf({ id, file }: FoundIcon): string {
  // A sprite sheet is a folder of its own.
  return id === file.id ? path.posix.dirname(id) : file.id;
}

/** Another size or format of an icon, by ids. */
export interface OtherSize {
  readonly icon: string;
  readonly best: string;
}

/** Of one drawing in several sizes or formats the best is kept: drawn rather than bitmap, then the largest. */
export function withoutOtherSizes(icons: readonly NamedIcon[]): {
  readonly kept: readonly NamedIcon[];
  readonly others: readonly OtherSize[];
} {
  const others = new Map<NamedIcon, OtherSize>();
  for (const same of grouped(icons, ({ parts, group }) => [group, ...parts.words].join('\0')).values()) {
    const [best, ...rest] = [...same].sort(byQuality);
    for (const icon of rest) {
      if (best !== undefined && isOtherSize(best, icon)) others.set(icon, { icon: icon.icon.id, best: best.icon.id });
    }
  }
  return { kept: icons.filter((icon) => !others.has(icon)), others: [...others.values()] };
}

function byQuality(a: NamedIcon, b: NamedIcon): number {
  const isBitmap = ({ icon }: NamedIcon): number => Number(icon.file.kind === 'bitmap');
  return isBitmap(a) - isBitmap(b) || b.parts.size - a.parts.size;
}

function isOtherSize(a: NamedIcon, b: NamedIcon): boolean {
  return a.parts.size !== b.parts.size || path.extname(a.icon.file.id) !== path.extname(b.icon.file.id);
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
