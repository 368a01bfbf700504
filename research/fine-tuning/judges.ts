/** The judges of the benchmark, made from real icons only. */
import path from 'node:path';
import { INK } from '../../src/domain/ink';
import { ConceptClassifier, conceptIcons } from './classifier';
import type { DrawIcon } from './draw-icon';
import { IconPackage } from './icon-packages';
import type { Judges } from './measures';
import { StyleDistance } from './style-distance';
import type { StyleSet } from './style-sets';

/** So many icons of each of these say how much a measure of style varies at all. */
const COMMON_ICONS = 20;
const COMMON = [
  ...['fluent-emoji-flat', 'noto', 'openmoji', 'icon-park', 'mdi', 'lucide', 'streamline-stickies-color'],
  ...['streamline-kameleon-color', 'streamline-freehand-color', 'tabler'],
];

export async function makeJudges(draw: DrawIcon, size: number): Promise<Judges> {
  const common = COMMON.flatMap((name) => {
    const icons = new IconPackage(name);
    const names = icons.icons;
    return Array.from({ length: COMMON_ICONS }, (_, i) =>
      draw(icons.svg(names[Math.floor(((i + 0.5) * names.length) / COMMON_ICONS)]!, INK)),
    );
  });
  const kept = path.resolve('out/research/fine-tuning/classifier.safetensors');
  return { style: new StyleDistance(common), classifier: await ConceptClassifier.open(draw, size, kept) };
}

export interface Ceiling {
  readonly package: string;
  readonly icons: number;
  readonly recall: number;
  readonly recallOfFive: number;
}

/** How many of a set's own icons the classifier, which learned from changed copies of them, names right. */
export function ceilingOf({ classifier }: Judges, set: StyleSet, draw: DrawIcon): Ceiling {
  const icons = new IconPackage(set.package);
  const found = conceptIcons(icons, set.package.startsWith('streamline')).filter(({ icon }) => set.belongs(icon));
  const pictures = found.map(({ icon, label }) => ({ image: draw(icons.svg(icon, set.ink)), label }));
  return {
    package: set.package,
    icons: pictures.length,
    recall: classifier.recall(pictures, 1),
    recallOfFive: classifier.recall(pictures, 5),
  };
}
