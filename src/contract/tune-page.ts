/** What the fine-tuning page and the extension host say to each other. The host owns the state, as for the other pages. */
import * as v from 'valibot';
import { formEntriesOf, pagePath } from './schema';
import { TRAINING } from './training-settings';
import type { CurvePoint, IconGroup, TuneProgress, TuneResult } from './tune-api';

/** A caption is cut to the model's window later; beyond this it is no caption. */
const MOST_IN_A_CAPTION = 10_000;
const short = (
  most: number,
): v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.MaxLengthAction<string, number, undefined>]> =>
  v.pipe(v.string(), v.maxLength(most));

/** The settings that the page offers. */
const formSettings = v.pipe(v.object(formEntriesOf(TRAINING)), v.readonly());
export type TuneFormSettings = v.InferOutput<typeof formSettings>;

const form = v.pipe(v.object({ name: short(100), styleWord: short(100), settings: formSettings }), v.readonly());
export type TuneForm = v.InferOutput<typeof form>;

export interface ReviewIcon {
  readonly id: string;
  readonly group: string;
  readonly caption: string;
  readonly heldOut: boolean;
  /** Left out by the user. */
  readonly excluded: boolean;
  /** Address of the thumbnail. */
  readonly uri: string;
}

export interface ScanningState {
  readonly screen: 'scanning';
  readonly folder: string;
}

export interface ReviewState {
  readonly screen: 'review';
  /** Path of the folder, from the workspace folder where it lies in one. */
  readonly folder: string;
  readonly form: TuneForm;
  readonly icons: readonly ReviewIcon[];
  readonly groups: readonly IconGroup[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
  readonly modelLine: string;
  /** A training of that name was begun and can go on. */
  readonly unfinished?: { readonly step: number; readonly steps: number };
  /** Process that trains the style of that name now; it is not this window's. */
  readonly trainedBy?: number;
}

/** A name drawn before and with what was learned; addresses of pictures. */
export interface ProbePair {
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
}

interface Curves {
  readonly name: string;
  readonly steps: number;
  /** Loss of each step, and the gauge on held-out icons. */
  readonly loss: readonly CurvePoint[];
  readonly gauge: readonly CurvePoint[];
  readonly probes: readonly ProbePair[];
  /** Step of the pictures on the right. */
  readonly probeStep: number;
}

export interface TrainingState extends Curves {
  readonly screen: 'training';
  readonly phase: TuneProgress['phase'] | 'stopping';
  readonly step: number;
  readonly secondsLeft?: number;
  readonly device?: string;
  readonly memoryBytes?: number;
}

export interface FinishedState extends Curves {
  readonly screen: 'finished';
  readonly ended: TuneResult['ended'];
  readonly bestStep: number;
  readonly notices: readonly string[];
  /** Folder of the style, from the workspace folder. */
  readonly folder: string;
}

export interface FailedState {
  readonly screen: 'failed';
  readonly error: string;
  /** What was learned until the last checkpoint is there, and training can go on from it. */
  readonly canResume: boolean;
}

export type TuneState = ScanningState | ReviewState | TrainingState | FinishedState | FailedState;

const tuning = v.pipe(v.object({ folder: pagePath, styleDir: v.exactOptional(pagePath) }), v.readonly());
/** What brings the page back after the window was reloaded: absolute paths; `styleDir` while a training runs or can go on. */
export type RememberedTuning = v.InferOutput<typeof tuning>;

/** What a page kept over a reload, or undefined when that is not usable. */
export function remembered(saved: unknown): RememberedTuning | undefined {
  const parsed = v.safeParse(tuning, saved);
  return parsed.success ? parsed.output : undefined;
}

export type ToTunePage =
  | { readonly type: 'state'; readonly state: TuneState }
  | { readonly type: 'remember'; readonly tuning: RememberedTuning }
  /** Sent on its own, because the review may hold thousands of icons. */
  | { readonly type: 'estimate'; readonly seconds: number; readonly memoryBytes: number };

/** What the user did, where the kind says it all. */
const bare = [
  'ready',
  'save-captions',
  'rescan',
  'start',
  'go-on',
  'pause',
  'resume',
  'stop',
  'discard',
  'use-style',
  'reveal-style',
  'show-log',
] as const;

const fromTunePage = v.variant('type', [
  v.object({ type: v.picklist(bare) }),
  v.object({ type: v.literal('edit-icon'), id: short(4096), caption: short(MOST_IN_A_CAPTION), excluded: v.boolean() }),
  v.object({ type: v.literal('edit-form'), form }),
]);
export type FromTunePage = Readonly<v.InferOutput<typeof fromTunePage>>;

/** The message, or undefined when it is not one of ours. */
export function parseFromTunePage(message: unknown): FromTunePage | undefined {
  const parsed = v.safeParse(fromTunePage, message);
  return parsed.success ? parsed.output : undefined;
}
