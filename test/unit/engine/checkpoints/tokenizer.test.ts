import { existsSync } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTokenizer } from '../../../../src/engine/checkpoints/tokenizer';
import type { ClipTokenizer } from '../../../../src/engine/checkpoints/tokenizer';
import { readClipVocabulary, tokenizerFiles } from '../../../../src/engine/checkpoints/tokenizer-files';
import { ownFolder, writeTo } from './safetensors-bytes';
import { golden2 } from '../../../support/golden';
import { BUILT_IN_MODEL } from '../../../support/built-in-model';

const REPOSITORY = path.resolve(import.meta.dirname, '../../../..');
const GOLDEN = process.env['FOURSTEP_GOLDEN'] ?? path.join(REPOSITORY, '../shared/golden');
const ICONS = path.join(BUILT_IN_MODEL, 'tokenizer');

const filesIn = (folder: string) => ({
  words: { vocab: path.join(folder, 'vocab.json'), merges: path.join(folder, 'merges.txt') },
  specialTokensMap: path.join(folder, 'special_tokens_map.json'),
  tokenizerConfig: path.join(folder, 'tokenizer_config.json'),
});

describe.skipIf(!existsSync(path.join(GOLDEN, 'tokenizer/ids.json')))('golden set tokenizer/ids.json', () => {
  it('every string gives the ids of the reference, and is cut exactly when they exceed the window', async () => {
    const { rows, bos, eos } = JSON.parse(await readFile(path.join(GOLDEN, 'tokenizer/ids.json'), 'utf8')) as {
      rows: { text: string; hf_fast: number[] }[];
      bos: number;
      eos: number;
    };
    const tokenizer = await loadTokenizer({
      ...filesIn(path.join(GOLDEN, 'tokenizer')),
      positions: 77,
      vocabSize: 49408,
    });
    expect(rows.length).toBeGreaterThan(0);
    for (const { text, hf_fast } of rows) {
      const expected = [bos, ...hf_fast.slice(0, 75), eos];
      while (expected.length < 77) expected.push(eos);
      const { ids, truncated } = tokenizer.encode(text);
      expect({ text, ids, cut: truncated !== '' }).toEqual({ text, ids: expected, cut: hf_fast.length > 75 });
    }
  });
});

describe.skipIf(!existsSync(path.join(GOLDEN, 'pipeline/runs.json')))('golden set pipeline', () => {
  it('its prompts give the ids of the reference run', async () => {
    const { prompts, ids } = JSON.parse(await readFile(path.join(GOLDEN, 'pipeline/runs.json'), 'utf8')) as {
      prompts: string[];
      ids: number[][];
    };
    const tokenizer = await loadTokenizer({
      ...filesIn(path.join(GOLDEN, 'pipeline/tokenizer')),
      positions: 77,
      vocabSize: 1000,
    });
    expect(prompts.map((prompt) => tokenizer.encode(prompt).ids)).toEqual(ids);
  });
});

describe.skipIf(!golden2.isPresent)('golden set 2, tokenizer2/ids.json', () => {
  interface Strings {
    readonly tokenizer: string;
    readonly pad_token: string;
    readonly strings: string[];
    readonly ids: number[][];
  }
  const all = golden2.isPresent ? (golden2.json('tokenizer2/ids.json') as Record<string, Strings>) : {};

  it.each(Object.keys(all))(
    '%s: tokenizer.json gives the ids of the reference, as the older files do',
    async (name) => {
      const { tokenizer, pad_token, strings, ids } = all[name]!;
      const folder = golden2.path(`tokenizer2/${name}/tokenizer`);
      const json = await loadTokenizer({
        words: { tokenizerJson: path.join(folder, 'tokenizer.json') },
        tokenizerConfig: path.join(folder, 'tokenizer_config.json'),
      });
      const pair = await loadTokenizer(filesIn(golden2.path(tokenizer)));
      for (const [index, text] of strings.entries()) {
        expect({ text, ids: json.encode(text).ids }).toEqual({ text, ids: ids[index] });
        expect({ text, ids: pair.encode(text).ids }).toEqual({ text, ids: ids[index] });
      }
      expect(json.encode('').ids.at(-1)).toBe(pad_token === '!' ? 0 : ids[0]?.at(-1));
    },
  );
});

