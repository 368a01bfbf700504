/** The texts for VS Code and their translations: every language has every text, with the same places to fill in. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it, test } from 'vitest';
import { l10nCalls } from '../../scripts/lib/l10n-calls.mjs';
import { BUNDLE, englishBundle } from '../../scripts/write-l10n.mjs';

const read = (file: string): Promise<string> => readFile(file, 'utf8');
type Bundle = Record<string, string | { message: string }>;

/** Key → text; an English text with a comment for translators is an object. */
async function texts(file: string): Promise<Record<string, string>> {
  const bundle = JSON.parse(await read(file)) as Bundle;
  return Object.fromEntries(
    Object.entries(bundle).map(([key, text]) => [key, typeof text === 'string' ? text : text.message]),
  );
}

const placeholders = (text: string): string[] => [...new Set(text.match(/\{\w+\}|`[^`]+`|\$\([\w~-]+\)/g))].sort();

/** Words and signs that German writes as English does. */
const SAME = ['Fourstep: {0}', 'Guidance', 'Prompt', 'Sampler', 'Seed', '{0} GB', '{0} s'];

describe('the English bundle', () => {
  it('holds the texts of src/extension; if this fails, run "npm run l10n" and add the German lines', async () => {
    expect(await read(BUNDLE)).toBe(await englishBundle());
  });

  it('is where the manifest says, under the name that VS Code looks for', async () => {
    const { l10n } = JSON.parse(await read('package.json')) as { l10n: string };
    expect(path.join(l10n, 'bundle.l10n.json')).toBe(path.normalize(BUNDLE));
  });
});

describe.each([
  ['bundle', BUNDLE, 'l10n/bundle.l10n.de.json'],
  ['manifest', 'package.nls.json', 'package.nls.de.json'],
])('the German %s', (_, englishFile, germanFile) => {
  it('has every text and no other, in the same order', async () => {
    expect(Object.keys(await texts(germanFile))).toEqual(Object.keys(await texts(englishFile)));
  });

  it('has the placeholders, icons and code words of the English text', async () => {
    const german = await texts(germanFile);
    for (const [key, english] of Object.entries(await texts(englishFile)))
      expect(placeholders(german[key] ?? ''), key).toEqual(placeholders(english));
  });

  it('differs from the English one but for a few words', async () => {
    const german = await texts(germanFile);
    const same = Object.entries(await texts(englishFile)).filter(([key, english]) => german[key] === english);
    expect(same.map(([, english]) => english).filter((english) => !SAME.includes(english))).toEqual([]);
  });

  it('is plain texts: VS Code shows nothing else', async () => {
    expect(Object.values(JSON.parse(await read(germanFile)) as Bundle).map((text) => typeof text)).not.toContain(
      'object',
    );
  });

  it('is not empty anywhere and quotes as German does', async () => {
    for (const [key, german] of Object.entries(await texts(germanFile))) {
      expect(german.trim(), key).not.toBe('');
      expect(german.replace(/„[^„“]*“/g, ''), key).not.toMatch(/["„“”]/);
    }
  });
});

test('a command has one German name, in the palette and in the menus', async () => {
  const [bundle, manifest] = await Promise.all([texts('l10n/bundle.l10n.de.json'), texts('package.nls.de.json')]);
  expect(bundle['$(sparkle) Generate Image from Selection']).toContain(manifest['command.generate.title']);
  const tune = manifest['command.tune.title']?.replace('…', '');
  expect(bundle['$(mortar-board) Fine-tune on Icon Set']).toContain(tune);
  expect(bundle['$(debug-restart) Restart Worker']).toContain(manifest['command.restartWorker.title']);
  expect(bundle['$(output) Show Log']).toContain(manifest['command.showLog.title']);
  expect(bundle['Gallery']).toBe(manifest['view.gallery']);
});

test('every %text% of the manifest exists, and every text is used', async () => {
  const used = [...(await read('package.json')).matchAll(/"%([\w.-]+)%"/g)].map(([, key]) => key);
  expect([...new Set(used)].sort()).toEqual(Object.keys(await texts('package.nls.json')).sort());
});

describe('a text in the source', () => {
  it.each([
    ['in quotes', `vscode.l10n.t('Step {0}', 1)`, ['Step {0}', 'Step {0}']],
    ['over several lines', 'vscode.l10n.t(\n  `It\\u2019s done`,\n)', ['It’s done', 'It’s done']],
    [
      'with a comment',
      `vscode.l10n.t({ message: 'Open', args: [], comment: 'verb' })`,
      ['Open/verb', { message: 'Open', comment: ['verb'] }],
    ],
    [
      'with two comments, which VS Code joins with nothing between',
      `vscode.l10n.t({ message: 'Open', comment: ['verb', 'button'] })`,
      ['Open/verbbutton', { message: 'Open', comment: ['verb', 'button'] }],
    ],
  ])('is found %s', (_, source, entry) => {
    expect(l10nCalls('a.ts', source)).toEqual([entry]);
  });

  it.each([
    'const { t } = vscode.l10n;',
    'const t = vscode.l10n.t;',
    "import { l10n } from 'vscode';",
    "l10n.t('Open')",
    "vscode['l10n'].t('Open')",
    "vscode?.l10n.t('Open')",
    'vscode.l10n.t(words)',
    'vscode.l10n.t(`Step ${step}`)',
    "vscode.l10n.t('Step ' + step)",
    'vscode.l10n.t()',
    "vscode.l10n.t({ message: 'Open' })",
    "vscode.l10n.t({ message: words, comment: 'verb' })",
    "vscode.l10n.t({ message: 'Open', comment: [] })",
    'list.map(vscode.l10n.t)',
  ])('is refused in another form, with its place: %s', (source) => {
    expect(() => l10nCalls('a.ts', `\n${source}`)).toThrow('a.ts:2: this text cannot be translated');
  });
});

describe('the pages', () => {
  const [FOURSTEP, TUNE] = ['src/extension/strings.ts', 'src/extension/tune/strings.ts'];
  const panelAndGallery = /^(panel|gallery|cards|form|progress|styles)\.ts$/;
  it.each([
    { page: 'panel', folders: ['webview'], others: /^(gallery|tune)\.ts$/, strings: FOURSTEP, functions: /^panel/ },
    { page: 'gallery', folders: ['webview'], others: /^(?!gallery\.ts)/, strings: FOURSTEP, functions: /^gallery/ },
    {
      page: 'fine-tuning',
      folders: ['webview', 'webview/tune'],
      others: panelAndGallery,
      strings: TUNE,
      functions: /./,
    },
  ])('of $page ask only for texts that they are given', async ({ folders, others, strings, functions }) => {
    const given = textsGiven(strings, await read(strings), functions);
    let count = 0;
    for (const file of await sourcesOf(folders, others))
      for (const key of textsAsked(file, await read(file))) {
        expect(given, `${file} asks for "${key}"`).toContain(key);
        count++;
      }
    expect(count).toBeGreaterThan(5);
  });
});

async function sourcesOf(folders: readonly string[], others: RegExp): Promise<string[]> {
  const lists = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(folder);
      return names.filter((name) => name.endsWith('.ts') && !others.test(name)).map((name) => path.join(folder, name));
    }),
  );
  return lists.flat();
}

/** The names of the texts in the functions whose names fit. */
function textsGiven(file: string, source: string, functions: RegExp): string[] {
  const named = ts
    .createSourceFile(file, source, ts.ScriptTarget.Latest, true)
    .statements.filter(ts.isFunctionDeclaration);
  return named
    .filter(({ name }) => functions.test(name?.text ?? ''))
    .flatMap((each) =>
      nodesIn(each)
        .filter(ts.isPropertyAssignment)
        .map((member) => member.name.getText()),
    );
}

/** The literal keys in a page's calls of text(…). */
function textsAsked(file: string, source: string): string[] {
  const calls = nodesIn(ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true)).filter(ts.isCallExpression);
  return calls
    .filter(({ expression }) => expression.getText() === 'text')
    .flatMap(({ arguments: [key] }) => keysOf(key));
}

function keysOf(key: ts.Node | undefined): string[] {
  if (key === undefined) return [];
  if (ts.isConditionalExpression(key)) return [...keysOf(key.whenTrue), ...keysOf(key.whenFalse)];
  return ts.isStringLiteralLike(key) ? [key.text] : [];
}

function nodesIn(node: ts.Node): ts.Node[] {
  const found: ts.Node[] = [node];
  ts.forEachChild(node, (child) => void found.push(...nodesIn(child)));
  return found;
}
