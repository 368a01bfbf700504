/** Real workers for process tests: a client with its log, parameters of a job, folders, and waiting for a condition. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { forkedHost, type ForkedHostOptions } from '../../src/host/forked-host';
import { WorkerClient, type WorkerClientOptions } from '../../src/host/worker-client';
import type { GenerateParams, JobProgress } from '../../src/contract/worker-api';
import { buildPrograms } from './build-worker';
import { BUILT_IN_ID, BUILT_IN_MODEL } from './built-in-model';

export function temporaryFolder(): string {
  return mkdtempSync(path.join(os.tmpdir(), 'fourstep-test-'));
}

export interface LoggedClient {
  readonly client: WorkerClient;
  readonly log: string[];
}

export type ClientOptions = Partial<ForkedHostOptions & Pick<WorkerClientOptions, 'silentSeconds' | 'host'>>;

/** With a process of its own unless another host is given. Dispose of the client at the end of the test. */
export async function startClient({ silentSeconds, host, ...forked }: ClientOptions = {}): Promise<LoggedClient> {
  const lines: string[] = [];
  const write = (message: string): void => {
    lines.push(message);
  };
  const log = { debug: write, info: write, warn: write, error: write };
  const { worker: workerPath } = await buildPrograms();
  const client = new WorkerClient({
    host: host ?? forkedHost({ workerPath, idleMinutes: 0, cacheDir: temporaryFolder(), log, ...forked }),
    clientName: 'test 0.0.0',
    log,
    logHint: 'The log is in /path/of/the.log.',
    ...(silentSeconds === undefined ? {} : { silentSeconds }),
  });
  return { client, log: lines };
}

export function job(outputDir: string, changes: Partial<GenerateParams> = {}): GenerateParams {
  return {
    jobId: randomUUID(),
    modelPath: BUILT_IN_MODEL,
    modelId: BUILT_IN_ID,
    device: 'cpu',
    prompt: 'red apple, flat emoji',
    negativePrompt: '',
    seed: 1,
    count: 1,
    steps: 4,
    guidance: 3,
    outputDir,
    format: 'png',
    metadata: true,
    previews: false,
    ...changes,
  };
}

/** Work for many seconds, so that it is certainly running when something happens to it. */
export const LONG = { count: 16, steps: 40, previews: true } as const;

/** Calls `then` once, when the job has finished its first step. */
export function afterFirstStep(then: () => void): (progress: JobProgress) => void {
  let done = false;
  return ({ step }) => {
    if (done || step === undefined) return;
    done = true;
    then();
  };
}

/** Names in the folder that a test would call half-written or left over. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder).sort();
}

/** Waits for a condition that depends on another process; throws when it does not come true. */
export async function until(condition: () => boolean, what: string, limitMs = 20_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
