/**
 * What the worker offers to its window or terminal: JSON-RPC requests over the child-process IPC channel. Every request is declared
 * here or in `tune-api.ts` with its run-time check, and its type follows from that. Every request gets exactly one reply; long ones
 * send `job/progress` notifications and obey cancellation.
 */
import * as v from 'valibot';
import type { DeviceName } from '../domain/device';
import { DRAWING_RANGES } from '../domain/limits';
import { DRAWING } from './drawing-settings';
import type { Recipe } from './recipe';
import { absolutePath, entriesOf, jobId, list, numberIn, schemaOf, text } from './schema';
import { tuneRequests, type TuneProgress, type TuneResults } from './tune-api';

const device = schemaOf(DRAWING.device);

/** Each costs time in every step; nobody mixes more. */
const MOST_LORAS = 16;

/** Ranges are checked where a message can name the LoRA (`worker/loras.ts`). */
const finite = v.pipe(v.number(), v.finite());

/** A LoRA file to draw with; several add up. */
const lora = v.pipe(
  v.strictObject({
    /** Of a .safetensors file, or of a PEFT adapter's folder. */
    path: absolutePath,
    /** 1 is as it was trained, 0 leaves it out; negative ones turn it round. */
    weight: finite,
    /** Share of the noise schedule that passes before it begins; absent = from the first step on. */
    start: v.exactOptional(finite),
    /** The style's or the file's name, for the recipe. */
    name: text,
  }),
  v.readonly(),
);
export type LoraParam = v.InferOutput<typeof lora>;

const generate = v.pipe(
  v.strictObject({
    /** Chosen by the caller and unique (a UUID); progress notifications carry it, and file names in outputDir begin with it. */
    jobId,
    /** A model folder in the diffusers layout. */
    modelPath: absolutePath,
    modelId: text,
    /** Variant i uses seed + i. A style's word is part of the prompt already. */
    ...entriesOf(DRAWING, 'request'),
    /** Pixels; absent: the model's own size. */
    width: v.exactOptional(numberIn(DRAWING_RANGES.side)),
    height: v.exactOptional(numberIn(DRAWING_RANGES.side)),
    /** LoRAs of styles and of files. */
    loras: v.exactOptional(list(lora, MOST_LORAS)),
    /** The picture to start from, and how much of it may change. */
    init: v.exactOptional(
      v.pipe(v.strictObject({ path: absolutePath, strength: schemaOf(DRAWING.strength) }), v.readonly()),
    ),
    /** Existing folder that receives previews and results; the caller owns and removes it. */
    outputDir: absolutePath,
  }),
  v.readonly(),
);
export type GenerateParams = v.InferOutput<typeof generate>;

const rebuild = v.pipe(
  v.strictObject({
    jobId,
    path: absolutePath,
    modelPath: absolutePath,
    /** LoRA files among which those of the recipe are looked for, by their SHA-256. */
    loraCandidates: v.exactOptional(list(absolutePath, 10_000)),
    device,
    outputDir: absolutePath,
  }),
  v.readonly(),
);
export type RebuildParams = v.InferOutput<typeof rebuild>;

const exportLora = v.pipe(
  v.strictObject({
    /** A style's LoRA file. */
    path: absolutePath,
    /** What the other tool reads: 'peft' is diffusers' own layout, 'kohya' that of most web UIs. */
    layout: v.picklist(['peft', 'kohya']),
    /** The file to write; the caller sees to it that nothing is lost there. */
    out: absolutePath,
  }),
  v.readonly(),
);
export type ExportLoraParams = v.InferOutput<typeof exportLora>;

/** Method name → what it takes. */
export const workerRequests = {
  // Loose: a later version's hello must get as far as the version check. `client` says who asks, for the log: "extension 0.1.0".
  hello: v.pipe(v.object({ protocol: v.number(), client: text }), v.readonly()),
  /** Answered at once, also before the hello: whoever answers is not stopped. */
  ping: v.strictObject({}),
  /** Forces one device, or 'auto' for the platform's order. */
  devices: v.pipe(v.strictObject({ device }), v.readonly()),
  generate,
  inspect: v.pipe(v.strictObject({ modelPath: absolutePath }), v.readonly()),
  recipe: v.pipe(v.strictObject({ path: absolutePath }), v.readonly()),
  rebuild,
  exportLora,
  ...tuneRequests,
};

