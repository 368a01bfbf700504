/** Bundles one TypeScript program of the workshop (a benchmark, a study) and runs it in a process of its own. */
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from './process.mjs';

/** Builds `entry` to out/<name>.cjs and runs it with `options`; returns its exit code. */
export async function runBundled(entry, name, options) {
  const outfile = path.join(root, 'out', `${name}.cjs`);
  await build({
    entryPoints: [path.join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['onnxruntime-node', 'sharp'],
    logLevel: 'warning',
  });
  // --expose-gc: memory is read after a collection, so that numbers repeat.
  return spawnSync(process.execPath, ['--expose-gc', outfile, ...options], { cwd: root, stdio: 'inherit' }).status ?? 1;
}
