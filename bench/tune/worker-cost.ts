/** A whole training as a user starts it: real client, real worker process, default settings. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readCatalog, resolveModel } from '../../src/catalog/catalog';
import { WorkerClient } from '../../src/client/worker-client';
import type { TuneIcon, TuneParams } from '../../src/protocol/tune-api';
import { timed } from '../support/machine';
import type { NamedIcon, StyleSet } from './style-sets';

export interface WorkerCost {
  readonly seconds: number;
  /** Seconds from the request to the first step. */
  readonly prepared: number;
  /** Largest resident size of the worker process that it reported. */
  readonly memoryBytes: number;
  readonly steps: number;
  readonly bestStep: number;
  readonly ended: string;
}

const FOLDER = path.resolve('out/bench/tune/worker');
/** One in ten is the gauge's, as the product proposes. */
const HOLD_OUT = 10;
const PROBES = ['rocket', 'star', 'car', 'heart', 'umbrella', 'key', 'fish', 'crown'];

export async function workerCost(set: StyleSet, learned: readonly NamedIcon[]): Promise<WorkerCost> {
  rmSync(FOLDER, { recursive: true, force: true });
  const icons = writeIcons(learned);
  const { id, folder } = await resolveModel(await readCatalog('models'));
  const params: TuneParams = {
    jobId: randomUUID(),
    modelPath: folder,
    modelId: id,
    device: 'cpu',
    folder: path.join(FOLDER, 'icons'),
    currentColor: set.ink,
    icons,
    name: 'bench',
    styleDir: path.join(FOLDER, 'style'),
    replace: false,
    styleWord: set.styleWord,
    probes: PROBES,
    settings: {},
    resume: false,
  };
  const client = newClient();
  const started = performance.now();
  let [prepared, memoryBytes] = [NaN, 0];
  try {
    const { seconds, result } = await timed(() =>
      client.request('tune', params, {
        onTuneProgress: (progress) => {
          if (progress.loss !== undefined && Number.isNaN(prepared)) prepared = (performance.now() - started) / 1000;
          memoryBytes = Math.max(memoryBytes, progress.memoryBytes ?? 0);
        },
      }),
    );
    const { steps, bestStep, ended } = result;
    return { seconds, prepared, memoryBytes, steps, bestStep, ended };
  } finally {
    await client.dispose();
  }
}

function writeIcons(learned: readonly NamedIcon[]): TuneIcon[] {
  mkdirSync(path.join(FOLDER, 'icons'), { recursive: true });
  return learned.map(({ caption, svg }, index) => {
    const id = `${index}.svg`;
    writeFileSync(path.join(FOLDER, 'icons', id), svg);
    return { id, caption, heldOut: index % HOLD_OUT === HOLD_OUT - 1 };
  });
}

function newClient(): WorkerClient {
  const ignore = (): void => undefined;
  return new WorkerClient({
    workerPath: path.resolve('dist/worker.js'),
    cacheDir: path.join(FOLDER, 'cache'),
    clientName: 'bench',
    idleMinutes: 10,
    log: { debug: ignore, info: ignore, warn: ignore, error: console.error },
    logHint: '',
  });
}
