/** Everyday things that the study asks for. */
export interface Concept {
  /** What a prompt says. */
  readonly name: string;
  /** What the judge calls it. */
  readonly concept: string;
  /** Words that stand for it in names of icons. */
  readonly words: readonly string[];
}

/** The prompt, then other words for the same thing. */
const NAMES = [
  ...['airplane plane', 'anchor', 'apple', 'banana', 'bell', 'bicycle bike', 'bomb', 'brain', 'bug', 'bus', 'camera'],
  ...['car', 'cat', 'cloud', 'crown', 'dog', 'eye', 'fire flame', 'fish', 'ghost', 'gift', 'guitar', 'hammer', 'heart'],
  ...['house home', 'key', 'magnet', 'moon', 'mountain', 'mushroom', 'pencil', 'pizza', 'rocket', 'robot', 'scissors'],
  ...['shield', 'skull', 'snowflake', 'star', 'sun', 'trophy', 'truck', 'umbrella'],
];
/** The judge's names where they differ (research/model/data/concepts.json). */
const JUDGED_AS: Readonly<Record<string, string>> = { house: 'home', pencil: 'edit' };

export const CONCEPTS: readonly Concept[] = NAMES.map((line) => {
  const words = line.split(' ');
  const name = words[0] ?? line;
  return { name, concept: JUDGED_AS[name] ?? name, words };
});
