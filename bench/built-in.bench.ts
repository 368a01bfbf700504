/**
 * The built-in model through the real client and worker process, as the editor uses them: cold and warm times from the command to
 * the first preview and to four finished files, and where the time goes. Options: --runs N (default 5),
 * --smoke (one run: only shows that it runs).
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readCatalog, resolveModel, type ResolvedModel } from '../src/catalog/catalog';
import { forkedHost } from '../src/host/forked-host';
import { WorkerClient } from '../src/host/worker-client';
import type { GenerateParams, GenerateResult } from '../src/contract/worker-api';
import { describeMachine, median, timed } from './support/machine';

const { values } = parseArgs({ options: { runs: { type: 'string' }, smoke: { type: 'boolean', default: false } } });
const runs = Number(values.runs ?? (values.smoke ? 1 : 5));
const folder = path.resolve('out/bench/built-in');

interface Measured {
  /** Seconds from the call. */
  readonly firstPreview: number;
  readonly finished: number;
  readonly result: GenerateResult;
}

async function main(): Promise<void> {
  console.log(describeMachine());
  mkdirSync(folder, { recursive: true });
  const model = await resolveModel(await readCatalog('models'));
  const cold: Measured[] = [];
  for (let i = 0; i < runs; i++) {
    const client = newClient();
    cold.push(await generate(client, model, i));
    await client.dispose();
  }
  const client = newClient();
  await generate(client, model, 0);
  const warm: Measured[] = [];
  for (let i = 0; i < runs; i++) warm.push(await generate(client, model, i));
  const recipe = await medianSeconds(() => client.request('recipe', { path: warm[0]?.result.variants[0]?.path ?? '' }));
  await client.dispose();
  rmSync(folder, { recursive: true, force: true });

  row(
    'cold: command to first preview',
    seconds(cold, ({ firstPreview }) => firstPreview),
  );
  row(
    'cold: command to 4 variants',
    seconds(cold, ({ finished }) => finished),
  );
  row(
    'warm: command to first preview',
    seconds(warm, ({ firstPreview }) => firstPreview),
  );
  row(
    'warm: command to 4 variants',
    seconds(warm, ({ finished }) => finished),
  );
  for (const stage of ['load', 'text', 'denoise', 'decode', 'encode'] as const) {
    row(`warm: ${stage}`, `${median(warm.map(({ result }) => result.timings[stage])).toFixed(0)} ms`);
  }
  const accounted = (result: GenerateResult): number => Object.values(result.timings).reduce((a, b) => a + b, 0) / 1000;
  row(
    'warm: previews, IPC and the rest',
    seconds(warm, ({ finished, result }) => finished - accounted(result)),
  );
  row('round trip of a small request (reads a recipe)', `${(recipe * 1000).toFixed(1)} ms`);
}

function newClient(): WorkerClient {
  const ignore = (): void => undefined;
  const log = { debug: ignore, info: ignore, warn: ignore, error: console.error };
  const workerPath = path.resolve('dist/worker.js');
  const host = forkedHost({ workerPath, cacheDir: path.join(folder, 'cache'), idleMinutes: 10, log });
  return new WorkerClient({ host, clientName: 'bench', log, logHint: '' });
}

async function generate(client: WorkerClient, model: ResolvedModel, seed: number): Promise<Measured> {
  const params: GenerateParams = {
    jobId: randomUUID(),
    modelPath: model.folder,
    modelId: model.id,
    device: 'cpu',
    prompt: 'a red rocket, flat emoji',
    negativePrompt: '',
    seed,
    count: 4,
    steps: 4,
    guidance: 3,
    outputDir: folder,
    format: 'png',
    metadata: true,
    previews: true,
  };
  const start = performance.now();
  let firstPreview = NaN;
  const { seconds: finished, result } = await timed(() =>
    client.request('generate', params, {
      onProgress: ({ previews }) => {
        if (previews !== undefined && Number.isNaN(firstPreview)) firstPreview = (performance.now() - start) / 1000;
      },
    }),
  );
  return { firstPreview, finished, result };
}

async function medianSeconds(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 9; i++) times.push((await timed(work)).seconds);
  return median(times);
}

function seconds(measured: readonly Measured[], pick: (one: Measured) => number): string {
  return `${median(measured.map(pick)).toFixed(2)} s`;
}

function row(name: string, value: string): void {
  console.log(`| ${name} | ${value} |`);
}

void main();
