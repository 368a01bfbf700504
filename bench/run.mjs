// npm run bench -- <name> [options]: bundles one benchmark and runs it in a process of its own.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from '../scripts/lib/process.mjs';
import { runBundled } from '../scripts/lib/run-bundled.mjs';

const benchmarks = fs
  .readdirSync(path.join(root, 'bench'))
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace('.bench.ts', ''));
const [name, ...options] = process.argv.slice(2);
if (name === 'host') {
  // Runs inside VS Code, so it brings its own start.
  process.exit(
    spawnSync(process.execPath, [path.join(root, 'bench/host.mjs')], { cwd: root, stdio: 'inherit' }).status ?? 1,
  );
}
if (!benchmarks.includes(name)) {
  console.error(`Usage: npm run bench -- <${[...benchmarks, 'host'].join(' | ')}> [options]`);
  process.exit(2);
}
process.exit(await runBundled(`bench/${name}.bench.ts`, `bench/${name}`, options));
