/** Every benchmark still runs: its smoke form, tiny and without a word about time. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const benchmarks = readdirSync(path.join(ROOT, 'bench'))
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace('.bench.ts', ''));

test.each(benchmarks)('npm run bench -- %s --smoke prints its rows', async (name) => {
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/run.mjs', name, '--smoke'], { cwd: ROOT });
  expect(stdout.match(/^\|.*\d/gm)?.length ?? 0, stdout).toBeGreaterThan(1);
});
