/** Everyday things that many icon packages draw, with the names under which they do. */
export interface Concept {
  /** What a prompt says. */
  readonly name: string;
  /** Words that stand for it in names of icons. */
  readonly words: readonly string[];
}

const NAMES = [
  ...['airplane plane', 'anchor', 'apple', 'banana', 'bell', 'bicycle bike', 'bomb', 'brain', 'bug', 'bus', 'camera'],
  ...['car', 'cat', 'cloud', 'crown', 'dog', 'eye', 'fire flame', 'fish', 'ghost', 'gift', 'guitar', 'hammer', 'heart'],
  ...['house home', 'key', 'magnet', 'moon', 'mountain', 'mushroom', 'pencil', 'pizza', 'rocket', 'robot', 'scissors'],
  ...['shield', 'skull', 'snowflake', 'star', 'sun', 'trophy', 'truck', 'umbrella'],
];

export const CONCEPTS: readonly Concept[] = NAMES.map((line) => {
  const words = line.split(' ');
  return { name: words[0] ?? line, words };
});
