// npm run bench -- <name> [options]: bundles one benchmark and runs it in a process of its own.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
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
const outfile = path.join(root, 'out/bench', `${name}.cjs`);
await build({
  entryPoints: [path.join(root, 'bench', `${name}.bench.ts`)],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['onnxruntime-node', 'sharp'],
  logLevel: 'warning',
});
// --expose-gc: memory is read after a collection, so that numbers repeat.
process.exit(
  spawnSync(process.execPath, ['--expose-gc', outfile, ...options], { cwd: root, stdio: 'inherit' }).status ?? 1,
);