describe("CLIP's own merges", () => {
  const clipMerges = path.join(REPOSITORY, 'models/clip/merges.txt');

  it('give all its 49,408 tokens their ids', async () => {
    const { vocab, start, end } = await readClipVocabulary({ words: { clipMerges } });
    expect(Object.keys(vocab)).toHaveLength(49_408);
    expect({ start, end }).toEqual({ start: 49_406, end: 49_407 });
    expect([vocab['!'], vocab['a</w>'], vocab['photo</w>'], vocab['jekyll</w>']]).toEqual([0, 320, 1125, 49_405]);
  });

  it.skipIf(!existsSync(path.join(GOLDEN, 'tokenizer/vocab.json')))('are those of the golden set', async () => {
    const { vocab, merges } = await readClipVocabulary({ words: { clipMerges } });
    const golden = await readClipVocabulary(filesIn(path.join(GOLDEN, 'tokenizer')));
    expect(vocab).toEqual(golden.vocab);
    expect(merges).toEqual(golden.merges);
  });

  it('pad with "!" where a model does', async () => {
    const tokenizer = await loadTokenizer({ words: { clipMerges }, pad: '!' });
    expect(tokenizer.encode('a!').ids.slice(0, 5)).toEqual([49_406, 320, 0, 49_407, 0]);
  });
});

describe('a tokenizer.json', () => {
  const from = async (json: unknown) => {
    const folder = await ownFolder();
    return loadTokenizer({ words: { tokenizerJson: await writeTo(folder, 'tokenizer.json', JSON.stringify(json)) } });
  };
  const vocab = { a: 0, 'a</w>': 1, 'b</w>': 2, 'ab</w>': 3 };
  const added_tokens = [
    { id: 4, content: '<|startoftext|>' },
    { id: 5, content: '<|endoftext|>' },
  ];

  it.each([[['a b</w>']], [[['a', 'b</w>']]]])('has its merges as texts or as pairs: %j', async (merges) => {
    const tokenizer = await from({ model: { type: 'BPE', vocab, merges }, added_tokens });
    expect(tokenizer.encode('ab a').ids.slice(0, 4)).toEqual([4, 3, 1, 5]);
  });

  it.each([
    [{ model: { type: 'Unigram', vocab: [] } }, 'expected a byte-pair encoding'],
    [{ model: { type: 'BPE', vocab, merges: [['a']] }, added_tokens }, 'is no pair of tokens'],
    [{ model: { type: 'BPE', vocab, merges: [] } }, '"<|startoftext|>" is not in the vocabulary'],
    [7, 'expected a byte-pair encoding'],
  ])('%j is refused', async (json, part) => {
    await expect(from(json)).rejects.toMatchObject({
      code: 'bad-checkpoint',
      message: expect.stringContaining(part) as string,
    });
  });
});

describe('a prompt', () => {
  let tokenizer: ClipTokenizer;
  beforeAll(async () => {
    tokenizer = await loadTokenizer({ ...filesIn(ICONS), positions: 32, vocabSize: 5514 });
  });
  const [START, END] = [5512, 5513];
  const tokensOf = (prompt: string) => tokenizer.encode(prompt).ids.slice(1, tokenizer.encode(prompt).ids.indexOf(END));

  it('fills the window: start, tokens, end, padding', () => {
    const { ids, truncated } = tokenizer.encode('red apple, flat emoji');
    expect(ids).toEqual([START, 624, 1883, 267, 535, 519, ...new Array<number>(26).fill(END)]);
    expect(truncated).toBe('');
  });

  it('may be empty or blank', () => {
    for (const prompt of ['', ' ', '\n\t\u3000\u0085 ']) {
      expect(tokenizer.encode(prompt)).toEqual({ ids: [START, ...new Array<number>(31).fill(END)], truncated: '' });
    }
  });

  it('is read without regard to case, composition and the kind and number of spaces', () => {
    expect(tokensOf('  RED \u00a0\n Café')).toEqual(tokensOf('red cafe\u0301'));
  });

  it('takes the special tokens only where it spells them exactly', () => {
    expect(tokenizer.encode('a<|endoftext|>b').ids.slice(1, 4)).toEqual([...tokensOf('a'), END, ...tokensOf('b')]);
    expect(tokensOf('<|EndOfText|>').length).toBeGreaterThan(3);
  });

  it('that is too long says what was cut, from the first word that does not fit', () => {
    const { ids, truncated } = tokenizer.encode(`${'star '.repeat(30)}and a  Moon`);
    expect(ids).toEqual([START, ...new Array<number>(30).fill(ids[1]!), END]);
    expect(truncated).toBe('and a  Moon');
  });

  it('that fits exactly is not cut', () => {
    expect(tokenizer.encode('star '.repeat(30)).truncated).toBe('');
  });

  it('that is cut inside a word gives the rest of the word', () => {
    const { truncated } = tokenizer.encode(`${'star '.repeat(29)}star-star`);
    expect(truncated).toBe('-star');
  });

  it('without any space is cut where the window is full', () => {
    const { ids, truncated } = tokenizer.encode('!?'.repeat(500));
    expect(ids.at(-1)).toBe(END);
    expect(truncated.length).toBeGreaterThan(0);
    expect('!?'.repeat(500).endsWith(truncated)).toBe(true);
  });

  it.each([
    ['letters', 'x'.repeat(100_000)],
    ['words', 'word '.repeat(20_000)],
    ['emoji', '😀'.repeat(25_000)],
    ['right-to-left letters', 'א'.repeat(50_000)],
    ['combining marks', `e${'\u0301'.repeat(50_000)}`],
    ['zero bytes', '\0'.repeat(100_000)],
    ['lone surrogates', '\ud83d'.repeat(50_000)],
    ['special tokens', '<|endoftext|>'.repeat(8_000)],
    ['quotes', "'".repeat(100_000)],
  ])('of 100 KB of %s gives a full window and says that it was cut', (_, prompt) => {
    const { ids, truncated } = tokenizer.encode(prompt);
    expect(ids).toHaveLength(32);
    expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < 5514)).toBe(true);
    expect(truncated.length).toBeGreaterThan(0);
    expect(prompt.endsWith(truncated)).toBe(true);
  });

  it('of control characters, emoji sequences and mixed directions is tokens like any other', () => {
    for (const prompt of [
      '\u0007\u001b[0m',
      '👨\u200d👩\u200d👧',
      'שלום hello مرحبا',
      'x\ud800y',
      '\ufeff',
      '\u202eabc',
    ]) {
      expect(tokensOf(prompt).length).toBeGreaterThan(0);
    }
  });

  it('with half a character means the same as with the replacement character', () => {
    expect(tokensOf('a\ud83d b')).toEqual(tokensOf('a\ufffd b'));
  });
});

