/** Latents and text states of every picture, computed once and read from a file when they are needed. */
import { createHash } from 'node:crypto';
import { throwIfCancelled, UserError } from '../../domain/errors';
import type { Pipeline } from '../sampling/pipeline';
import { seededNoise } from '../sampling/noise-streams';
import type { RawImage } from '../../pictures/raw';
import { openSafetensors, readTensor } from '../checkpoints/safetensors';
import { writeSafetensors } from '../checkpoints/safetensors-writer';
import type { Tensor } from '../tensors/tensor';

/** One picture of the model's size with its caption. */
export interface TrainingExample {
  readonly caption: string;
  readonly image: RawImage;
}

export interface EncodedExample {
  /** [1, channels, height, width] */
  readonly latents: Tensor<'float32'>;
  /** [1, tokens, width] */
  readonly context: Tensor<'float32'>;
}

export interface TrainingSetOptions {
  /** Where the encoded examples go. */
  readonly file: string;
  readonly signal?: AbortSignal;
  /** Runs the encoding of one example when it is its turn; others are served in between. */
  readonly turn?: <T>(work: () => Promise<T>) => Promise<T>;
  readonly onProgress?: (done: number) => void;
}

/** Encoded examples by index. */
export class TrainingSet {
  private constructor(
    readonly examples: readonly EncodedExample[],
    /** SHA-256 over all latents and text states, hex. */
    readonly hash: string,
  ) {}

  get length(): number {
    return this.examples.length;
  }

  /** Encodes the examples with the model. Throws `io` when the file cannot be written. */
  static async prepare(
    pipeline: Pipeline,
    count: number,
    examples: AsyncIterable<TrainingExample>,
    options: TrainingSetOptions,
  ): Promise<TrainingSet> {
    const turn = options.turn ?? (<T>(work: () => Promise<T>): Promise<T> => work());
    const tensors = new Map<string, Tensor>();
    let index = 0;
    for await (const { caption, image } of examples) {
      throwIfCancelled(options.signal);
      await turn(async () => {
        // An autoencoder with a distribution gives one sample of it, the same in every run.
        tensors.set(`latents.${index}`, (await pipeline.encode(image)).sample(seededNoise(index)));
        tensors.set(`context.${index}`, (await pipeline.parts.textEncoder.encode(caption)).states);
      });
      index++;
      options.onProgress?.(index);
    }
    if (index !== count) throw new Error(`${count} examples were announced, ${index} came`);
    await writeSafetensors(options.file, tensors, { count: String(count) });
    return TrainingSet.read(options.file);
  }

  /** Throws `bad-checkpoint` when the file is damaged. */
  static async read(file: string): Promise<TrainingSet> {
    const { tensors, metadata } = await openSafetensors(file);
    const count = Number(metadata.get('count'));
    if (!(Number.isSafeInteger(count) && count >= 0 && 2 * count === tensors.size)) {
      throw new UserError(
        'bad-checkpoint',
        `${file} does not say how many pictures it holds. Start the training anew.`,
      );
    }
    const read = async (name: string): Promise<Tensor<'float32'>> => {
      const tensor = tensors.get(name);
      if (tensor?.dtype !== 'float32')
        throw new UserError('bad-checkpoint', `${file}: the tensor "${name}" is missing. Start the training anew.`);
      return (await readTensor(tensor)) as Tensor<'float32'>;
    };
    const hash = createHash('sha256');
    const examples: EncodedExample[] = [];
    for (let index = 0; index < count; index++) {
      const example = { latents: await read(`latents.${index}`), context: await read(`context.${index}`) };
      for (const { data } of Object.values(example))
        hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      examples.push(example);
    }
    return new TrainingSet(examples, hash.digest('hex'));
  }
}

export interface ExpectedExamples {
  readonly count: number;
  readonly latents: readonly number[];
  readonly context: readonly number[];
}

/** Throws `bad-checkpoint` when a saved set is not the one that the icons and the model would give. */
export function checkExamples(set: TrainingSet, expected: ExpectedExamples, file: string): void {
  const fits = ({ latents, context }: EncodedExample): boolean =>
    String(latents.shape) === String(expected.latents) && String(context.shape) === String(expected.context);
  if (set.length === expected.count && set.examples.every(fits)) return;
  throw new UserError(
    'bad-checkpoint',
    `${file} does not belong to this training: expected ${expected.count} pictures of [${expected.latents.join(', ')}] with captions of [${expected.context.join(', ')}]. Start the training anew.`,
  );
}
