/** A process of its own that lives until it is ended, as the owner of files. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import type { Owner } from '../../src/files/owner';

const PROGRAM = `
import { thisProcess } from './src/files/owner';
process.send?.(thisProcess());
process.on('disconnect', () => process.exit());
`;

export interface LivingProcess extends AsyncDisposable {
  readonly owner: Owner;
  /** Kills it; it is gone when this returns. */
  end(): Promise<void>;
}

let program: Promise<string> | undefined;

export async function livingProcess(): Promise<LivingProcess> {
  const child = fork(await (program ??= built()));
  const exited = once(child, 'exit');
  const [owner] = (await once(child, 'message')) as [Owner];
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return { owner, end, [Symbol.asyncDispose]: end };
}

async function built(): Promise<string> {
  const file = path.join(await mkdtemp(path.join(os.tmpdir(), 'fourstep-test-')), 'living.cjs');
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: path.resolve(__dirname, '../..'), loader: 'ts' },
    bundle: true,
    platform: 'node',
    write: false,
  });
  await writeFile(file, outputFiles[0]!.contents);
  return file;
}
