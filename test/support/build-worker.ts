/** Bundles worker and command line as they ship, once per run, for tests with real processes. */
import { existsSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { NATIVE, NODE_BUNDLE } from '../../scripts/lib/node-bundle.mjs';
import { MODELS } from './built-in-model';

export const ROOT = path.resolve(import.meta.dirname, '../..');

export interface Programs {
  /** Absolute paths of the bundles. */
  readonly worker: string;
  readonly cli: string;
  readonly rasterizer: string;
  readonly store: string;
  /** A worker behind a socket; it does not ship. */
  readonly socketWorker: string;
}

let built: Promise<Programs> | undefined;

/** Under out/, in a folder of this test process, so that test files running at once do not replace each other's. */
export function buildPrograms(): Promise<Programs> {
  built ??= buildInto(path.join(ROOT, 'out/test/programs', String(process.pid), 'dist'));
  return built;
}

async function buildInto(folder: string): Promise<Programs> {
  await build({
    ...NODE_BUNDLE,
    entryPoints: {
      worker: 'src/worker/main.ts',
      cli: 'src/cli/main.ts',
      store: 'src/store/main.ts',
      rasterizer: 'src/icons/rasterizer-thread.ts',
      'socket-worker': 'test/support/socket-worker.ts',
    },
    outdir: folder,
    external: NATIVE,
  });
  // The programs look for the built-in models beside their own folder.
  const models = path.join(folder, '..', 'models');
  if (!existsSync(models)) symlinkSync(MODELS, models, 'junction');
  const program = (name: string): string => path.join(folder, `${name}.js`);
  return {
    worker: program('worker'),
    cli: program('cli'),
    rasterizer: program('rasterizer'),
    store: program('store'),
    socketWorker: program('socket-worker'),
  };
}