describe('the tokenizer files', () => {
  const source = async (changes: Record<string, string>) => {
    const folder = await ownFolder();
    for (const file of tokenizerFiles(filesIn(ICONS))) await copyFile(file, path.join(folder, path.basename(file)));
    for (const [name, text] of Object.entries(changes)) await writeTo(folder, name, text);
    return filesIn(folder);
  };

  it('decide the padding token: SD 2.x pads with "!"', async () => {
    const special = { bos_token: '<|startoftext|>', eos_token: { content: '<|endoftext|>' }, pad_token: '!' };
    const tokenizer = await loadTokenizer(await source({ 'special_tokens_map.json': JSON.stringify(special) }));
    expect(tokenizer.encode('').ids).toEqual([5512, 5513, ...new Array<number>(30).fill(0)]);
  });

  it('and the text encoder decide the window: the smaller number counts', async () => {
    expect((await loadTokenizer({ ...(await source({})), positions: 20 })).windowLength).toBe(20);
    expect(
      (
        await loadTokenizer({
          ...(await source({ 'tokenizer_config.json': '{"model_max_length":1e30}' })),
          positions: 77,
        })
      ).windowLength,
    ).toBe(77);
    const { words } = await source({});
    expect((await loadTokenizer({ words })).windowLength).toBe(77);
  });

  it('with a shorter window than the text encoder are refused, naming both', async () => {
    const files = { ...(await source({})), positions: 77 };
    await expect(loadTokenizer(files)).rejects.toThrow(
      "the tokenizer's window (model_max_length) is 32 tokens, but the text encoder's (max_position_embeddings) is 77",
    );
  });

  it.each([
    [{ 'vocab.json': '[]' }, 'vocab.json'],
    [{ 'vocab.json': '{"a":0,"b":0}' }, 'two tokens have the id 0'],
    [{ 'vocab.json': '{"a":-1}' }, '"a" has the id'],
    [{ 'vocab.json': '{"a":0.5}' }, '"a" has the id'],
    [{ 'vocab.json': '{"a":5514}' }, 'from 0 to 5513'],
    [{ 'vocab.json': '{"a":0}' }, '"<|startoftext|>" is not in the vocabulary'],
    [{ 'vocab.json': '{"a":0,"a":1}' }, 'occurs twice'],
    [{ 'merges.txt': '#version: 0.2\na b\nc\n' }, 'line 3'],
    [{ 'merges.txt': 'a b c\n' }, 'line 1'],
    [{ 'special_tokens_map.json': '{"pad_token":"<|nothing|>"}' }, '"<|nothing|>" is not in the vocabulary'],
    [{ 'special_tokens_map.json': '7' }, 'special_tokens_map.json'],
    [{ 'tokenizer_config.json': '{"model_max_length":2}' }, 'at least 3'],
    [{ 'tokenizer_config.json': '{"model_max_length":7.5}' }, 'whole number'],
  ])('%j are refused', async (changes, part) => {
    const files = await source(changes);
    await expect(loadTokenizer({ ...files, vocabSize: 5514 })).rejects.toMatchObject({
      code: 'bad-checkpoint',
      message: expect.stringContaining(part) as string,
    });
  });

  it('that are missing are named', async () => {
    const words = { vocab: path.join(ICONS, 'vocab.json'), merges: path.join(ICONS, 'gone.txt') };
    await expect(loadTokenizer({ ...filesIn(ICONS), words })).rejects.toThrow('gone.txt');
  });
});
