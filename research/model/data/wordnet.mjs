/** Synonyms and word frequencies of English nouns from WordNet's dictionary files (format: wndb(5WN)). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const lines = (path) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith(' '));

const asWord = (text) => text.replaceAll('_', ' ').toLowerCase();

/** Words of each synset by its byte offset. */
function synsets(path) {
  return new Map(
    lines(path).map((line) => {
      const fields = line.split(' ');
      const count = parseInt(fields[3], 16);
      return [fields[0], Array.from({ length: count }, (_, index) => asWord(fields[4 + 2 * index]))];
    }),
  );
}

/**
 * { synonyms: word → words of its first sense, frequent: nouns by how many tagged senses they have, at most 6000,
 * isWord: whether it is a noun at all }.
 */
export function nounsOf(folder) {
  const words = synsets(join(folder, 'data.noun'));
  const synonyms = {};
  const tagged = [];
  for (const line of lines(join(folder, 'index.noun'))) {
    const fields = line.trim().split(' ');
    const pointers = Number(fields[3]);
    const word = asWord(fields[0]);
    tagged.push([word, Number(fields[5 + pointers])]);
    const others = (words.get(fields[6 + pointers]) ?? []).filter((other) => other !== word);
    if (others.length > 0) synonyms[word] = others.slice(0, 4);
  }
  tagged.sort((a, b) => b[1] - a[1]);
  const all = new Set(tagged.map(([word]) => word));
  return { synonyms, isWord: (word) => all.has(word), frequent: tagged.slice(0, 6000).map(([word]) => word) };
}
