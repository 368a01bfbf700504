/**
 * What the worker does with pictures, models and LoRA files: what each job takes, gives and tells on the way. `jobs.ts` is the table of all jobs.
 * What comes back is the worker's own word and is not checked at run time, but for the handles in it.
 */
import * as v from 'valibot';
import type { DeviceName, SamplerName } from '../domain/choices';
import { DRAWING_RANGES, REFERENCE_COUNT } from '../domain/limits';
import { content, place, type Local } from './artifact';
import { DRAWING } from './drawing-settings';
import type { Recipe } from './recipe';
import { absolutePath, entriesOf, jobId, list, numberIn, schemaOf, text, trusted, whole } from './schema';

const device = schemaOf(DRAWING.device);

/** Each costs time in every step; nobody mixes more. */
const MOST_LORAS = 16;

/** Ranges are checked where a message can name the LoRA (`worker/loras.ts`). */
const finite = v.pipe(v.number(), v.finite());

/** A LoRA file to draw with; several add up. */
const lora = v.pipe(
  v.strictObject({
    /** Of a .safetensors file, or of a PEFT adapter's folder. */
    path: content,
    /** 1 is as it was trained, 0 leaves it out; negative ones turn it round. */
    weight: finite,
    /** Share of the noise schedule that passes before it begins; absent = from the first step on. */
    start: v.exactOptional(finite),
    /** The style's or the file's name, for the recipe. */
    name: text,
  }),
  v.readonly(),
);
export type LoraParam = Local<v.InferOutput<typeof lora>>;

/** A file of textual inversion. */
const embedding = v.pipe(
  v.strictObject({
    path: content,
    /** The word for its vectors where the file does not name one: the file's own name. */
    name: text,
  }),
  v.readonly(),
);
export type EmbeddingParam = Local<v.InferOutput<typeof embedding>>;

/** Each adds words to a prompt; nobody uses more in one. */
const MOST_EMBEDDINGS = 32;

const references = v.pipe(
  v.strictObject({
    /** The folder with the icons. */
    folder: content,
    /** Ids of those that are shown, as a scan of the folder gives them; absent: a few that differ from each other are chosen. */
    icons: v.exactOptional(list(text, REFERENCE_COUNT.most)),
    strength: schemaOf(DRAWING.likeStrength),
  }),
  v.readonly(),
);
export type ReferencesParam = Local<v.InferOutput<typeof references>>;

export const generate = v.pipe(
  v.strictObject({
    /** Chosen by the caller and unique (a UUID); progress notifications carry it, and file names in outputDir begin with it. */
    jobId,
    /** A model folder in the diffusers layout. A model is no file that crosses: this is its path where the worker runs. */
    modelPath: absolutePath,
    modelId: text,
    /** Variant i uses seed + i. A style's word is part of the prompt already. */
    ...entriesOf(DRAWING, 'request'),
    /** Pixels; absent: the model's own size. */
    width: v.exactOptional(numberIn(DRAWING_RANGES.side)),
    height: v.exactOptional(numberIn(DRAWING_RANGES.side)),
    /** LoRAs of styles and of files. */
    loras: v.exactOptional(list(lora, MOST_LORAS)),
    /** Words that the prompts may hold. */
    embeddings: v.exactOptional(list(embedding, MOST_EMBEDDINGS)),
    /** Icons whose style the model follows. */
    references: v.exactOptional(references),
    /** The picture to start from, and how much of it may change. */
    init: v.exactOptional(
      v.pipe(v.strictObject({ path: content, strength: schemaOf(DRAWING.strength) }), v.readonly()),
    ),
    /** Existing folder that receives previews and results; the caller owns and removes it. */
    outputDir: place,
  }),
  v.readonly(),
);
export type GenerateParams = Local<v.InferOutput<typeof generate>>;

