/** Run-time checks of what arrives at the worker: one schema per request, kept equal to its type by the compiler. */
import * as v from 'valibot';
import { UserError } from '../domain/errors';
import type { SavedTraining, TuneApi } from './tune-api';
import type { WorkerApi, WorkerMethod } from './worker-api';

/** A prompt of 100 KB is cut with a notice; beyond this a request is refused before anything is done with it. */
const MAX_TEXT = 1_000_000;

const text = v.pipe(v.string(), v.maxLength(MAX_TEXT));
const whole = v.pipe(v.number(), v.safeInteger());
const absolutePath = v.pipe(
  v.string(),
  v.maxLength(32_768),
  v.check((value) => /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(value) && !value.includes('\0'), 'expected an absolute path'),
);
/** Becomes part of file names. */
const jobId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, "-" or "_"'));
const device = v.picklist(['auto', 'cpu', 'cuda', 'dml', 'coreml', 'webgpu']);
const format = v.picklist(['png', 'webp', 'avif', 'jpeg']);
/** Ranges of the weight are the engine's to check. */
const lora = v.strictObject({ path: absolutePath, weight: v.number(), start: v.exactOptional(v.number()), name: text });
/** Each costs time in every step; nobody mixes more. */
const MAX_LORAS = 16;

const target = v.picklist(['attention', 'projections', 'feed-forward', 'convolutions', 'time']);
/** Ranges are the engine's to check. */
const tuneSettings = v.strictObject({
  rank: v.exactOptional(v.number()),
  alpha: v.exactOptional(v.number()),
  targets: v.exactOptional(v.array(target)),
  learningRate: v.exactOptional(v.number()),
  steps: v.exactOptional(v.number()),
  batchSize: v.exactOptional(v.number()),
  seed: v.exactOptional(v.number()),
  checkpointEvery: v.exactOptional(v.number()),
  omega: v.exactOptional(v.tuple([v.number(), v.number()])),
});
const tuneIcon = v.strictObject({ id: text, caption: text, heldOut: v.boolean() });
/** More icons than anyone has are a mistake somewhere. */
const MAX_ICONS = 20_000;

/** What is asked for and saved alike. */
const training = {
  modelId: text,
  currentColor: text,
  icons: v.pipe(v.array(tuneIcon), v.maxLength(MAX_ICONS)),
  name: text,
  styleWord: text,
  probes: v.pipe(v.array(text), v.maxLength(64)),
  settings: tuneSettings,
};

const tuneSchemas: { readonly [M in keyof TuneApi]: v.GenericSchema<unknown, TuneApi[M]['params']> } = {
  scanIcons: v.strictObject({
    folder: absolutePath,
    modelPath: absolutePath,
    thumbnailDir: v.exactOptional(absolutePath),
    currentColor: text,
  }),
  tunePlan: v.strictObject({ modelPath: absolutePath, device, icons: whole, settings: tuneSettings }),
  tune: v.strictObject({
    ...training,
    jobId,
    modelPath: absolutePath,
    device,
    folder: absolutePath,
    styleDir: absolutePath,
    root: absolutePath,
    replace: v.boolean(),
    resume: v.boolean(),
    distill: v.exactOptional(v.strictObject({ out: absolutePath })),
  }),
  tuneControl: v.strictObject({ jobId, action: v.picklist(['pause', 'resume', 'stop', 'suspend']) }),
  tuneStatus: v.strictObject({ styleDir: absolutePath }),
};

const schemas: { readonly [M in WorkerMethod]: v.GenericSchema<unknown, WorkerApi[M]['params']> } = {
  ...tuneSchemas,
  // Loose: a later version's hello must get as far as the version check.
  hello: v.object({ protocol: v.number(), client: text }),
  ping: v.strictObject({}),
  devices: v.strictObject({ device }),
  generate: v.strictObject({
    jobId,
    modelPath: absolutePath,
    modelId: text,
    device,
    prompt: text,
    negativePrompt: text,
    seed: whole,
    count: whole,
    steps: whole,
    guidance: v.number(),
    sampler: v.exactOptional(v.picklist(['lcm', 'ddim', 'dpmsolver++'])),
    width: v.exactOptional(whole),
    height: v.exactOptional(whole),
    init: v.exactOptional(v.strictObject({ path: absolutePath, strength: v.number() })),
    loras: v.exactOptional(v.pipe(v.array(lora), v.maxLength(MAX_LORAS))),
    outputDir: absolutePath,
    format,
    metadata: v.boolean(),
    previews: v.boolean(),
  }),
  encode: v.strictObject({
    source: absolutePath,
    format,
    width: v.exactOptional(whole),
    height: v.exactOptional(whole),
    metadata: v.boolean(),
  }),
  inspect: v.strictObject({ modelPath: absolutePath }),
  recipe: v.strictObject({ path: absolutePath }),
  exportLora: v.strictObject({ path: absolutePath, layout: v.picklist(['peft', 'kohya']), out: absolutePath }),
  rebuild: v.strictObject({
    jobId,
    path: absolutePath,
    modelPath: absolutePath,
    loraCandidates: v.exactOptional(v.pipe(v.array(absolutePath), v.maxLength(10_000))),
    device,
    outputDir: absolutePath,
  }),
};

const savedTraining: v.GenericSchema<unknown, SavedTraining> = v.strictObject({
  ...training,
  kind: v.picklist(['style', 'distillation']),
});

/** Checks the record of a training that is not finished. Throws `bad-checkpoint` naming the field. */
export function parseSavedTraining(json: unknown): SavedTraining {
  const parsed = v.safeParse(savedTraining, json);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new UserError('bad-checkpoint', `${v.getDotPath(issue) ?? 'the record'}: ${issue.message}`);
}

/** Throws `bad-request` naming the method, the field, what was expected and what was found. */
export function parseParams<M extends WorkerMethod>(method: M, params: unknown): WorkerApi[M]['params'] {
  const parsed = v.safeParse(schemas[method], params);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = [method, v.getDotPath(issue)].filter((part) => part !== null).join('.');
  throw new UserError('bad-request', `${where}: ${issue.message}${found(issue.received)}.`);
}

/** valibot's own messages name what was received, ours do not. */
function found(received: string): string {
  const short = received.length > 80 ? `${received.slice(0, 80)}…` : received;
  return ` (found ${short})`;
}
