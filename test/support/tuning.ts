/** Trainings for process tests: a tiny model, a small icon set, and a request that takes a second. */
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { TrainingPlace } from '../../src/contract/tune-api';
import type { RequestFor } from '../../src/product/training';
import { writeIcons } from './icon-sets';
import { writeTinyModel } from './tiny-pipeline';
import { temporaryFolder } from './worker-harness';

export interface TuneSetup {
  readonly folder: string;
  readonly modelPath: string;
  readonly icons: string;
  /** A training of ten icons, two held out, into the style "house" of this folder. */
  readonly params: (changes?: TuneChanges) => StyleParams;
}

export type StyleParams = RequestFor<'style'> & { readonly jobId: string };
/** Fields of the request, and of its goal. */
export type TuneChanges = Partial<Omit<StyleParams, 'goal'> & Omit<StyleParams['goal'], 'kind'>>;

/** Where `tuneStatus` looks. */
export function styleAt(styleDir: string): { readonly place: TrainingPlace } {
  return { place: { kind: 'style', styleDir } };
}

export async function tuneSetup(): Promise<TuneSetup> {
  const folder = temporaryFolder();
  const modelPath = await writeTinyModel(path.join(folder, 'model'));
  const icons = writeIcons(path.join(folder, 'icons'), 10);
  const params = (changes: TuneChanges = {}): StyleParams => {
    const { name = 'house', styleWord = 'house style', probes = ['rocket'], styleDir, ...others } = changes;
    return {
      jobId: randomUUID(),
      goal: {
        kind: 'style',
        name,
        styleWord,
        probes,
        styleDir: styleDir ?? path.join(folder, '.fourstep/styles/house'),
      },
      modelPath,
      modelId: 'tiny',
      device: 'cpu',
      folder: icons,
      currentColor: '#1f2328',
      icons: Array.from({ length: 10 }, (_, index) => ({
        id: `shape-${String.fromCharCode(97 + index)}.svg`,
        caption: `shape ${String.fromCharCode(97 + index)}`,
        heldOut: index >= 8,
      })),
      root: styleDir === undefined ? folder : path.dirname(styleDir),
      replace: false,
      resume: false,
      ...others,
      settings: { steps: 6, batchSize: 2, rank: 2, alpha: 2, seed: 1, ...changes.settings },
    };
  };
  return { folder, modelPath, icons, params };
}

/** A training that goes on until something ends it. */
export function endless({ params }: TuneSetup, changes: TuneChanges = {}): StyleParams {
  return params({ ...changes, settings: { steps: 100_000, checkpointEvery: 2, ...changes.settings } });
}

/** Paths of all files in the folder, with "/", sorted. */
export function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}
