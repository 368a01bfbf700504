/** The three icon sets that the benchmark learns, and which of their icons are learned from and which are held out. */
import { INK } from '../../src/domain/style';
import { captionOf, nameParts } from '../../src/icons/icon-names';
import { uniformIn } from './choices';
import { CONCEPTS } from './concepts';
import { IconPackage } from './icon-packages';

export interface StyleSet {
  readonly package: string;
  readonly title: string;
  /** For currentColor. */
  readonly ink: string;
  /** Icons of this style have names for which it is true. */
  readonly belongs: (icon: string) => boolean;
}

/** None of them is among the built-in model's training data (research/model/data/sets.json). */
export const STYLE_SETS: readonly StyleSet[] = [
  {
    package: 'streamline-kameleon-color',
    title: 'flat colour: Kameleon',
    ink: INK,
    belongs: (icon) => !icon.endsWith('-duo'),
  },
  {
    package: 'tabler',
    title: 'outline: Tabler in one ink',
    ink: '#0b7285',
    belongs: (icon) =>
      !/(-filled|-off|\d|^brand-|^letter-|^number-|^hexagon-|^square-|^circle-|^currency-|^alpha)/.test(icon),
  },
  {
    package: 'streamline-freehand-color',
    title: 'hand-drawn: Freehand',
    ink: INK,
    belongs: () => true,
  },
];

export interface NamedIcon {
  readonly caption: string;
  readonly svg: string;
}

export interface SplitSet {
  /** Learned from; some of them are the gauge's (`learnedOf`). */
  readonly learned: readonly NamedIcon[];
  /** Never seen while learning; no word of their captions but common ones is in a learned caption. */
  readonly heldOut: readonly NamedIcon[];
}

export const LEARNED = 100;
export const HELD_OUT = 40;
const SEED = 7;

/** Fixed by a seed; icons that show one of the classifier's concepts are never learned from. */
export function splitSet(set: StyleSet): SplitSet {
  const icons = new IconPackage(set.package);
  const named = shuffled(icons.icons.filter(set.belongs)).map((icon) => ({
    caption: captionOf(nameParts(icon)),
    svg: icons.svg(icon, set.ink),
  }));
  const [free, concepts] = [named.filter((icon) => !showsConcept(icon)), named.filter(showsConcept)];
  const learned = withDistinctNames(free).slice(0, LEARNED);
  const taken = new Set(learned.map(({ caption }) => subjectOf(caption)));
  const others = withDistinctNames([...concepts, ...free]).filter(({ caption }) => !taken.has(subjectOf(caption)));
  return { learned, heldOut: shuffled(others).slice(0, HELD_OUT) };
}

function showsConcept({ caption }: NamedIcon): boolean {
  const words = caption.split(' ');
  return CONCEPTS.some(({ words: names }) => names.some((name) => words.includes(name)));
}

/** The last word of a caption mostly says what is shown: "real estate house". */
function subjectOf(caption: string): string {
  return caption.replace(/ \d+$/, '').split(' ').at(-1) ?? '';
}

function withDistinctNames(icons: readonly NamedIcon[]): NamedIcon[] {
  return [...new Map(icons.map((icon) => [subjectOf(icon.caption), icon])).values()];
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item, index) => ({ item, place: uniformIn(SEED, index) }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
