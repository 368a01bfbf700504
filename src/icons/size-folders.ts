/** Folders that say only how large the pictures in them are: Android's densities, freedesktop's and asset catalogues' sizes. */
import { isUsualSize } from './icon-names';

/** Android's densities as scales of mdpi. */
const DENSITIES: Readonly<Record<string, number>> = {
  ldpi: 0.75,
  mdpi: 1,
  tvdpi: 1.33,
  hdpi: 1.5,
  xhdpi: 2,
  xxhdpi: 3,
  xxxhdpi: 4,
  nodpi: 1,
  anydpi: 1,
};

export interface SizedFolder {
  /** Without what says the size. */
  readonly folder: string;
  /** Of the pictures, to be compared with those of the same folder; 0 when the folder says none. */
  readonly size: number;
}

/** "drawable-night-hdpi/a" → "drawable-night/a" and 1.5; "48x48/apps" → "apps" and 48. `folder`: with "/". */
export function sizedFolder(folder: string): SizedFolder {
  let size = 0;
  const kept = folder.split('/').flatMap((name) => {
    const density = /^(drawable|mipmap)(.*?)-(\w*dpi)(.*)$/.exec(name);
    const scale = density === null ? undefined : DENSITIES[density[3] ?? ''];
    if (density !== null && scale !== undefined) {
      size = scale;
      return [`${density[1] ?? ''}${density[2] ?? ''}${density[4] ?? ''}`];
    }
    const [, pixels, factor] = /^(?:(\d{1,4})(?:x\1)?(?:px|dp)?(?:@\dx?)?|([1-4])x)$/.exec(name) ?? [];
    if (factor === undefined && !(pixels !== undefined && isUsualSize(pixels)) && name !== 'scalable') return [name];
    size = Number(pixels ?? factor ?? 1);
    return [];
  });
  return { folder: kept.join('/') || '.', size };
}
