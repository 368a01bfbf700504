/**
 * What the worker offers to its window or terminal: JSON-RPC requests over the child-process IPC channel
 * ('advanced' serialization, so bytes travel as bytes). One interface per direction; `PROTOCOL_VERSION` is
 * checked in the first request and a mismatch is an error naming both versions.
 * Every request gets exactly one reply; long ones send `job/progress` notifications and obey cancellation.
 */
import type { ErrorCode } from '../domain/errors';
import type { Recipe, SamplerName } from '../domain/recipe';
import type { DeviceName } from './device-name';
import type { TuneApi, TuneProgress } from './tune-api';

export const PROTOCOL_VERSION = 3;

export type ImageFormat = 'png' | 'webp' | 'avif' | 'jpeg';

export interface HelloParams {
  readonly protocol: number;
  /** Who asks, for the log: "extension 0.1.0". */
  readonly client: string;
}
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
export interface DevicesParams {
  /** Force one device, or 'auto' for the platform's order. */
  readonly device: DeviceName | 'auto';
}
export interface DevicesResult {
  readonly chosen: DeviceName;
  readonly devices: readonly DeviceReport[];
}

/** A LoRA file to draw with; several add up. */
export interface LoraParam {
  /** Absolute path of a .safetensors file, or of a PEFT adapter's folder. */
  readonly path: string;
  /** 1 is as it was trained, 0 leaves it out; negative ones turn it round. */
  readonly weight: number;
  /** Share of the noise schedule that passes before it begins, [0, 1); absent = from the first step on. */
  readonly start?: number;
  /** The style's or the file's name, for the recipe. */
  readonly name: string;
}

export interface GenerateParams {
  /** Chosen by the caller and unique (a UUID); progress notifications carry it, and file names in outputDir begin with it. */
  readonly jobId: string;
  /** Absolute path of a model folder in the diffusers layout. */
  readonly modelPath: string;
  readonly modelId: string;
  readonly device: DeviceName | 'auto';
  readonly prompt: string;
  readonly negativePrompt: string;
  /** Variant i uses seed + i. */
  readonly seed: number;
  readonly count: number;
  readonly steps: number;
  readonly guidance: number;
  /** Absent: the sampler that suits the model. */
  readonly sampler?: SamplerName;
  /** Pixels; absent: the model's own size. */
  readonly width?: number;
  readonly height?: number;
  /** LoRAs of styles and of files. A style's word is part of `prompt` already. */
  readonly loras?: readonly LoraParam[];
  /** Absolute path of the picture to start from, and how much of it may change (0–1]. */
  readonly init?: { readonly path: string; readonly strength: number };
  /** Existing folder that receives previews and results; the caller owns and removes it. */
  readonly outputDir: string;
  readonly format: ImageFormat;
  /** Write the recipe into the files. */
  readonly metadata: boolean;
  /** Write a preview picture of every variant after every step. */
  readonly previews: boolean;
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

export interface EncodeParams {
  /** Absolute path of a picture that Fourstep made. */
  readonly source: string;
  readonly format: ImageFormat;
  readonly width?: number;
  readonly height?: number;
  /** false removes the recipe. */
  readonly metadata: boolean;
}
export interface EncodeResult {
  readonly bytes: Uint8Array;
}

export interface InspectParams {
  readonly modelPath: string;
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

export interface RecipeParams {
  readonly path: string;
}
export interface RecipeResult {
  /** Our own recipe; absent when the file has none that we can use. */
  readonly recipe?: Recipe;
  /** The A1111-style `parameters` text, if the file has one. */
  readonly parameters?: string;
}

export interface RebuildParams {
  readonly jobId: string;
  readonly path: string;
  readonly modelPath: string;
  /** LoRA files among which those of the recipe are looked for, by their SHA-256. */
  readonly loraCandidates?: readonly string[];
  readonly device: DeviceName | 'auto';
  readonly outputDir: string;
}
export interface RebuildResult {
  readonly verdict: 'identical' | 'near' | 'different';
  /** Largest difference of any channel of any pixel, 0–255. */
  readonly maxDifference: number;
  readonly path: string;
}

export interface ExportLoraParams {
  /** Absolute path of a style's LoRA file. */
  readonly path: string;
  /** What the other tool reads: 'peft' is diffusers' own layout, 'kohya' that of most web UIs. */
  readonly layout: 'peft' | 'kohya';
  /** Absolute path of the file to write; the caller sees to it that nothing is lost there. */
  readonly out: string;
}

/** Method name → parameters and result. */
export interface WorkerApi extends TuneApi {
  hello: { params: HelloParams; result: HelloResult };
  /** Answered at once, also before the hello: whoever answers is not stopped. */
  ping: { params: Record<string, never>; result: Record<string, never> };
  devices: { params: DevicesParams; result: DevicesResult };
  generate: { params: GenerateParams; result: GenerateResult };
  encode: { params: EncodeParams; result: EncodeResult };
  inspect: { params: InspectParams; result: ModelReport };
  recipe: { params: RecipeParams; result: RecipeResult };
  rebuild: { params: RebuildParams; result: RebuildResult };
  exportLora: { params: ExportLoraParams; result: Record<string, never> };
}
export type WorkerMethod = keyof WorkerApi;

/** Notification name → payload, worker to client. */
export interface WorkerEvents {
  'job/progress': JobProgress;
  'tune/progress': TuneProgress;
  log: { readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error'; readonly message: string };
}

/** `data` of a JSON-RPC error, so that the code survives the process boundary. */
export interface WireErrorData {
  readonly code: ErrorCode;
}
