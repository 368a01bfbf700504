/** The judges of the benchmark, made from real icons only. */
import { INK } from '../../src/domain/style';
import { ConceptClassifier } from './classifier';
import type { DrawIcon } from './draw-icon';
import { IconPackage } from './icon-packages';
import type { Judges } from './measures';
import { StyleDistance } from './style-distance';

/** So many icons of each of these say how much a measure of style varies at all. */
const COMMON_ICONS = 20;
const COMMON = [
  ...['fluent-emoji-flat', 'noto', 'openmoji', 'icon-park', 'mdi', 'lucide', 'streamline-stickies-color'],
  ...['streamline-kameleon-color', 'streamline-freehand-color', 'tabler'],
];

export async function makeJudges(draw: DrawIcon): Promise<Judges> {
  const common = COMMON.flatMap((name) => {
    const icons = new IconPackage(name);
    const names = icons.icons;
    return Array.from({ length: COMMON_ICONS }, (_, i) =>
      draw(icons.svg(names[Math.floor(((i + 0.5) * names.length) / COMMON_ICONS)]!, INK)),
    );
  });
  return { style: new StyleDistance(common), classifier: await ConceptClassifier.open() };
}
