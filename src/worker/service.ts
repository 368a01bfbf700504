/** The worker's handlers: the only place where protocol and engine meet. */
import { readRecipe } from '../pictures/metadata';
import { exportLora } from '../engine/lora/export-lora';
import type { WorkerHandlers } from '../rpc/server';
import type { TuneProgress } from '../contract/tune-api';
import type { GenerateParams, GenerateResult, JobProgress } from '../contract/worker-api';
import { Engine } from './engine';
import { checkGenerate, generate, type JobContext } from './generate';
import type { IdleTimer } from './idle';
import { inspectModel } from './inspect';
import { JobQueue } from './jobs';
import { JobOutput } from './output';
import { rebuild } from './rebuild';
import { IconSource } from './tune/icon-source';
import { TuneService } from './tune/service';

export interface ServiceOptions {
  readonly cacheFolder: string;
  readonly idle: IdleTimer;
  /** Absolute path of the bundled program that draws SVG. */
  readonly rasterizerProgram: string;
  readonly onProgress: (progress: JobProgress) => void;
  readonly onTuneProgress: (progress: TuneProgress) => void;
  readonly log: (message: string) => void;
}

export interface WorkerService {
  readonly handlers: WorkerHandlers;
  /** Removes what the running jobs have written; for a process that is about to end. */
  abandon(): void;
  /** Saves a running training, for a process that is about to end. */
  leave(): Promise<void>;
}

interface Job {
  readonly jobId: string;
  readonly outputDir: string;
}

export function createService(options: ServiceOptions): WorkerService {
  const { cacheFolder, idle, onProgress, onTuneProgress, log } = options;
  const queue = new JobQueue();
  const engine = new Engine(cacheFolder);
  const outputs = new Set<JobOutput>();
  const icons = new IconSource(options.rasterizerProgram);
  const tuning = new TuneService({ engine, queue, idle, icons, cacheFolder, onProgress: onTuneProgress, log });

  const inFolder = async <T>(
    { jobId, outputDir }: Job,
    signal: AbortSignal,
    work: (context: JobContext) => Promise<T>,
  ): Promise<T> => {
    const output = await JobOutput.open(outputDir, jobId);
    outputs.add(output);
    try {
      return await work({
        signal,
        output,
        onProgress: (progress) => {
          onProgress({ jobId, ...progress });
        },
      });
    } catch (error) {
      await output.removeAll();
      throw error;
    } finally {
      outputs.delete(output);
    }
  };
  const enqueue = <T>(job: Job, signal: AbortSignal, work: (context: JobContext) => Promise<T>): Promise<T> =>
    idle.during(() =>
      queue.run(() => inFolder(job, signal, work), {
        signal,
        onPosition: (position) => {
          onProgress({ jobId: job.jobId, phase: 'queued', position });
        },
      }),
    );

  const handlers: WorkerHandlers = {
    generate: async (params, { signal }) => {
      checkGenerate(params);
      const result = await enqueue(params, signal, (context) => generate(engine, params, context));
      log(summaryOf(params, result));
      return result;
    },
    rebuild: (params, { signal }) => enqueue(params, signal, (context) => rebuild(engine, params, context)),
    devices: ({ device }, { signal }) => idle.during(() => queue.run(() => engine.devices.report(device), { signal })),
    exportLora: ({ path, layout, out }) =>
      idle.during(async () => {
        await exportLora(path, layout, out);
        return {};
      }),
    inspect: ({ modelPath }) => idle.during(() => inspectModel(modelPath, (model) => engine.model.identity(model))),
    ...tuning.handlers,
    recipe: ({ path }) => idle.during(() => readRecipe(path)),
  };
  return {
    handlers,
    abandon: () => {
      for (const output of outputs) output.removeAllNow();
    },
    leave: () => tuning.leave(),
  };
}

function summaryOf({ modelId, steps }: GenerateParams, { variants, device, timings }: GenerateResult): string {
  const split = Object.entries(timings).map(([stage, milliseconds]) => `${stage} ${Math.round(milliseconds)} ms`);
  return `Made ${variants.length} with ${modelId} in ${steps} steps on ${device}: ${split.join(', ')}.`;
}
