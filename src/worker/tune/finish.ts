/** A finished training becomes a style: LoRA, description and samples, each file whole or not there. */
import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { STYLE_FILES, STYLE_VERSION, withStyleWord } from '../../domain/style';
import type { StyleFile } from '../../contract/style-file';
import { VERSION } from '../../domain/version';
import { writePeftLora } from '../../engine/lora/write-lora';
import { fileError } from '../../files/file-error';
import { replaceFile } from '../../files/replace-file';
import type { TrainingSettings } from '../../engine/training/settings';
import type { Training } from '../../engine/training/open-training';
import type { ProbeGrid } from '../../contract/tune-api';
import type { StyleGoal } from './goal';

export interface FinishedStyle {
  readonly goal: StyleGoal;
  readonly modelId: string;
  readonly settings: TrainingSettings;
  readonly training: Training;
  readonly before: ProbeGrid;
  readonly after: ProbeGrid;
}

/** The paths of the samples in the style's folder. */
export interface SavedSamples {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Writes the style's files; the description comes last, because it makes the folder a style. Throws `io`. */
export async function saveStyle({
  goal,
  modelId,
  settings,
  training,
  before,
  after,
}: FinishedStyle): Promise<SavedSamples> {
  const { styleDir, name, styleWord, probes } = goal;
  const saved = await saveSamples(path.join(styleDir, STYLE_FILES.samples), before, after);
  const { identity } = training.record;
  const steps = await saveLora(path.join(styleDir, STYLE_FILES.lora), { settings, training });
  const style: StyleFile = {
    version: STYLE_VERSION,
    name,
    styleWord,
    model: { id: modelId, sha256: identity.model },
    rank: settings.rank,
    alpha: settings.alpha,
    targets: settings.targets,
    steps,
    learningRate: settings.learningRate,
    seed: settings.seed,
    dataHash: identity.data,
    engine: VERSION,
    created: new Date().toISOString(),
    samples: probes.map((probe, index) => ({
      prompt: withStyleWord(probe, styleWord),
      before: relative(styleDir, saved.before[index]),
      after: relative(styleDir, saved.after[index]),
    })),
  };
  await replaceFile(path.join(styleDir, STYLE_FILES.style), async (handle) => {
    await handle.writeFile(`${JSON.stringify(style, undefined, 2)}\n`);
  });
  return saved;
}

/** Writes what was learned; returns the step whose weights these are. Throws `io`. */
export async function saveLora(
  file: string,
  { settings, training }: Pick<FinishedStyle, 'settings' | 'training'>,
): Promise<number> {
  const { model: baseModel, data } = training.record.identity;
  const steps = training.loraStep();
  await writePeftLora(file, training.lora(), { ...settings, baseModel, data, steps, engine: VERSION });
  return steps;
}

/** Those of a style that is replaced go. */
async function saveSamples(folder: string, before: ProbeGrid, after: ProbeGrid): Promise<SavedSamples> {
  const keep = (grid: ProbeGrid, when: string): Promise<string[]> =>
    Promise.all(
      grid.pictures.map(async (picture, index) => {
        const file = path.join(folder, `${index + 1}-${when}.png`);
        await cp(picture, file);
        return file;
      }),
    );
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    return { before: await keep(before, 'before'), after: await keep(after, 'after') };
  } catch (error) {
    throw fileError(error, 'write', folder);
  }
}

function relative(folder: string, file = folder): string {
  return path.relative(folder, file).split(path.sep).join('/');
}
