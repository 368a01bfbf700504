import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCatalog } from '../../../src/catalog/catalog';
import { readStyles } from '../../../src/catalog/styles';
import { readOverrides } from '../../../src/icons/overrides';
import { decodeImage } from '../../../src/pictures/codec';
import { readRecipe } from '../../../src/pictures/metadata';
import { readLora } from '../../../src/engine/lora/read-lora';
import { openModel } from '../../../src/engine/families/open-model';
import { loadTokenizer } from '../../../src/engine/checkpoints/tokenizer';
import { FileHasher } from '../../../src/files/file-hasher';
import { openWeights } from '../../../src/engine/checkpoints/safetensors';
import { scanPicture } from '../../../src/extension/gallery/scan';
import { LIMITS, openRegular, readRegular, textIfThere } from '../../../src/files/regular-file';
import { matching } from '../../support/matching';
import { writeTinyModel } from '../../support/tiny-pipeline';

const folder = mkdtempSync(path.join(os.tmpdir(), 'fourstep-test-'));
const at = (name: string): string => path.join(folder, name);

describe('an ordinary file', () => {
  it('is read whole, up to its limit', async () => {
    writeFileSync(at('five'), 'hello');
    expect((await readRegular(at('five'), { most: 5 })).toString()).toBe('hello');
    await expect(readRegular(at('five'), { most: 4, code: 'bad-image' })).rejects.toMatchObject({
      code: 'bad-image',
      message: matching(/five has 5 bytes; a file of its kind has at most 4\.$/),
    });
  });

  it('that is empty is empty, and one that is missing is told by the system', async () => {
    writeFileSync(at('empty'), '');
    expect(await readRegular(at('empty'), { most: 1 })).toHaveLength(0);
    await expect(readRegular(at('none'), { most: 1 })).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('as text is read in its own encoding, and one that is missing is empty', async () => {
    writeFileSync(at('utf-16'), Buffer.from('\ufeffein Bär', 'utf16le'));
    expect(await textIfThere(at('utf-16'), { most: 100 })).toBe('ein Bär');
    expect(await textIfThere(at('none'), { most: 100 })).toBe('');
  });

  it('of a terabyte is refused without being read', async () => {
    writeFileSync(at('huge'), '');
    truncateSync(at('huge'), 2 ** 40);
    await expect(readRegular(at('huge'), { most: LIMITS.table })).rejects.toThrow('at most 16000000');
  });

  it('may be reached through a link', async () => {
    writeFileSync(at('target'), 'x');
    symlinkSync(at('target'), at('alias'));
    expect((await readRegular(at('alias'), { most: 1 })).toString()).toBe('x');
  });

  it('is no folder', async () => {
    mkdirSync(at('folder'));
    await expect(openRegular(at('folder'))).rejects.toThrow('is a folder, expected a file');
  });

  it.skipIf(process.platform !== 'linux')('that has no size but contents is refused', async () => {
    await expect(readRegular('/proc/self/status', { most: 1000 })).rejects.toMatchObject({ code: 'io' });
  });
});

/** What stands in a file's place, made anew at a path. */
const IMPOSTORS: readonly (readonly [string, (place: string) => void, RegExp])[] = [
  [
    'a pipe',
    (place) => {
      execFileSync('mkfifo', [place]);
    },
    /is a pipe|missing|holds no|no LoRA|has no model_index/,
  ],
  [
    'a link to a pipe',
    (place) => {
      execFileSync('mkfifo', [`${place}.pipe`]);
      symlinkSync(`${place}.pipe`, place);
    },
    /is a pipe|missing|holds no|no LoRA|has no model_index/,
  ],
  [
    'a link to a device that never ends',
    (place) => {
      symlinkSync('/dev/zero', place);
    },
    /is a device|missing|holds no|no LoRA|has no model_index/,
  ],
];

/** Everything that reads a stranger's file, given what it reads: a place where the file lies, and how it is read. */
const READERS: readonly (readonly [string, string, (root: string, file: string) => Promise<unknown>])[] = [
  ['a model’s index', 'model/model_index.json', (root) => openModel(path.join(root, 'model'))],
  ['a network’s config', 'model/unet/config.json', (root) => openModel(path.join(root, 'model'))],
  ['a scheduler’s config', 'model/scheduler/scheduler_config.json', (root) => openModel(path.join(root, 'model'))],
  ['a vocabulary', 'model/tokenizer/vocab.json', (root) => tokenizerOf(root)],
  ['merges', 'model/tokenizer/merges.txt', (root) => tokenizerOf(root)],
  ['weights', 'w.safetensors', (_root, file) => openWeights(file)],
  ['an index of weights', 'w.safetensors.index.json', (_root, file) => openWeights(file)],
  ['a file to be hashed', 'w.safetensors', (_root, file) => new FileHasher().hash(file)],
  ['a LoRA', 'l.safetensors', (_root, file) => readLora(file, new Map())],
  ['captions', 'icons/captions.jsonl', (root) => readOverrides(path.join(root, 'icons'))],
  ['a picture', 'a.png', (_root, file) => decodeImage(file)],
  ['a recipe', 'a.webp', (_root, file) => readRecipe(file)],
  ['a picture in the gallery', 'a.avif', (_root, file) => scanPicture(file)],
  ['the list of models', 'models/catalog.json', (root) => readCatalog(path.join(root, 'models'))],
];

async function tokenizerOf(root: string): Promise<unknown> {
  return loadTokenizer((await openModel(path.join(root, 'model'))).tokenizers['tokenizer']!);
}

describe.skipIf(process.platform === 'win32').each(IMPOSTORS)('%s', (_what, make, refusal) => {
  it.each(READERS)('in the place of %s is refused at once', async (_kind, name, read) => {
    const root = mkdtempSync(at('root-'));
    if (name.startsWith('model/')) await writeTinyModel(path.join(root, 'model'));
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    rmSync(file, { force: true });
    make(file);
    await expect(read(root, file)).rejects.toThrow(refusal);
  });

  it('in the place of a style’s description is told as a problem', async () => {
    const root = mkdtempSync(at('root-'));
    const style = path.join(root, '.fourstep/styles/house');
    mkdirSync(style, { recursive: true });
    make(path.join(style, 'style.json'));
    const { styles, problems } = await readStyles(root);
    expect(styles).toEqual([]);
    expect(problems).toMatchObject([{ reason: matching(refusal) }]);
  });
});

describe('a model’s config', () => {
  let model: string;
  beforeAll(async () => {
    model = await writeTinyModel(at('large-config'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(['model_index.json', 'vae/config.json', 'scheduler/scheduler_config.json'])(
    'of 31 MB is refused: %s',
    async (name) => {
      const file = path.join(model, name);
      const { text, restore } = enlarged(file);
      writeFileSync(file, text);
      await expect(openModel(model)).rejects.toThrow('a file of its kind has at most 1000000');
      restore();
    },
  );
});

/** The same JSON with much room in it. */
function enlarged(file: string): { text: string; restore: () => void } {
  const before = readFileSync(file);
  return {
    text: `${' '.repeat(31_000_000)}${before.toString()}`,
    restore: () => {
      writeFileSync(file, before);
    },
  };
}
