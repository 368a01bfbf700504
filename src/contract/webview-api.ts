/**
 * What the pages and the extension host say to each other. The host owns the state and sends it whole; a page sends what the
 * user did. Pictures are addresses of files, never bytes. Types only, so that the page bundles nothing of ours but itself.
 */

/** Texts of a page, translated by the host. `{0}` … are filled in by the page. */
export type Strings = Readonly<Record<string, string>>;

/** A style of the workspace and how strongly it is applied; 1 = as it was learned. */
export interface ChosenStyle {
  readonly name: string;
  readonly weight: number;
}

export interface PanelSettings {
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly steps: number;
  readonly guidance: number;
  readonly count: number;
  readonly seed: number;
  /** Pixels; 0 = the model's own size. */
  readonly size: number;
  readonly styles: readonly ChosenStyle[];
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
  /** Shows the picture enlarged without smoothing (small icons). */
  readonly pixelated: boolean;
}

export interface ToPanel {
  readonly type: 'state';
  readonly state: PanelState;
}

export type FromPanel =
  | { readonly type: 'ready' }
  | { readonly type: 'generate'; readonly settings: PanelSettings }
  | { readonly type: 'retry' }
  | { readonly type: 'stop' }
  | { readonly type: 'stop-now' }
  | { readonly type: 'save'; readonly indices: readonly number[] }
  | { readonly type: 'show-log' };

export interface GalleryItem {
  /** Address for the page. */
  readonly uri: string;
  /** Path from the workspace folder; identifies the picture in messages. */
  readonly path: string;
  readonly prompt: string;
}

export interface GalleryState {
  readonly loading: boolean;
  readonly items: readonly GalleryItem[];
  /** There are more pictures than are shown. */
  readonly truncated: boolean;
}

export interface ToGallery {
  readonly type: 'state';
  readonly state: GalleryState;
}

export type FromGallery =
  | { readonly type: 'ready' }
  | { readonly type: 'open'; readonly path: string }
  | { readonly type: 'reveal'; readonly path: string }
  | { readonly type: 'copy-path'; readonly path: string }
  | { readonly type: 'again'; readonly path: string }
  | { readonly type: 'generate' };
