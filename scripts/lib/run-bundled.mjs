/** Bundles one TypeScript program of the workshop (a benchmark, a study) and runs it in a process of its own. */
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { NATIVE, NODE_BUNDLE } from './node-bundle.mjs';
import { root } from './process.mjs';

/** Builds `entry` to out/<name>.cjs and runs it with `options`; returns its exit code. */
export async function runBundled(entry, name, options) {
  const outfile = path.join(root, 'out', `${name}.cjs`);
  await build({ ...NODE_BUNDLE, entryPoints: [path.join(root, entry)], outfile, external: NATIVE });
  // --expose-gc: memory is read after a collection, so that numbers repeat.
  return spawnSync(process.execPath, ['--expose-gc', outfile, ...options], { cwd: root, stdio: 'inherit' }).status ?? 1;
}
