/** What to draw while a style is learned: names that are in no training set, so that the pictures show what carries over. */

/** Everyday names of clearly different shapes. */
const EVERYDAY = [
  'rocket',
  'umbrella',
  'guitar',
  'mushroom',
  'pizza',
  'cat',
  'airplane',
  'tree',
  'fish',
  'trophy',
  'book',
  'car',
] as const;

const MOST = 8;
const FROM_THE_SET = 4;

interface NamedIcon {
  readonly caption: string;
  readonly heldOut: boolean;
}

/** At most eight: some of the held-out icons, which have a real counterpart to compare with, then everyday names. */
export function probeNames(icons: readonly NamedIcon[]): string[] {
  const plain = (name: string): string => name.trim().toLowerCase();
  const learned = new Set(icons.filter(({ heldOut }) => !heldOut).map(({ caption }) => plain(caption)));
  const isNew = (name: string): boolean => plain(name) !== '' && !learned.has(plain(name));
  const heldOut = icons.filter(({ heldOut }) => heldOut).map(({ caption }) => caption);
  const fromTheSet = [...new Set(heldOut.filter(isNew))].slice(0, FROM_THE_SET);
  return [...new Set([...fromTheSet, ...EVERYDAY.filter(isNew)])].slice(0, MOST);
}
