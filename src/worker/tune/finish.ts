/** A finished training becomes a style: LoRA, description and samples, each file whole or not there. */
import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { STYLE_FILES, STYLE_VERSION, withStyleWord, type StyleFile } from '../../domain/style';
import { VERSION } from '../../domain/version';
import { writePeftLora } from '../../engine/lora/write-lora';
import { fileError } from '../../files/file-error';
import { replaceFile } from '../../files/replace-file';
import { float32 } from '../../engine/tensors/tensor';
import type { TrainingSettings } from '../../engine/training/settings';
import type { Trainer } from '../../engine/training/trainer';
import type { ProbeGrid } from '../../contract/tune-api';
import type { TuneRequest } from './training-folder';

export interface FinishedTraining {
  readonly request: TuneRequest;
  readonly settings: TrainingSettings;
  readonly trainer: Trainer;
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
  request,
  settings,
  trainer,
  before,
  after,
}: FinishedTraining): Promise<SavedSamples> {
  const { styleDir } = request;
  const saved = await saveSamples(path.join(styleDir, STYLE_FILES.samples), before, after);
  const { identity } = trainer.record;
  const steps = await saveLora(path.join(styleDir, STYLE_FILES.lora), { settings, trainer });
  const style: StyleFile = {
    version: STYLE_VERSION,
    name: request.name,
    styleWord: request.styleWord,
    model: { id: request.modelId, sha256: identity.model },
    rank: settings.rank,
    alpha: settings.alpha,
    targets: settings.targets,
    steps,
    learningRate: settings.learningRate,
    seed: settings.seed,
    dataHash: identity.data,
    engine: VERSION,
    created: new Date().toISOString(),
    samples: request.probes.map((name, index) => ({
      prompt: withStyleWord(name, request.styleWord),
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
  { settings, trainer }: Pick<FinishedTraining, 'settings' | 'trainer'>,
): Promise<number> {
  const { identity, best } = trainer.record;
  const steps = best?.step ?? trainer.state.step;
  const matrices = new Map(
    [...trainer.result].map(([name, data]) => [name, float32(data, trainer.state.matrices.get(name)?.shape ?? [])]),
  );
  const { model: baseModel, data } = identity;
  await writePeftLora(file, matrices, { ...settings, baseModel, data, steps, engine: VERSION });
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
