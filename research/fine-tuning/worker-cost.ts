/** A whole training as a user starts it: real client, real worker process, default settings. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readCatalog, resolveModel } from '../../src/catalog/catalog';
import { forkedHost } from '../../src/host/forked-host';
import { WorkerClient } from '../../src/host/worker-client';
import type { TuneIcon, TuneParams } from '../../src/contract/tune-api';
import { timed } from '../../bench/support/machine';
import { learnedOf } from './fine-tuning';
import type { NamedIcon, StyleSet } from './style-sets';

export interface WorkerCost {
  readonly seconds: number;
  /** Seconds from the request to the first step. */
  readonly prepared: number;
  /** Of the worker process, which ran alone or not: processor time on all cores together, and largest resident size. */
  readonly processorSeconds: number;
  readonly memoryBytes: number;
  readonly steps: number;
  readonly bestStep: number;
  readonly ended: string;
}

const FOLDER = path.resolve('out/research/fine-tuning/worker');
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
    goal: { kind: 'style', name: 'bench', styleDir: path.join(FOLDER, 'style'), styleWord: '', probes: PROBES },
    root: FOLDER,
    replace: false,
    settings: {},
    resume: false,
  };
  const client = newClient();
  const started = performance.now();
  let prepared = NaN;
  let usage: Usage | undefined;
  try {
    const { seconds, result } = await timed(() =>
      client.request('tune', params, {
        onProgress: (progress) => {
          if (progress.loss !== undefined && Number.isNaN(prepared)) prepared = (performance.now() - started) / 1000;
          usage = usageOf(client.status.pid) ?? usage;
        },
      }),
    );
    const { steps, bestStep, ended } = result;
    if (usage === undefined) throw new Error('The worker reported no progress');
    return { seconds, prepared, ...usage, steps, bestStep, ended };
  } finally {
    await client.dispose();
  }
}

type Usage = Pick<WorkerCost, 'processorSeconds' | 'memoryBytes'>;

/** As Linux accounts for it, in ticks of a hundredth of a second and kilobytes. */
function usageOf(pid: number | undefined): Usage | undefined {
  if (pid === undefined) return undefined;
  const [stat, status] = ['stat', 'status'].map((name) => readFileSync(`/proc/${pid}/${name}`, 'utf8'));
  // The fields stand behind the program's name in brackets: utime and stime are the 12th and 13th of them.
  const fields = stat!.slice(stat!.lastIndexOf(')') + 2).split(' ');
  return {
    processorSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    memoryBytes: 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(status!)?.[1]),
  };
}

function writeIcons(learned: readonly NamedIcon[]): TuneIcon[] {
  mkdirSync(path.join(FOLDER, 'icons'), { recursive: true });
  const forLearning = new Set(learnedOf(learned));
  return learned.map((icon, index) => {
    const { caption, svg } = icon;
    const id = `${index}.svg`;
    writeFileSync(path.join(FOLDER, 'icons', id), svg);
    return { id, caption, heldOut: !forLearning.has(icon) };
  });
}

function newClient(): WorkerClient {
  const ignore = (): void => undefined;
  const log = { debug: ignore, info: ignore, warn: ignore, error: console.error };
  const workerPath = path.resolve('dist/worker.js');
  const host = forkedHost({ workerPath, cacheDir: path.join(FOLDER, 'cache'), idleMinutes: 10, log });
  return new WorkerClient({ host, clientName: 'bench', log, logHint: '' });
}
