/**
 * What the variants panel and the extension host say to each other. The host owns the state and sends it whole; the page sends what
 * the user did. Pictures are addresses of files, never bytes.
 */
import * as v from 'valibot';
import { DRAWING, LORA_WEIGHT } from './drawing-settings';
import type { EditorSettings } from './editor-settings';
import { formEntriesOf, list, numberIn, problemOf, schemaOf } from './schema';
import { defaultsOf, valuesIn } from './setting';

/** A style of the workspace and how strongly it is applied. */
const chosenStyle = v.pipe(
  v.object({ name: v.pipe(v.string(), v.maxLength(200)), weight: schemaOf(LORA_WEIGHT) }),
  v.readonly(),
);
export type ChosenStyle = v.InferOutput<typeof chosenStyle>;

/** What the panel's form holds. */
const panelSettings = v.pipe(v.object({ ...formEntriesOf(DRAWING), styles: list(chosenStyle, 16) }), v.readonly());
export type PanelSettings = v.InferOutput<typeof panelSettings>;

/** What the form shows at first: what VS Code's settings say, else the defaults. */
export function defaultPanel(editor: Partial<EditorSettings>, seed: number): PanelSettings {
  const defaults = defaultsOf(DRAWING, 'form');
  return { ...defaults, ...valuesIn(DRAWING, 'form', { ...defaults, ...editor }), seed, styles: [] };
}

/** A style that the panel offers. */
export interface StyleOption {
  readonly name: string;
  /** Why it cannot be used with this model. */
  readonly refusal?: string;
}

export interface VariantCard {
  readonly index: number;
  readonly seed: number;
  /** Address of the newest picture; absent before the first preview. */
  readonly uri?: string;
  readonly finished: boolean;
  /** Workspace path it was saved to. */
  readonly savedAs?: string;
}

export type PanelPhase = 'idle' | 'queued' | 'loading' | 'working' | 'stopping' | 'done' | 'stopped' | 'failed';

export interface PanelState {
  readonly phase: PanelPhase;
  readonly settings: PanelSettings;
  readonly cards: readonly VariantCard[];
  /** Steps done, of `steps`, while working. */
  readonly step: number;
  readonly steps: number;
  readonly secondsLeft?: number;
  /** Jobs ahead, while queued. */
  readonly position?: number;
  readonly notices: readonly string[];
  /** Why it failed, in words for the user. */
  readonly error?: string;
  /** The job did not stop in time; it can be killed. */
  readonly canStopNow: boolean;
  /** Model and device, for the footer: "icons-v1 · cpu". */
  readonly modelLine: string;
  readonly styles: readonly StyleOption[];
}

export interface ToPanel {
  readonly type: 'state';
  readonly state: PanelState;
}

/** The index of a variant. */
const index = numberIn({ least: 0, most: DRAWING.count.range.most - 1, whole: true });

const fromPanel = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('generate'), settings: panelSettings }),
  v.object({ type: v.literal('stop') }),
  v.object({ type: v.literal('stop-now') }),
  v.object({
    type: v.literal('save'),
    indices: v.pipe(v.array(index), v.minLength(1), v.maxLength(DRAWING.count.range.most), v.readonly()),
  }),
  v.object({ type: v.literal('show-log') }),
]);
export type FromPanel = Readonly<v.InferOutput<typeof fromPanel>>;

/** The message, or undefined when it is not one of ours: a page is a browser, so nothing it says is taken on trust. */
export function parseFromPanel(message: unknown): FromPanel | undefined {
  const parsed = v.safeParse(fromPanel, message);
  return parsed.success ? parsed.output : undefined;
}

const savedPanel = v.object({ settings: v.record(v.string(), v.unknown()) });

export interface RestoredPanel {
  readonly settings: PanelSettings;
  /** Why what the page had kept is not used. */
  readonly problem?: string;
}

/**
 * The settings that a page kept over a reload, whole or not at all. What an older version did not know yet has its default; what is
 * no longer known falls away.
 */
export function restoredPanel(saved: unknown, defaults: PanelSettings): RestoredPanel {
  const kept = v.safeParse(savedPanel, saved);
  if (!kept.success) return { settings: defaults };
  const parsed = v.safeParse(panelSettings, { ...defaults, ...kept.output.settings });
  return parsed.success
    ? { settings: parsed.output }
    : { settings: defaults, problem: problemOf(parsed.issues, 'settings') };
}
