/** What the documents point at is there: files, headings, npm scripts, and the commands of the terminal. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { Console } from '../../src/cli/console';
import { commandLine } from '../../src/cli/program';

const root = path.resolve(__dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const FOLDERS = ['docs', 'bench', 'models', 'models/icons-v1', 'research', 'research/fine-tuning', 'research/model'];
const documents = ['', ...FOLDERS].flatMap((folder) =>
  readdirSync(path.join(root, folder))
    // card.md becomes a model's README: its links count from there.
    .filter((name) => name.endsWith('.md') && name !== 'card.md')
    .map((name) => path.posix.join(folder, name)),
);

/** GitHub's and VS Code's: lower case, no punctuation, hyphens for blanks. */
function anchorsOf(file: string): string[] {
  const headings = [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

it.each(documents)('%s: every link leads somewhere', (document) => {
  const links = [...read(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const dead = links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? document : path.posix.join(path.posix.dirname(document), file);
    if (!existsSync(path.join(root, target))) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
  expect(dead).toEqual([]);
});

it('the first page has the commands that a newcomer needs, and they exist', () => {
  const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Record<string, string> };
  const readme = read('README.md');
  expect(readme).toMatch(/^npm start\b/m);
  expect(readme).toMatch(/^npm test\b/m);
  const named = documents.flatMap((file) => [...read(file).matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name));
  expect(named.filter((name) => name !== undefined && !(name in scripts))).toEqual([]);
});

it('every command line in the documents has commands and options that exist', () => {
  const program = commandLine(new Console({ stdout: process.stdout, stderr: process.stderr }));
  const known = new Map(
    program.commands.flatMap((command) =>
      [command, ...command.commands].map((one) => {
        const name = one === command ? one.name() : `${command.name()} ${one.name()}`;
        return [name, one.options.map(({ long }) => long)] as const;
      }),
    ),
  );
  const lines = documents.flatMap((file) => read(file).match(/^fourstep .+$/gm) ?? []);
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) {
    const [, first = '', second = ''] = line.split(/\s+/);
    const options = known.get(`${first} ${second}`) ?? known.get(first);
    if (first.startsWith('-')) continue;
    expect(options, line).toBeDefined();
    const [typed = ''] = line.split('#');
    for (const [option] of typed.matchAll(/--[a-z-]+/g)) expect(options, line).toContain(option);
  }
});
