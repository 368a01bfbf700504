/** Fine-tuning as the worker offers it: look at a folder of icons, train on them, and steer the training. */
import type { DeviceName } from './device-name';

export interface ScanIconsParams {
  /** Absolute path of the folder to look through. */
  readonly folder: string;
  /** The model's picture size decides how large icons are drawn. */
  readonly modelPath: string;
  /** Existing folder that receives thumbnails (PNG); the caller owns and removes it. Absent: none are written. */
  readonly thumbnailDir?: string;
  /** CSS colour for `currentColor`. */
  readonly currentColor: string;
}

export interface ScannedIcon {
  /** Where it comes from, relative to the folder; a part of a sprite sheet or component has '#' and its id. Unique. */
  readonly id: string;
  /** Folder and style it belongs to, the id of a group. */
  readonly group: string;
  readonly caption: string;
  /** Kept out of training, for the gauge. */
  readonly heldOut: boolean;
  /** Absolute path, where thumbnails were asked for. */
  readonly thumbnail?: string;
}

export interface IconGroup {
  readonly id: string;
  readonly label: string;
  readonly count: number;
}

export interface ScanIconsResult {
  readonly icons: readonly ScannedIcon[];
  readonly groups: readonly IconGroup[];
  /** Files that were left out, and why. */
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
  /** Words for the style, from the folder's name; a name for it is made from them. */
  readonly styleWord: string;
  /** Pixels on each side at which icons are drawn for this model. */
  readonly size: number;
}

export type TuneTarget = 'attention' | 'projections' | 'feed-forward' | 'convolutions' | 'time';

/** What a user may change; the rest has one good value. */
export interface TuneSettings {
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly TuneTarget[];
  readonly learningRate: number;
  /** Optimiser steps. */
  readonly steps: number;
  readonly batchSize: number;
  readonly seed: number;
  /** Steps after which the state is saved; so many are lost at most when the process dies. */
  readonly checkpointEvery?: number;
  /** Range of the guidance w that is trained (paper's convention, 0 = none). */
  readonly omega?: readonly [lowest: number, highest: number];
}

export interface TunePlanParams {
  readonly modelPath: string;
  readonly device: DeviceName | 'auto';
  readonly icons: number;
  readonly settings: Partial<TuneSettings>;
}
export interface TunePlan {
  readonly settings: TuneSettings;
  /** Estimates, from a measured step where one has been run. */
  readonly seconds: number;
  readonly memoryBytes: number;
  /** True when a training has run on this machine with this model; otherwise one picture was measured and the rest is reckoned. */
  readonly measured: boolean;
}

export interface TuneIcon {
  /** `ScannedIcon.id`. */
  readonly id: string;
  readonly caption: string;
  readonly heldOut: boolean;
}

export interface TuneParams {
  readonly jobId: string;
  readonly modelPath: string;
  readonly modelId: string;
  readonly device: DeviceName | 'auto';
  /** The folder that was scanned; icon ids are relative to it. */
  readonly folder: string;
  readonly currentColor: string;
  readonly icons: readonly TuneIcon[];
  /** Name of the style, and of its folder. */
  readonly name: string;
  /** Absolute path of the style's folder; made when it is missing. A finished style in it is only replaced with `replace`. */
  readonly styleDir: string;
  /** Absolute path of the folder that `styleDir` belongs into, such as the workspace: no link may lead out of it. */
  readonly root: string;
  readonly replace: boolean;
  /** Put behind every caption: "arrow left, house style". May be empty: the LoRA alone makes the style. */
  readonly styleWord: string;
  /** Names to draw before, while and after training; none of them is in the training set. */
  readonly probes: readonly string[];
  readonly settings: Partial<TuneSettings>;
  /** Go on with the unfinished training in `styleDir`, with the icons and settings saved there; only `settings.steps` may change. */
  readonly resume: boolean;
  /**
   * Present: Latent Consistency Distillation of an ordinary model instead of fine-tuning an LCM. What comes out is the LoRA file
   * alone; `styleDir` holds only the training while it is not finished.
   */
  readonly distill?: { readonly out: string };
}

/** A number after a step. */
export interface CurvePoint {
  readonly step: number;
  readonly value: number;
}

export interface ProbeGrid {
  readonly step: number;
  /** Absolute paths of PNG files, in the order of the probes. */
  readonly pictures: readonly string[];
}

/** Sent after every step; only what changed since the last one is repeated. */
export interface TuneProgress {
  readonly jobId: string;
  readonly phase: 'queued' | 'loading' | 'preparing' | 'training' | 'paused' | 'saving';
  readonly device?: DeviceName;
  /** Steps done, of `steps`. */
  readonly step?: number;
  readonly steps?: number;
  readonly secondsLeft?: number;
  readonly memoryBytes?: number;
  /** Loss of the last step. */
  readonly loss?: CurvePoint;
  /** Consistency loss on the held-out icons, with fixed noise and time points. */
  readonly gauge?: CurvePoint;
  readonly probes?: ProbeGrid;
}

export interface TuneResult {
  readonly styleDir: string;
  /** Steps done, and the step whose weights were kept because the gauge was lowest there. */
  readonly steps: number;
  readonly bestStep: number;
  readonly loss: readonly CurvePoint[];
  readonly gauge: readonly CurvePoint[];
  readonly before: ProbeGrid;
  readonly after: ProbeGrid;
  readonly ended: 'finished' | 'stopped' | 'gauge-rose';
  readonly notices: readonly string[];
}

/**
 * Takes effect before the next step. 'stop' makes a style of what was learned and answers the tune request; 'suspend' saves the
 * training, to go on later, and fails that request with `cancelled`; to discard it, cancel the request.
 */
export interface TuneControlParams {
  readonly jobId: string;
  readonly action: 'pause' | 'resume' | 'stop' | 'suspend';
}

/**
 * What a training keeps of its request to go on with. It lies in the workspace, where anybody may have written it, so it holds no path
 * and no permission: where things are and what may be replaced is said anew by whoever goes on.
 */
export interface SavedTraining extends Pick<
  TuneParams,
  'modelId' | 'currentColor' | 'icons' | 'name' | 'styleWord' | 'probes' | 'settings'
> {
  readonly kind: 'style' | 'distillation';
}

/** An unfinished training found on disk. */
export interface TuneStatusParams {
  readonly styleDir: string;
}
export interface TuneStatusResult {
  readonly unfinished?: {
    readonly saved: SavedTraining;
    readonly step: number;
    readonly steps: number;
    readonly loss: readonly CurvePoint[];
    readonly gauge: readonly CurvePoint[];
    readonly before?: ProbeGrid;
    readonly latest?: ProbeGrid;
  };
}

export interface TuneApi {
  scanIcons: { params: ScanIconsParams; result: ScanIconsResult };
  tunePlan: { params: TunePlanParams; result: TunePlan };
  tune: { params: TuneParams; result: TuneResult };
  tuneControl: { params: TuneControlParams; result: Record<string, never> };
  tuneStatus: { params: TuneStatusParams; result: TuneStatusResult };
}
