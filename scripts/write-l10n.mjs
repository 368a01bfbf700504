/** npm run l10n: writes l10n/bundle.l10n.json, the English texts of src/extension, which every translation follows. */
import fs from 'node:fs';
import path from 'node:path';
import { l10nCalls } from './lib/l10n-calls.mjs';
import { main, root } from './lib/process.mjs';
import { text } from './write-rooms.mjs';

export const BUNDLE = 'l10n/bundle.l10n.json';
const SOURCES = 'src/extension';

/** The bundle as it should be, its keys sorted. */
export function englishBundle() {
  const files = fs.readdirSync(path.join(root, SOURCES), { recursive: true }).filter((file) => file.endsWith('.ts'));
  const entries = files.flatMap((file) => {
    const name = path.posix.join(SOURCES, file.split(path.sep).join('/'));
    return l10nCalls(name, fs.readFileSync(path.join(root, name), 'utf8'));
  });
  return text(BUNDLE, Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))));
}

if (process.argv[1] === path.join(root, 'scripts/write-l10n.mjs')) {
  await main(async () => {
    fs.mkdirSync(path.join(root, path.dirname(BUNDLE)), { recursive: true });
    fs.writeFileSync(path.join(root, BUNDLE), await englishBundle());
  });
}
