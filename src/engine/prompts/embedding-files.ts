/** Reads files of textual inversion: vectors that a prompt's words stand for, in every layout that tools write as safetensors. */
import path from 'node:path';
import { UserError } from '../../domain/errors';
import { openSafetensors, readTensor } from '../checkpoints/safetensors';
import type { WeightTensor } from '../checkpoints/weight-source';
import { toFloat32 } from '../tensors/dtype';
import type { EmbeddedWord } from './embeddings';

/** Vectors of one word: far more than any window has is a file of something else. */
const MOST_VECTORS = 256;

/** A1111's names for the vectors of SDXL's two text encoders, in their order. */
const BY_ENCODER = ['clip_l', 'clip_g'];
/** A1111's name in files for one text encoder. */
const UNNAMED = 'emb_params';

/**
 * The words of a file, for each of the text encoders by component. `widths`: of a token's vector, by component, in the model's order.
 * diffusers names a tensor by the word it stands for (`<fox>`); A1111 calls it `emb_params`, or `clip_l` and `clip_g` for SDXL, and the
 * word is `name`, that of the file. Throws `bad-request` where the vectors do not fit the model, `bad-checkpoint`
 * for a file of something else.
 */
export async function readEmbedding(
  file: string,
  widths: Readonly<Record<string, number>>,
  name = path.basename(file).replace(/\.safetensors$/i, ''),
): Promise<Readonly<Record<string, EmbeddedWord>>[]> {
  const { tensors } = await openSafetensors(file);
  const components = Object.entries(widths);
  const byEncoder = BY_ENCODER.slice(0, components.length).map((key) => tensors.get(key));
  if (byEncoder.some((tensor) => tensor !== undefined)) {
    const parts = components.map(([component, width], index) => ({ component, width, tensor: byEncoder[index] }));
    return [await wordOf(file, name, parts)];
  }
  const words = [...tensors.values()].filter(({ shape }) => shape.length === 1 || shape.length === 2);
  if (words.length === 0 || words.length < tensors.size) {
    throw new UserError('bad-checkpoint', `${file} holds no textual inversion: expected vectors only.`);
  }
  return Promise.all(
    words.map((tensor) =>
      wordOf(
        file,
        tensor.name === UNNAMED ? name : tensor.name,
        components.map(([component, width]) => ({ component, width, tensor })),
      ),
    ),
  );
}

interface Part {
  readonly component: string;
  readonly width: number;
  readonly tensor: WeightTensor | undefined;
}

async function wordOf(
  file: string,
  trigger: string,
  parts: readonly Part[],
): Promise<Readonly<Record<string, EmbeddedWord>>> {
  const words: Record<string, EmbeddedWord> = {};
  for (const { component, width, tensor } of parts) {
    words[component] = { trigger, vectors: await vectorsOf(file, component, { width, tensor }) };
  }
  return words;
}

async function vectorsOf(
  file: string,
  component: string,
  { width, tensor }: Omit<Part, 'component'>,
): Promise<Float32Array[]> {
  const found = tensor?.shape.at(-1) ?? 0;
  if (tensor === undefined || found !== width) {
    const what = tensor === undefined ? 'no vectors' : `vectors of ${found} numbers`;
    throw new UserError(
      'bad-request',
      `${file} holds ${what} for the model's ${component}, which takes vectors of ${width}: it was made for another kind of model.`,
    );
  }
  const data = toFloat32(await readTensor(tensor));
  const count = data.length / width;
  if (count < 1 || count > MOST_VECTORS) {
    throw new UserError(
      'bad-checkpoint',
      `${file} holds ${count} vectors for one word; expected 1 to ${MOST_VECTORS}.`,
    );
  }
  return Array.from({ length: count }, (_, index) => data.slice(index * width, (index + 1) * width));
}
