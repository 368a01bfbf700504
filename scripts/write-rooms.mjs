/** npm run rooms: writes the TypeScript projects' references from scripts/rooms.cjs. */
import fs from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import { main, root } from './lib/process.mjs';
import rooms from './rooms.cjs';

const read = (file) => JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'));
const references = (folders) => folders.map((folder) => ({ path: folder }));

/** file → its contents as they should be. */
export function projects() {
  const all = Object.keys(rooms.rooms);
  const result = {};
  for (const [room, allowed] of Object.entries(rooms.rooms)) {
    const file = `src/${room}/tsconfig.json`;
    const types = room === 'extension' ? ['node', 'vscode'] : ['node'];
    result[file] = {
      extends: '../../tsconfig.base.json',
      compilerOptions: { types },
      include: room === 'domain' ? ['.', '../../package.json'] : ['.'],
      references: references(allowed.map((other) => `../${other}`)),
    };
  }
  result['tsconfig.json'] = {
    files: [],
    references: references([...all.map((room) => `src/${room}`), 'webview', 'test', 'bench', 'research']),
  };
  const others = { webview: rooms.webview, test: all, bench: all, research: all };
  for (const [folder, allowed] of Object.entries(others)) {
    const extra = { test: ['../webview'], research: ['../bench'] }[folder] ?? [];
    const file = `${folder}/tsconfig.json`;
    result[file] = { ...read(file), references: references([...allowed.map((room) => `../src/${room}`), ...extra]) };
  }
  return result;
}

/** The file's text, formatted like everything else. */
export async function text(file, value) {
  const options = await prettier.resolveConfig(path.join(root, file));
  return prettier.format(JSON.stringify(value), { ...options, filepath: file });
}

if (process.argv[1] === path.join(root, 'scripts/write-rooms.mjs')) {
  await main(async () => {
    for (const [file, value] of Object.entries(projects()))
      fs.writeFileSync(path.join(root, file), await text(file, value));
  });
}
