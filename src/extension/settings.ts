/** All settings, read in one place as one typed object. Ranges live in package.json; values out of range are pulled back here. */
import * as vscode from 'vscode';
import type { DeviceName } from '../contract/device-name';
import type { ImageFormat } from '../contract/worker-api';

export interface Settings {
  /** Catalog id or absolute folder; '' = the built-in model. */
  readonly model: string;
  readonly steps: number;
  readonly guidance: number;
  readonly variants: number;
  /** Pixels; 0 = the model's own size. */
  readonly size: number;
  readonly previews: boolean;
  /** Folder from the workspace root; '' = the nearest assets-like one. */
  readonly outputFolder: string;
  readonly outputFormat: ImageFormat;
  readonly outputMetadata: boolean;
  /** CSS colour for `currentColor` in icons; 'theme' = dark on light themes, light on dark ones. */
  readonly tuneInkColor: string;
  readonly device: DeviceName | 'auto';
  readonly workerIdleMinutes: number;
  readonly workerNodePath: string;
}

const FORMATS: readonly ImageFormat[] = ['png', 'webp', 'avif', 'jpeg'];
const DEVICES: readonly (DeviceName | 'auto')[] = ['auto', 'cpu', 'cuda', 'dml', 'coreml', 'webgpu'];

export const SECTION = 'fourstep';

export function readSettings(scope?: vscode.Uri): Settings {
  const section = vscode.workspace.getConfiguration(SECTION, scope);
  const text = (key: string): string => section.get<string>(key, '');
  const number = (key: string, fallback: number, [low, high]: readonly [number, number]): number => {
    const value = section.get<number>(key, fallback);
    return Number.isFinite(value) ? Math.min(Math.max(value, low), high) : fallback;
  };
  return {
    model: text('model'),
    steps: Math.round(number('steps', 4, [1, 50])),
    guidance: number('guidance', 3, [0, 20]),
    variants: Math.round(number('variants', 4, [1, 16])),
    size: Math.round(number('size', 0, [0, 2048])),
    previews: section.get<boolean>('previews', true),
    outputFolder: text('output.folder'),
    outputFormat: FORMATS.find((format) => format === text('output.format')) ?? 'png',
    outputMetadata: section.get<boolean>('output.metadata', true),
    tuneInkColor: text('tune.inkColor'),
    device: DEVICES.find((device) => device === text('device')) ?? 'auto',
    workerIdleMinutes: number('worker.idleMinutes', 10, [0.05, 1440]),
    workerNodePath: text('worker.nodePath'),
  };
}

const INK_ON_LIGHT = '#1f2328';
const INK_ON_DARK = '#f0f3f6';

/** The colour that `currentColor` stands for in this workspace's icons. */
export function inkColor(): string {
  const { tuneInkColor } = readSettings();
  if (tuneInkColor !== 'theme') return tuneInkColor === '' ? INK_ON_LIGHT : tuneInkColor;
  const { kind } = vscode.window.activeColorTheme;
  const dark = kind === vscode.ColorThemeKind.Dark || kind === vscode.ColorThemeKind.HighContrast;
  return dark ? INK_ON_DARK : INK_ON_LIGHT;
}