export type WorkerMethod = keyof typeof workerRequests;

// What comes back, and the notifications on the way, are the worker's own word and are not checked at run time.

export interface HelloResult {
  readonly protocol: number;
  readonly engine: string;
  readonly pid: number;
}

export interface DeviceReport {
  readonly device: DeviceName;
  readonly status: 'chosen' | 'available' | 'refused' | 'untried';
  /** Why it was refused, in ONNX Runtime's words where they help. */
  readonly reason?: string;
}

export interface DevicesResult {
  readonly chosen: DeviceName;
  readonly devices: readonly DeviceReport[];
}

export interface Variant {
  readonly index: number;
  readonly seed: number;
  /** Absolute path in outputDir. */
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly recipe: Recipe;
}

export interface GenerateResult {
  readonly variants: readonly Variant[];
  readonly device: DeviceName;
  /** Things the user should know: "The prompt was cut after 77 tokens; left out: …". */
  readonly notices: readonly string[];
  /** Milliseconds by stage; `preview` is everything for the pictures after each step. */
  readonly timings: Readonly<Record<'load' | 'text' | 'denoise' | 'preview' | 'decode' | 'encode', number>>;
}

export interface JobProgress {
  readonly jobId: string;
  readonly phase: 'queued' | 'loading' | 'text' | 'denoising' | 'decoding' | 'saving';
  /** Jobs ahead of this one, while queued. */
  readonly position?: number;
  /** Steps done, of `steps`. */
  readonly step?: number;
  readonly steps?: number;
  readonly secondsLeft?: number;
  /** One preview file per variant, after a step. */
  readonly previews?: readonly string[];
  /** What computes the job, once it is chosen. */
  readonly device?: DeviceName;
  /** Done part of the loading, 0 to 1, while a float32 copy of a large model is written, which happens once for each model. */
  readonly fraction?: number;
}

export interface ModelComponentReport {
  readonly name: string;
  readonly className: string;
  readonly parameters: number;
  readonly bytes: number;
  /** What is missing or wrong, in plain words; empty when fine. */
  readonly problems: readonly string[];
}

export interface ModelReport {
  readonly path: string;
  readonly className: string;
  readonly isLcm: boolean;
  /** Channels of the pictures it makes; 4 has transparency. */
  readonly imageChannels: number;
  readonly defaultSize: { readonly width: number; readonly height: number };
  /** Sizes must be multiples of this. */
  readonly sizeFactor: number;
  readonly components: readonly ModelComponentReport[];
  readonly problems: readonly string[];
  /** Estimated bytes of memory for one picture of the default size. */
  readonly memoryBytes: number;
  readonly sha256: string;
}

export interface RecipeResult {
  /** Our own recipe; absent when the file has none that we can use. */
  readonly recipe?: Recipe;
  /** Why our own recipe cannot be used, when the file has one. */
  readonly problem?: string;
  /** The A1111-style `parameters` text, if the file has one. */
  readonly parameters?: string;
}

export interface RebuildResult {
  readonly verdict: 'identical' | 'near' | 'different';
  /** Largest difference of any channel of any pixel, 0–255. */
  readonly maxDifference: number;
  readonly path: string;
}

export interface WorkerResults extends TuneResults {
  readonly hello: HelloResult;
  readonly ping: Record<string, never>;
  readonly devices: DevicesResult;
  readonly generate: GenerateResult;
  readonly inspect: ModelReport;
  readonly recipe: RecipeResult;
  readonly rebuild: RebuildResult;
  readonly exportLora: Record<string, never>;
}

/** Method name → parameters and result. */
export type WorkerApi = {
  readonly [M in WorkerMethod]: {
    readonly params: v.InferOutput<(typeof workerRequests)[M]>;
    readonly result: WorkerResults[M];
  };
};

/** Notification name → payload, worker to client. */
export interface WorkerEvents {
  'job/progress': JobProgress;
  'tune/progress': TuneProgress;
  log: { readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error'; readonly message: string };
}
