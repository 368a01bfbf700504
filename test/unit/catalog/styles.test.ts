import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { readStyles, styleNamed, stylesFolder } from '../../../src/catalog/styles';
import { BUILT_IN_ID } from '../../support/built-in-model';
import { containing } from '../../support/matching';
import { styleFile, writeStyle } from '../../support/style-files';

const LORA = Buffer.from('weights');

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(path.join(os.tmpdir(), 'fourstep-styles-'));
});

const BROKEN: readonly (readonly [string, unknown, string])[] = [
  ['no JSON', '{', 'is not valid JSON'],
  ['no object', '[]', 'version is missing'],
  ['a later version', styleFile({ version: 2 as 1 }), 'version: '],
  ['no version, as the first drafts had none', { ...styleFile(), version: undefined }, 'version is missing'],
  ['no learning rate', { ...styleFile(), learningRate: undefined }, 'learningRate is missing'],
  ['no name', styleFile({ name: '' }), 'name: '],
  ['a hash that is none', styleFile({ dataHash: '../../etc' }), 'dataHash is "../../etc"; expected a SHA-256'],
  ['a number that is none', { ...styleFile(), rank: '4' }, 'rank: '],
  ['a date that is none', styleFile({ created: 'yesterday' }), 'created: '],
  ...['/etc/passwd', '../../secret.png', 'samples/../../x.png', 'C:/x.png', 'samples\\x.png', 'a\0b.png', ''].map(
    (after) =>
      [
        `the sample ${JSON.stringify(after)}`,
        styleFile({ samples: [{ prompt: 'x', before: 'samples/1.png', after }] }),
        '; expected a relative path',
      ] as const,
  ),
  ['a description of a megabyte', styleFile({ styleWord: 'x'.repeat(1_000_001) }), 'has at most 1000000'],
];

describe('the styles of a workspace', () => {
  it('are read by name, with their descriptions and the paths of their weights', async () => {
    const other = styleFile({ model: { id: 'other', sha256: 'c'.repeat(64) } });
    writeStyle(workspace, 'pixel', other, LORA);
    const folder = writeStyle(workspace, 'house', styleFile(), LORA);
    const { styles, problems } = await readStyles(workspace);
    expect(problems).toEqual([]);
    expect(styles.map(({ name, file }) => [name, file.model.id])).toEqual([
      ['house', BUILT_IN_ID],
      ['pixel', 'other'],
    ]);
    expect(styles[0]).toEqual({
      name: 'house',
      folder,
      loraPath: path.join(folder, 'lora.safetensors'),
      file: styleFile(),
    });
  });

  it('are none where there is no folder for them', async () => {
    expect(await readStyles(workspace)).toEqual({ styles: [], problems: [] });
    expect(await readStyles(path.join(workspace, 'missing'))).toEqual({ styles: [], problems: [] });
  });

  it('leave out a training that is not finished, and files that lie beside the folders', async () => {
    mkdirSync(path.join(stylesFolder(workspace), 'growing', 'training'), { recursive: true });
    writeFileSync(path.join(stylesFolder(workspace), 'README.md'), 'styles');
    expect(await readStyles(workspace)).toEqual({ styles: [], problems: [] });
  });

  it.each(BROKEN)('that are broken are problems with the reason: %s', async (_name, description, reason) => {
    const folder = writeStyle(workspace, 'broken', description, LORA);
    writeStyle(workspace, 'good', styleFile(), LORA);
    const { styles, problems } = await readStyles(workspace);
    expect(styles.map(({ name }) => name)).toEqual(['good']);
    expect(problems).toEqual([{ folder, reason: containing(reason) }]);
  });

  it('need their files', async () => {
    writeStyle(workspace, 'no-weights', styleFile(), undefined);
    mkdirSync(path.join(stylesFolder(workspace), 'nothing'));
    const { problems } = await readStyles(workspace);
    expect(problems.map(({ reason }) => reason)).toEqual([
      containing(path.join('no-weights', 'lora.safetensors')),
      containing(path.join('nothing', 'style.json')),
    ]);
  });

  it.skipIf(process.platform === 'win32')(
    'keep their weights in their folder: a link out of it is refused',
    async () => {
      const secret = path.join(workspace, 'secret.safetensors');
      writeFileSync(secret, 'secret');
      const folder = writeStyle(workspace, 'linked', styleFile(), undefined);
      symlinkSync(secret, path.join(folder, 'lora.safetensors'));
      const { styles, problems } = await readStyles(workspace);
      expect(styles).toEqual([]);
      expect(problems[0]?.reason).toContain('is a link that leads out of its folder');
    },
  );

  it('never crash the reader, whatever their description is', async () => {
    const field = fc.constantFrom(...Object.keys(styleFile()));
    const description = fc.oneof(
      fc.json(),
      fc.string(),
      fc.tuple(field, fc.jsonValue()).map(([name, value]) => JSON.stringify({ ...styleFile(), [name]: value })),
    );
    await fc.assert(
      fc.asyncProperty(description, async (json) => {
        const folder = writeStyle(workspace, 'any', json, LORA);
        const { styles, problems } = await readStyles(workspace);
        expect(styles.length + problems.length).toBe(1);
        rmSync(folder, { recursive: true });
      }),
      { numRuns: 200 },
    );
  });
});

describe('a style by name', () => {
  it('is found, or the error names those there are', async () => {
    writeStyle(workspace, 'house', styleFile(), LORA);
    writeStyle(workspace, 'broken', '{', LORA);
    const styles = await readStyles(workspace);
    expect(styleNamed(styles, 'house').name).toBe('house');
    expect(() => styleNamed(styles, 'pixel')).toThrow('There is no style "pixel" in this workspace; there are: house.');
    expect(() => styleNamed(styles, 'broken')).toThrow('cannot be used');
    expect(() => styleNamed({ styles: [], problems: [] }, 'x')).toThrow('it has none yet');
  });
});
