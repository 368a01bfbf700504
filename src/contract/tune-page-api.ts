/** What the fine-tuning page and the extension host say to each other. The host owns the state, as for the other pages. */
import type { CurvePoint, IconGroup, TuneProgress, TuneResult, TuneSettings } from './tune-api';

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

/** The settings that the page offers. */
export type TuneFormSettings = Pick<TuneSettings, 'steps' | 'rank' | 'learningRate' | 'seed'>;

export interface TuneForm {
  readonly name: string;
  readonly styleWord: string;
  readonly settings: TuneFormSettings;
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

/** What brings the page back after the window was reloaded; absolute paths. */
export interface RememberedTuning {
  readonly folder: string;
  /** Set while a training runs or can go on. */
  readonly styleDir?: string;
}

export type ToTunePage =
  | { readonly type: 'state'; readonly state: TuneState }
  | { readonly type: 'remember'; readonly tuning: RememberedTuning }
  /** Sent on its own, because the review may hold thousands of icons. */
  | { readonly type: 'estimate'; readonly seconds: number; readonly memoryBytes: number };

export type FromTunePage =
  | { readonly type: 'ready' }
  | { readonly type: 'edit-icon'; readonly id: string; readonly caption: string; readonly excluded: boolean }
  | { readonly type: 'edit-form'; readonly form: TuneForm }
  | { readonly type: 'save-captions' }
  | { readonly type: 'rescan' }
  | { readonly type: 'start' }
  | { readonly type: 'go-on' }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'stop' }
  | { readonly type: 'discard' }
  | { readonly type: 'use-style' }
  | { readonly type: 'reveal-style' }
  | { readonly type: 'show-log' };
