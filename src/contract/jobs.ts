/**
 * Everything a worker can be asked for, in one table: what each kind of job takes, gives and tells on the way, and how a queue treats it. Requests on
 * the wire, their checks, the worker's dispatch and the client's calls follow from it. A job is data, so that it can wait anywhere.
 */
import * as v from 'valibot';
import { UserError } from '../domain/errors';
import type { Local, Schema } from './artifact';
import { problemOf, trusted } from './schema';
import * as store from './store-api';
import * as tune from './tune-api';
import * as picture from './worker-api';

/**
 * "control": answered at once, whatever else is going on. "aside": only reads and writes files, so it runs beside other jobs. "interactive":
 * somebody waits for it; it has the device to itself from its begin to its end. "training": takes its turn step by step, so that
 * interactive jobs are served in between; of its work nothing is lost when its worker is let go.
 */
export type JobClass = 'control' | 'aside' | 'interactive' | 'training';

interface Declaration {
  readonly class: JobClass;
  /** Which program does it; absent = the worker that has the engine. */
  readonly by?: 'store';
  readonly params: Schema;
  readonly result: Schema;
  /** What is told while it runs, in `job/progress`. */
  readonly progress?: Schema;
  /** The parameter that names the folder of its files. They are called `<jobId>.…`, and whoever finds them without their worker may remove them. */
  readonly output?: 'outputDir';
}

export const JOBS = {
  hello: { class: 'control', params: picture.hello, result: trusted<picture.HelloResult>() },
  /** Answered also before the hello: whoever answers is not stopped. */
  ping: { class: 'control', params: picture.nothing, result: picture.nothing },
  devices: { class: 'interactive', params: picture.devices, result: trusted<picture.DevicesResult>() },
  generate: {
    class: 'interactive',
    params: picture.generate,
    result: picture.generateResult,
    progress: picture.jobProgress,
    output: 'outputDir',
  },
  rebuild: {
    class: 'interactive',
    params: picture.rebuild,
    result: picture.rebuildResult,
    progress: picture.jobProgress,
    output: 'outputDir',
  },
  inspect: { class: 'aside', params: picture.inspect, result: trusted<picture.ModelReport>() },
  recipe: { class: 'aside', params: picture.recipe, result: trusted<picture.RecipeResult>() },
  exportLora: { class: 'aside', params: picture.exportLora, result: picture.exportLoraResult },
  scanIcons: { class: 'aside', params: tune.scanIcons, result: tune.scanIconsResult },
  tunePlan: { class: 'interactive', params: tune.tunePlan, result: trusted<tune.TunePlan>() },
  tune: { class: 'training', params: tune.tune, result: tune.tuneResult, progress: tune.tuneProgress },
  tuneControl: { class: 'control', params: tune.tuneControl, result: picture.nothing },
  tuneStatus: { class: 'aside', params: tune.tuneStatus, result: tune.tuneStatusResult },
  modelsList: { class: 'aside', by: 'store', params: picture.nothing, result: trusted<store.StoreContents>() },
  modelsSearch: { class: 'aside', by: 'store', params: store.search, result: trusted<store.SearchResult>() },
  modelPlan: { class: 'aside', by: 'store', params: store.plan, result: trusted<store.ModelPlan>() },
  modelInstall: {
    class: 'aside',
    by: 'store',
    params: store.install,
    result: trusted<store.InstallResult>(),
    progress: store.storeProgress,
  },
  modelImport: {
    class: 'aside',
    by: 'store',
    params: store.importModel,
    result: trusted<store.InstalledModel>(),
    progress: store.storeProgress,
  },
  modelVerify: {
    class: 'aside',
    by: 'store',
    params: store.verify,
    result: trusted<store.VerifyResult>(),
    progress: store.storeProgress,
  },
  modelRemove: { class: 'aside', by: 'store', params: store.remove, result: trusted<store.FreedSpace>() },
  modelsClean: { class: 'aside', by: 'store', params: store.clean, result: trusted<store.FreedSpace>() },
} as const satisfies Readonly<Record<string, Declaration>>;

type Jobs = typeof JOBS;
export type JobKind = keyof Jobs;

export type ParamsOf<K extends JobKind> = Local<v.InferOutput<Jobs[K]['params']>>;
export type ResultOf<K extends JobKind> = Local<v.InferOutput<Jobs[K]['result']>>;
/** What a program serves; its connection itself answers the others. */
export type ServedKind = Exclude<JobKind, 'hello' | 'ping'>;
/** Kinds that the store's program does; it has no engine, and no model has it busy. */
export type StoreKind = { [K in JobKind]: Jobs[K] extends { readonly by: 'store' } ? K : never }[JobKind];
export type EngineKind = Exclude<ServedKind, StoreKind>;
/** Kinds that tell something while they run. */
export type ToldKind = { [K in JobKind]: Jobs[K] extends { readonly progress: Schema } ? K : never }[JobKind];
export type ProgressOf<K extends JobKind> = Jobs[K] extends { readonly progress: infer S extends v.GenericSchema }
  ? Local<v.InferOutput<S>>
  : never;
/** Kinds that write into a folder of their caller. */
export type WritingKind = { [K in JobKind]: Jobs[K] extends { readonly output: string } ? K : never }[JobKind];

/** A job as data: JSON, with handles for its files. */
export interface Job<K extends JobKind = JobKind> {
  readonly kind: K;
  /** As they are on the wire. */
  readonly params: v.InferOutput<Jobs[K]['params']>;
  readonly class: JobClass;
}

/** What is told of a running job. */
export type JobEvent = { [K in ToldKind]: { readonly kind: K; readonly progress: ProgressOf<K> } }[ToldKind];

/** Notification name → payload, worker to client. */
export interface WorkerEvents {
  'job/progress': JobEvent;
  log: { readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error'; readonly message: string };
}

/** The declaration, with the fields that not every kind has. */
export function declared(kind: JobKind): Declaration {
  return JOBS[kind];
}

export const STORE_KINDS = kindsWhere((kind) => declared(kind).by === 'store') as readonly StoreKind[];
export const ENGINE_KINDS = kindsWhere(
  (kind) => declared(kind).by === undefined && kind !== 'hello' && kind !== 'ping',
) as readonly EngineKind[];

function kindsWhere(wanted: (kind: JobKind) => boolean): readonly JobKind[] {
  return (Object.keys(JOBS) as JobKind[]).filter(wanted);
}

/** Makes a job of what has arrived, or has waited somewhere. Throws `bad-request` naming the kind, the field, what was expected and what was found. */
export function parseJob<K extends JobKind>(kind: K, params: unknown): Job<K> {
  if (!Object.hasOwn(JOBS, kind))
    throw new UserError('bad-request', `There is no job of the kind ${JSON.stringify(kind)}.`);
  const parsed = v.safeParse(JOBS[kind].params, params);
  if (parsed.success) return { kind, params: parsed.output, class: JOBS[kind].class };
  const { issues } = parsed;
  const at = v.getDotPath(issues[0]) === null ? '' : `${kind}.`;
  throw new UserError('bad-request', `${at}${problemOf(issues, kind)}.`);
}

/** A job and the folder it writes to. */
export interface JobFiles {
  readonly jobId: string;
  readonly folder: string;
}

/** undefined for a kind that leaves no files. */
export function jobFiles<K extends JobKind>(kind: K, params: ParamsOf<K>): JobFiles | undefined {
  const { output } = declared(kind);
  if (output === undefined) return undefined;
  const { jobId, [output]: folder } = params as ParamsOf<WritingKind>;
  return { jobId, folder };
}
