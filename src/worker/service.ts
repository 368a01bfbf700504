/** The worker's handlers: the only place where protocol and engine meet. */
import type { EngineKind, JobEvent } from '../contract/jobs';
import type { GenerateParams, GenerateResult } from '../contract/worker-api';
import { exportLora } from '../engine/lora/export-lora';
import { readRecipe } from '../pictures/metadata';
import type { Serve } from '../rpc/server';
import { Engine } from './engine';
import { checkGenerate, generate } from './generate';
import type { IdleTimer } from './idle';
import { inspectModel } from './inspect';
import { JobQueue } from './jobs';
import { rebuild } from './rebuild';
import { IconSource } from './tune/icon-source';
import { TuneService } from './tune/service';
import { Turns, type Handler, type Handlers } from './turns';

export interface ServiceOptions {
  readonly cacheFolder: string;
  readonly idle: IdleTimer;
  /** Absolute path of the bundled program that draws SVG. */
  readonly rasterizerProgram: string;
  readonly tell: (event: JobEvent) => void;
  readonly log: (message: string) => void;
}

export interface WorkerService {
  readonly serve: Serve<EngineKind>;
  /** Removes what the running jobs have written; for a process that is about to end. */
  abandon(): void;
  /** Saves a running training, for a process that is about to end. */
  leave(): Promise<void>;
}

export function createService({ cacheFolder, idle, rasterizerProgram, tell, log }: ServiceOptions): WorkerService {
  const queue = new JobQueue();
  const engine = new Engine(cacheFolder);
  const turns = new Turns({ idle, queue, tell });
  const icons = new IconSource(rasterizerProgram);
  const tuning = new TuneService({ engine, queue, icons, cacheFolder, tell, log });

  const handlers: Handlers = {
    generate: async (params, context) => {
      const result = await generate(engine, params, { ...context, icons });
      log(summaryOf(params, result));
      return result;
    },
    rebuild: (params, context) => rebuild(engine, params, { ...context, icons }),
    devices: ({ device }) => engine.devices.report(device),
    exportLora: async ({ path, layout, out }) => {
      await exportLora(path, layout, out);
      return { path: out };
    },
    inspect: ({ modelPath }) => inspectModel(modelPath, (model) => engine.model.identity(model)),
    recipe: ({ path }) => readRecipe(path),
    ...tuning.handlers,
  };

  return {
    serve: (kind, params, signal) => {
      if (isGenerate(kind, params)) checkGenerate(params);
      const handler: Handler<typeof kind> = handlers[kind];
      return turns.take(kind, params, signal, (context) => handler(params, context));
    },
    abandon: () => {
      turns.abandon();
    },
    leave: () => tuning.leave(),
  };
}

/** What no model can do is refused before it waits. */
function isGenerate(kind: EngineKind, params: object): params is GenerateParams {
  return kind === 'generate' && 'prompt' in params;
}

function summaryOf({ modelId, steps }: GenerateParams, { variants, device, timings }: GenerateResult): string {
  const split = Object.entries(timings).map(([stage, milliseconds]) => `${stage} ${Math.round(milliseconds)} ms`);
  return `Made ${variants.length} with ${modelId} in ${steps} steps on ${device}: ${split.join(', ')}.`;
}
