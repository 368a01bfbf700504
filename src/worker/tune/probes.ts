/** The probe grid: the same names, drawn with the same seeds, while a training changes the model. */
import { STYLE_START, withStyleWord } from '../../domain/style';
import { encodeImage } from '../../pictures/codec';
import type { Pipeline } from '../../engine/sampling/pipeline';
import { replaceFile } from '../../files/replace-file';
import type { LoraFeeds } from '../../engine/training/networks';
import { pipelineWith } from '../../engine/training/training-sessions';
import type { PreparedTraining } from './prepare';
import type { ProbeGrid } from '../../contract/tune-api';

/** Any will do; what matters is that it stays. */
const SEED = 1;
export const PROBE_STEPS = 4;

export interface ProbeOptions {
  readonly names: readonly string[];
  readonly styleWord: string;
  /** diffusers' guidance_scale. */
  readonly guidance: number;
  readonly fileOf: (step: number, index: number) => string;
}

/** Draws all probes with these matrices, and writes them. */
export async function drawProbes(
  { pipeline, training }: Pick<PreparedTraining, 'pipeline' | 'training'>,
  lora: LoraFeeds,
  step: number,
  { names, styleWord, guidance, fileOf }: ProbeOptions,
): Promise<ProbeGrid> {
  const tuned = pipelineWith(pipeline, training.parts.target, lora, STYLE_START);
  const pictures: string[] = [];
  for (const [index, name] of names.entries()) {
    const file = fileOf(step, index);
    const bytes = await encodeImage(await draw(tuned, withStyleWord(name, styleWord), guidance), { format: 'png' });
    await replaceFile(file, async (handle) => {
      await handle.writeFile(bytes);
    });
    pictures.push(file);
  }
  return { step, pictures };
}

async function draw(pipeline: Pipeline, prompt: string, guidance: number): ReturnType<Pipeline['decode']> {
  const { defaultSize, defaultSampler } = pipeline.info;
  const { images } = await pipeline.generate({
    prompt,
    negativePrompt: '',
    seeds: [SEED],
    steps: PROBE_STEPS,
    guidance,
    sampler: defaultSampler,
    ...defaultSize,
  });
  const [image] = images;
  if (image === undefined) throw new Error('The pipeline returned no picture for one seed.');
  return image;
}
