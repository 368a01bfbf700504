/** Fine-tuning as the worker offers it: look at a folder of icons, train on them, and steer the training. */
import * as v from 'valibot';
import { type DeviceName, LORA_TARGET_NAMES } from '../domain/choices';
import { UserError } from '../domain/errors';
import { TRAINING_RANGES } from '../domain/limits';
import { content, place, type Local } from './artifact';
import { DRAWING } from './drawing-settings';
import { absolutePath, entriesOf, jobId, list, numberIn, problemOf, schemaOf, text, trusted, whole } from './schema';
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

/** What is asked for and saved alike, whatever the training is for. */
const common = {
  modelId: text,
  /** CSS colour for `currentColor`. */
  currentColor: text,
  icons: list(tuneIcon, MOST_ICONS_IN_A_REQUEST),
  settings: tuneSettings,
};

/** Of a style alone. */
const ofStyle = {
  /** Name of the style, and of its folder. */
  name: text,
  /** Put behind every caption: "arrow left, house style". May be empty: the LoRA alone makes the style. */
  styleWord: text,
  /** Names to draw before, while and after training; none of them is in the training set. */
  probes: list(text, 64),
};

/** The style's folder; made when it is missing. What lies there decides, so its content goes along. */
const styleDir = content;
/** The LoRA file to write. While the distillation is not finished, it lies beside it in `<out>.training`. */
const out = place;

/** Where a training leaves what it makes, which is also where it is found while it is not finished. */
const trainingPlace = v.variant('kind', [
  v.pipe(v.strictObject({ kind: v.literal('style'), styleDir }), v.readonly()),
  v.pipe(v.strictObject({ kind: v.literal('distillation'), out }), v.readonly()),
]);
export type TrainingPlace = Local<v.InferOutput<typeof trainingPlace>>;

/**
 * What a training is for. "style": Latent Consistency Fine-tuning of an LCM on icons; a style comes out. "distillation": Latent Consistency
 * Distillation of an ordinary model; the LoRA file alone comes out.
 */
const trainingGoal = v.variant('kind', [
  v.pipe(v.strictObject({ kind: v.literal('style'), styleDir, ...ofStyle }), v.readonly()),
  v.pipe(v.strictObject({ kind: v.literal('distillation'), out }), v.readonly()),
]);
export type TrainingGoal = Local<v.InferOutput<typeof trainingGoal>>;

export const scanIcons = v.pipe(
  v.strictObject({
    /** The folder to look through. */
    folder: content,
    /** The model's picture size decides how large icons are drawn. */
    modelPath: absolutePath,
    /** Existing folder that receives thumbnails (PNG); the caller owns and removes it. Absent: none are written. */
    thumbnailDir: v.exactOptional(place),
    /** CSS colour for `currentColor`. */
    currentColor: text,
  }),
  v.readonly(),
);
export type ScanIconsParams = Local<v.InferOutput<typeof scanIcons>>;

export const tunePlan = v.pipe(
  v.strictObject({ modelPath: absolutePath, device, icons: whole, settings: tuneSettings }),
  v.readonly(),
);
export type TunePlanParams = v.InferOutput<typeof tunePlan>;

export const tune = v.pipe(
  v.strictObject({
    ...common,
    jobId,
    goal: trainingGoal,
    modelPath: absolutePath,
    device,
    /** The folder that was scanned, with the examples; icon ids are relative to it. */
    folder: content,
    /** The folder that the goal's place belongs into, such as the workspace: no link may lead out of it. */
    root: place,
    /** A finished style or file in that place, and an unfinished training, are replaced with this only. */
    replace: v.boolean(),
    /** Go on with the unfinished training in that place, with the icons and settings saved there; only `settings.steps` may change. */
    resume: v.boolean(),
  }),
  v.readonly(),
);
export type TuneParams = Local<v.InferOutput<typeof tune>>;

/**
 * Takes effect before the next step. 'stop' makes a style of what was learned and answers the tune request; 'suspend' saves the
 * training, to go on later, and fails that request with `cancelled`; to discard it, cancel the request.
 */
export const tuneControl = v.pipe(
  v.strictObject({ jobId, action: v.picklist(['pause', 'resume', 'stop', 'suspend']) }),
  v.readonly(),
);
export type TuneControlParams = v.InferOutput<typeof tuneControl>;

/** Longer than any worker needs to save what it has. */
const LONGEST_WAIT_SECONDS = 300;

/** What is there already, and who works on it? */
export const tuneStatus = v.pipe(
  v.strictObject({
    place: trainingPlace,
    /** Answers when nobody trains there any more, or after so many seconds: a worker whose window was closed saves what it has first. */
    freeWithin: v.exactOptional(v.pipe(v.number(), v.minValue(0), v.maxValue(LONGEST_WAIT_SECONDS))),
  }),
  v.readonly(),
);
export type TuneStatusParams = Local<v.InferOutput<typeof tuneStatus>>;

