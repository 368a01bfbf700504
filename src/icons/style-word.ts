/** Words for a set's style, from where it lies: "…/shop/assets/icons" → "shop style". */
import path from 'node:path';
import { captionOf, nameParts } from './icon-names';

/** Names that every repository has. */
const COMMON = new Set([
  ...['icon', 'icons', 'svg', 'svgs', 'img', 'imgs', 'image', 'images', 'png', 'sprites', 'graphics', 'raw', 'ui'],
  ...['assets', 'asset', 'static', 'public', 'media', 'resources', 'res', 'src', 'lib', 'app', 'web', 'www', 'client'],
  ...['components', 'packages', 'test', 'tests', 'examples', 'workspace', 'repo', 'main', 'master', 'trunk', 'home'],
]);
const FALLBACK = 'house style';

export function styleWordOf(folder: string): string {
  const names = path.resolve(folder).split(path.sep).filter(Boolean).reverse();
  // Above the repository's own folder names say nothing about it.
  const own = names.slice(0, 4).find((name) => !COMMON.has(name.toLowerCase()) && /\p{L}{2}/u.test(name));
  return own === undefined ? FALLBACK : `${captionOf(nameParts(own))} style`;
}