export const rebuild = v.pipe(
  v.strictObject({
    jobId,
    path: content,
    modelPath: absolutePath,
    /** LoRA files among which those of the recipe are looked for, by their SHA-256. */
    loraCandidates: v.exactOptional(list(content, 10_000)),
    /** Files of textual inversion among which those of the recipe are looked for. */
    embeddingCandidates: v.exactOptional(list(content, 10_000)),
    /** Where the icons lie that the picture was drawn like. */
    referenceFolder: v.exactOptional(content),
    device,
    outputDir: place,
  }),
  v.readonly(),
);
export type RebuildParams = Local<v.InferOutput<typeof rebuild>>;

export const exportLora = v.pipe(
  v.strictObject({
    /** A style's LoRA file. */
    path: content,
    /** What the other tool reads: 'peft' is diffusers' own layout, 'kohya' that of most web UIs. */
    layout: v.picklist(['peft', 'kohya']),
    /** The file to write; the caller sees to it that nothing is lost there. */
    out: place,
  }),
  v.readonly(),
);
export type ExportLoraParams = Local<v.InferOutput<typeof exportLora>>;

export const exportLoraResult = v.pipe(v.strictObject({ path: content }), v.readonly());

/** Forces one device, or 'auto' for the platform's order. */
export const devices = v.pipe(v.strictObject({ device }), v.readonly());
export const inspect = v.pipe(v.strictObject({ modelPath: absolutePath }), v.readonly());
export const recipe = v.pipe(v.strictObject({ path: content }), v.readonly());
// Loose: a later version's hello must get as far as the version check. `client` says who asks, for the log: "extension 0.1.0".
export const hello = v.pipe(v.object({ protocol: v.number(), client: text }), v.readonly());
export const nothing = v.strictObject({});

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

const variant = v.pipe(
  v.object({
    index: whole,
    seed: whole,
    /** In outputDir. */
    path: content,
    width: whole,
    height: whole,
    recipe: trusted<Recipe>(),
  }),
  v.readonly(),
);
export type Variant = Local<v.InferOutput<typeof variant>>;

export const generateResult = v.pipe(
  v.object({
    variants: list(variant, Infinity),
    device: trusted<DeviceName>(),
    /** Things the user should know: "The negative prompt has no effect: …". */
    notices: trusted<readonly string[]>(),
    /** Milliseconds by stage; `preview` is everything for the pictures after each step. */
    timings: trusted<Readonly<Record<'load' | 'text' | 'denoise' | 'preview' | 'decode' | 'encode', number>>>(),
  }),
  v.readonly(),
);
export type GenerateResult = Local<v.InferOutput<typeof generateResult>>;

export const jobProgress = v.pipe(
  v.object({
    jobId,
    phase: trusted<'queued' | 'loading' | 'text' | 'denoising' | 'decoding' | 'saving'>(),
    /** Jobs ahead of this one, while queued. */
    position: v.exactOptional(whole),
    /** Steps done, of `steps`. */
    step: v.exactOptional(whole),
    steps: v.exactOptional(whole),
    secondsLeft: v.exactOptional(v.number()),
    /** One preview file per variant, after a step. */
    previews: v.exactOptional(list(content, Infinity)),
    /** What computes the job, once it is chosen. */
    device: v.exactOptional(trusted<DeviceName>()),
    /** Done part of the loading, 0 to 1, while a float32 copy of a large model is written, which happens once for each model. */
    fraction: v.exactOptional(v.number()),
  }),
  v.readonly(),
);
export type JobProgress = Local<v.InferOutput<typeof jobProgress>>;

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
  /** How it is drawn with where nobody says it; absent when it cannot be. */
  readonly drawing?: {
    /** diffusers' class that the folder names: "EulerDiscreteScheduler". */
    readonly scheduler: string;
    readonly sampler: SamplerName;
    readonly steps: number;
    readonly guidance: number;
  };
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

export const rebuildResult = v.pipe(
  v.object({
    verdict: trusted<'identical' | 'near' | 'different'>(),
    /** Largest difference of any channel of any pixel, 0–255. */
    maxDifference: v.number(),
    path: content,
  }),
  v.readonly(),
);
export type RebuildResult = Local<v.InferOutput<typeof rebuildResult>>;
