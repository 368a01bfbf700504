/**
 * Names what a picture shows, out of the concepts. Learns from real icons only; the three sets' own held-out ones are
 * among them, because a judge that does not know how a set draws things takes the style itself for a loss of content.
 */
import { existsSync } from 'node:fs';
import type { RawImage } from '../../src/pictures/raw';
import { openSafetensors, readTensor } from '../../src/engine/checkpoints/safetensors';
import { writeSafetensors } from '../../src/engine/checkpoints/safetensors-writer';
import { float32 } from '../../src/engine/tensors/tensor';
import { uniformIn } from './choices';
import { CONCEPTS } from './concepts';
import type { DrawIcon } from './draw-icon';
import { gradientCount, orientedGradients } from './gradients-of-picture';
import { IconPackage } from './icon-packages';
import { Perceptron, type Labelled } from './perceptron';
import { STYLE_SETS } from './style-sets';

const PACKAGES = [
  ...[
    'bi',
    'carbon',
    'emojione',
    'fa6-solid',
    'fluent-emoji-flat',
    'game-icons',
    'icon-park',
    'iconoir',
    'lucide',
    'mdi',
  ],
  ...['mingcute', 'noto', 'noto-v1', 'openmoji', 'ph', 'ri', 'solar', 'streamline-pixel', 'streamline-stickies-color'],
  ...['twemoji'],
  ...STYLE_SETS.map((set) => set.package),
];
/** Words for a style in an icon's name. */
const STYLES = new Set(
  'fill filled line outline outlined linear bold light thin duotone broken duo regular sharp rounded 1 2 3 alt'.split(
    ' ',
  ),
);
const MOST_OF_A_PACKAGE = 4;
/** Changed copies of every icon. */
const COPIES = 12;
const EPOCHS = 8;
const SEED = 23;

export class ConceptClassifier {
  private constructor(private readonly network: Perceptron) {}

  /** Trains it, or takes it from `file` when it was trained before. */
  static async open(draw: DrawIcon, size: number, file: string): Promise<ConceptClassifier> {
    const network = new Perceptron(gradientCount(size), CONCEPTS.length);
    if (existsSync(file)) {
      const { tensors } = await openSafetensors(file);
      const kept = await Promise.all(['0', '1'].map((name) => readTensor(tensors.get(name)!)));
      network.weights = kept.map(({ data }) => data as Float32Array);
    } else {
      const examples = trainingPictures(draw);
      for (let epoch = 0; epoch < EPOCHS; epoch++) network.train(examples, epoch);
      const kept = network.weights.map((data, i) => [String(i), float32(data, [data.length])] as const);
      await writeSafetensors(file, new Map(kept));
    }
    return new ConceptClassifier(network);
  }

  /** Concepts' numbers, the most probable first. */
  ranking(image: RawImage): number[] {
    const probabilities = this.network.probabilities(orientedGradients(image));
    return [...probabilities.keys()].sort((a, b) => probabilities[b]! - probabilities[a]!);
  }

  /** Share of pictures whose concept is among the first `places`. */
  recall(pictures: readonly { readonly image: RawImage; readonly label: number }[], places: number): number {
    const right = pictures.filter(({ image, label }) => this.ranking(image).slice(0, places).includes(label));
    return right.length / pictures.length;
  }
}

/** Icons of a package that show a concept; `anywhere`: the concept may stand at the end of a longer name. */
export function conceptIcons(
  icons: IconPackage,
  anywhere: boolean,
): { readonly icon: string; readonly label: number }[] {
  const counts = new Map<number, number>();
  return icons.icons.flatMap((icon) => {
    const words = icon.split('-').filter((word) => !STYLES.has(word));
    const name = anywhere ? words.at(-1) : words.join('-');
    const label = CONCEPTS.findIndex((concept) => concept.words.includes(name ?? ''));
    const before = counts.get(label) ?? 0;
    if (label < 0 || before >= MOST_OF_A_PACKAGE) return [];
    counts.set(label, before + 1);
    return [{ icon, label }];
  });
}

function trainingPictures(draw: DrawIcon): Labelled[] {
  let index = 0;
  return PACKAGES.flatMap((name) => {
    const icons = new IconPackage(name);
    return conceptIcons(icons, name.startsWith('streamline')).flatMap(({ icon, label }) =>
      Array.from({ length: COPIES }, () => {
        const random = randomSource(index++);
        const svg = changed(icons.svg(icon, inkOf(random())), random);
        return { features: orientedGradients(draw(svg)), label };
      }),
    );
  });
}

function randomSource(stream: number): () => number {
  let index = 0;
  return () => uniformIn(SEED + stream, index++);
}

function inkOf(random: number): string {
  return `hsl(${Math.round(random * 360)} 70% 35%)`;
}

/** Moved, turned, mirrored and scaled; every second one on a plate, because many styles put things on plates. */
function changed(svg: string, random: () => number): string {
  const between = (low: number, high: number): number => low + (high - low) * random();
  const plate = random();
  const scale = plate < 0.5 ? between(0.45, 0.75) : between(0.75, 1.1);
  const mirror = random() < 0.5 ? -1 : 1;
  const move = [between(-0.06, 0.06), between(-0.06, 0.06)];
  const inner = svg.replace(/width="[^"]*" height="[^"]*"/, 'x="-0.5" y="-0.5" width="1" height="1"');
  const colour = `hsl(${Math.round(between(0, 360))} 60% ${Math.round(between(40, 95))}%)`;
  const shape =
    plate < 0.35
      ? `<circle r="0.47" fill="${colour}"/>`
      : `<rect x="-0.45" y="-0.45" width="0.9" height="0.9" rx="0.15" fill="${colour}"/>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-0.5 -0.5 1 1" width="64" height="64">${plate < 0.5 ? shape : ''}` +
    `<g transform="translate(${move.join(' ')}) rotate(${between(-12, 12)}) scale(${mirror * scale} ${scale})">${inner}</g></svg>`
  );
}
