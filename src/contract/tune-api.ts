/** Fine-tuning as the worker offers it: look at a folder of icons, train on them, and steer the training. */
import * as v from 'valibot';
import type { DeviceName } from '../domain/device';
import { UserError } from '../domain/errors';
import { TRAINING_RANGES } from '../domain/limits';
import { LORA_TARGET_NAMES } from '../domain/lora-target';
import { DRAWING } from './drawing-settings';
import { absolutePath, entriesOf, jobId, list, numberIn, problemOf, schemaOf, text, whole } from './schema';
import { TRAINING } from './training-settings';

const device = schemaOf(DRAWING.device);

/** What a user may change; the rest has one good value. */
const tuneSettings = v.pipe(
  v.strictObject({
    ...entriesOf(TRAINING, 'request'),
    targets: v.exactOptional(list(v.picklist(LORA_TARGET_NAMES), LORA_TARGET_NAMES.length)),
    /** Range of the guidance w that is trained (paper's convention, 0 = none), the lower end first. */
    omega: v.exactOptional(
      v.pipe(v.tuple([numberIn(TRAINING_RANGES.omega), numberIn(TRAINING_RANGES.omega)]), v.readonly()),
    ),
  }),
  v.readonly(),
);
export type AskedTuneSettings = v.InferOutput<typeof tuneSettings>;

/** All of them, as a training has them. */
export type TuneSettings = Required<Omit<AskedTuneSettings, 'checkpointEvery' | 'omega'>> &
  Pick<AskedTuneSettings, 'checkpointEvery' | 'omega'>;

const tuneIcon = v.pipe(
  v.strictObject({
    /** `ScannedIcon.id`. */
    id: text,
    caption: text,
    heldOut: v.boolean(),
  }),
  v.readonly(),
);
export type TuneIcon = v.InferOutput<typeof tuneIcon>;

/** More icons than anyone has are a mistake somewhere. */
const MOST_ICONS_IN_A_REQUEST = 20_000;

/** What is asked for and saved alike. */
const training = {
  modelId: text,
  /** CSS colour for `currentColor`. */
  currentColor: text,
  icons: list(tuneIcon, MOST_ICONS_IN_A_REQUEST),
  /** Name of the style, and of its folder. */
  name: text,
  /** Put behind every caption: "arrow left, house style". May be empty: the LoRA alone makes the style. */
  styleWord: text,
  /** Names to draw before, while and after training; none of them is in the training set. */
  probes: list(text, 64),
  settings: tuneSettings,
};

export const tuneRequests = {
  scanIcons: v.pipe(
    v.strictObject({
      /** The folder to look through. */
      folder: absolutePath,
      /** The model's picture size decides how large icons are drawn. */
      modelPath: absolutePath,
      /** Existing folder that receives thumbnails (PNG); the caller owns and removes it. Absent: none are written. */
      thumbnailDir: v.exactOptional(absolutePath),
      /** CSS colour for `currentColor`. */
      currentColor: text,
    }),
    v.readonly(),
  ),
  tunePlan: v.pipe(
    v.strictObject({ modelPath: absolutePath, device, icons: whole, settings: tuneSettings }),
    v.readonly(),
  ),
  tune: v.pipe(
    v.strictObject({
      ...training,
      jobId,
      modelPath: absolutePath,
      device,
      /** The folder that was scanned; icon ids are relative to it. */
      folder: absolutePath,
      /** The style's folder; made when it is missing. A finished style in it is only replaced with `replace`. */
      styleDir: absolutePath,
      /** The folder that `styleDir` belongs into, such as the workspace: no link may lead out of it. */
      root: absolutePath,
      replace: v.boolean(),
      /** Go on with the unfinished training in `styleDir`, with the icons and settings saved there; only `settings.steps` may change. */
      resume: v.boolean(),
      /**
       * Present: Latent Consistency Distillation of an ordinary model instead of fine-tuning an LCM. What comes out is the LoRA file
       * alone; `styleDir` holds only the training while it is not finished.
       */
      distill: v.exactOptional(v.pipe(v.strictObject({ out: absolutePath }), v.readonly())),
    }),
    v.readonly(),
  ),
  /**
   * Takes effect before the next step. 'stop' makes a style of what was learned and answers the tune request; 'suspend' saves the
   * training, to go on later, and fails that request with `cancelled`; to discard it, cancel the request.
   */
  tuneControl: v.pipe(
    v.strictObject({ jobId, action: v.picklist(['pause', 'resume', 'stop', 'suspend']) }),
    v.readonly(),
  ),
  /** Is there an unfinished training on disk? */
  tuneStatus: v.pipe(v.strictObject({ styleDir: absolutePath }), v.readonly()),
};

export type TuneMethod = keyof typeof tuneRequests;
export type ScanIconsParams = v.InferOutput<typeof tuneRequests.scanIcons>;
export type TunePlanParams = v.InferOutput<typeof tuneRequests.tunePlan>;
export type TuneParams = v.InferOutput<typeof tuneRequests.tune>;
export type TuneControlParams = v.InferOutput<typeof tuneRequests.tuneControl>;

const savedTraining = v.pipe(
  v.strictObject({ ...training, kind: v.picklist(['style', 'distillation']) }),
  v.readonly(),
);
/**
 * What a training keeps of its request to go on with. It lies in the workspace, where anybody may have written it, so it holds no path
 * and no permission: where things are and what may be replaced is said anew by whoever goes on.
 */
export type SavedTraining = v.InferOutput<typeof savedTraining>;

/** Checks the record of a training that is not finished. Throws `bad-checkpoint` naming the field. */
export function parseSavedTraining(json: unknown): SavedTraining {
  const parsed = v.safeParse(savedTraining, json);
  if (parsed.success) return parsed.output;
  throw new UserError('bad-checkpoint', problemOf(parsed.issues, 'the record'));
}

// What comes back is the worker's own word, and is not checked at run time.

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

export interface TunePlan {
  readonly settings: TuneSettings;
  /** Estimates, from a measured step where one has been run. */
  readonly seconds: number;
  readonly memoryBytes: number;
  /** True when a training has run on this machine with this model; otherwise one picture was measured and the rest is reckoned. */
  readonly measured: boolean;
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

export interface TuneResults {
  readonly scanIcons: ScanIconsResult;
  readonly tunePlan: TunePlan;
  readonly tune: TuneResult;
  readonly tuneControl: Record<string, never>;
  readonly tuneStatus: TuneStatusResult;
}