const savedTraining = v.pipe(
  v.strictObject({ ...common, ...ofStyle, kind: v.picklist(['style', 'distillation']) }),
  v.readonly(),
);
/**
 * What a training keeps of its request to go on with. It lies in the workspace, where anybody may have written it, so it holds no path
 * and no permission: where things are and what may be replaced is said anew by whoever goes on. A distillation has no words and no probes.
 */
export type SavedTraining = v.InferOutput<typeof savedTraining>;

/** Checks the record of a training that is not finished. Throws `bad-checkpoint` naming the field. */
export function parseSavedTraining(json: unknown): SavedTraining {
  const parsed = v.safeParse(savedTraining, json);
  if (parsed.success) return parsed.output;
  throw new UserError('bad-checkpoint', problemOf(parsed.issues, 'the record'));
}

// What comes back is the worker's own word, and is not checked at run time, but for the handles in it.

const scannedIcon = v.pipe(
  v.object({
    /** Where it comes from, relative to the folder; a part of a sprite sheet or component has '#' and its id. Unique. */
    id: v.string(),
    /** Folder and style it belongs to, the id of a group. */
    group: v.string(),
    caption: v.string(),
    /** Kept out of training, for the gauge. */
    heldOut: v.boolean(),
    /** Where thumbnails were asked for. */
    thumbnail: v.exactOptional(content),
  }),
  v.readonly(),
);
export type ScannedIcon = Local<v.InferOutput<typeof scannedIcon>>;

export interface IconGroup {
  readonly id: string;
  readonly label: string;
  readonly count: number;
}

export const scanIconsResult = v.pipe(
  v.object({
    icons: list(scannedIcon, Infinity),
    groups: trusted<readonly IconGroup[]>(),
    /** Files that were left out, and why. */
    skipped: trusted<readonly { readonly id: string; readonly reason: string }[]>(),
    /** Words for the style, from the folder's name; a name for it is made from them. */
    styleWord: v.string(),
    /** Pixels on each side at which icons are drawn for this model. */
    size: v.number(),
  }),
  v.readonly(),
);
export type ScanIconsResult = Local<v.InferOutput<typeof scanIconsResult>>;

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

const probeGrid = v.pipe(
  v.object({
    step: whole,
    /** PNG files, in the order of the probes. */
    pictures: list(content, Infinity),
  }),
  v.readonly(),
);
export type ProbeGrid = Local<v.InferOutput<typeof probeGrid>>;

/** Sent after every step; only what changed since the last one is repeated. */
export const tuneProgress = v.pipe(
  v.object({
    jobId,
    phase: trusted<'queued' | 'loading' | 'preparing' | 'training' | 'paused' | 'saving'>(),
    device: v.exactOptional(trusted<DeviceName>()),
    /** Steps done, of `steps`. */
    step: v.exactOptional(whole),
    steps: v.exactOptional(whole),
    secondsLeft: v.exactOptional(v.number()),
    memoryBytes: v.exactOptional(v.number()),
    /** Loss of the last step. */
    loss: v.exactOptional(trusted<CurvePoint>()),
    /** Consistency loss on the held-out icons, with fixed noise and time points. */
    gauge: v.exactOptional(trusted<CurvePoint>()),
    probes: v.exactOptional(probeGrid),
  }),
  v.readonly(),
);
export type TuneProgress = Local<v.InferOutput<typeof tuneProgress>>;

export const tuneResult = v.pipe(
  v.object({
    /** The style's folder, or the LoRA file of a distillation. */
    path: content,
    /** Steps done, and the step whose weights were kept because the gauge was lowest there. */
    steps: whole,
    bestStep: whole,
    loss: trusted<readonly CurvePoint[]>(),
    gauge: trusted<readonly CurvePoint[]>(),
    before: probeGrid,
    after: probeGrid,
    ended: trusted<'finished' | 'stopped' | 'gauge-rose'>(),
    notices: trusted<readonly string[]>(),
  }),
  v.readonly(),
);
export type TuneResult = Local<v.InferOutput<typeof tuneResult>>;

/** Who trains in a place: a training has one owner, a process that is alive. */
export interface TrainingOwner {
  /** "elsewhere": on another computer, or in another container, where nobody here can tell whether it lives. */
  readonly where: 'this-worker' | 'another-process' | 'elsewhere';
  readonly pid: number;
}

export const tuneStatusResult = v.pipe(
  v.object({
    /** A finished style, or the file of a distillation, is there. */
    finished: v.boolean(),
    owner: v.exactOptional(trusted<TrainingOwner>()),
    /** Why the unfinished training that is there cannot go on. */
    damaged: v.exactOptional(v.string()),
    unfinished: v.exactOptional(
      v.pipe(
        v.object({
          saved: trusted<SavedTraining>(),
          step: whole,
          steps: whole,
          loss: trusted<readonly CurvePoint[]>(),
          gauge: trusted<readonly CurvePoint[]>(),
          before: v.exactOptional(probeGrid),
          latest: v.exactOptional(probeGrid),
        }),
        v.readonly(),
      ),
    ),
  }),
  v.readonly(),
);
export type TuneStatusResult = Local<v.InferOutput<typeof tuneStatusResult>>;
