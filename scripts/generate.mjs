/** npm run generate -- "a red rocket" [options]: the command line of this checkout with the built-in model. */
import fs from 'node:fs';
import path from 'node:path';
import { ensure } from './ensure.mjs';
import { main, root, run } from './lib/process.mjs';

await main(async () => {
  await ensure();
  const { build } = await import('./build.mjs');
  await build({ onlyWhenStale: true });
  const args = process.argv.slice(2);
  if (!args.some((arg) => arg === '--out' || arg.startsWith('--out='))) {
    fs.mkdirSync(path.join(root, 'out/generated'), { recursive: true });
    args.push('--out', path.join(root, 'out/generated'));
  }
  return run(process.execPath, [path.join(root, 'dist/cli.js'), 'generate', ...args], {
    cwd: process.env.INIT_CWD ?? process.cwd(),
  });
});
