/** Latents and text states of every picture, computed once and read from a file when they are needed. */
import { createHash } from 'node:crypto';
import { throwIfCancelled, UserError } from '../../domain/errors';
import type { Conditioning } from '../families/family';
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
  /** Of its caption, [1, …] each. */
  readonly conditioning: Conditioning;
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
        const conditioning = await pipeline.parts.prompts.encodeCaption(caption);
        for (const [name, tensor] of Object.entries(conditioning)) tensors.set(`${name}.${index}`, tensor);
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
    const names = namesIn(tensors.keys());
    if (!(Number.isSafeInteger(count) && count >= 0 && (1 + names.length) * count === tensors.size)) {
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
      const latents = await read(`latents.${index}`);
      const conditioning: Record<string, Tensor<'float32'>> = {};
      for (const name of names) conditioning[name] = await read(`${name}.${index}`);
      for (const { data } of [latents, ...Object.values(conditioning)])
        hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      examples.push({ latents, conditioning });
    }
    return new TrainingSet(examples, hash.digest('hex'));
  }
}

/** The conditioning's names, in a fixed order: they lie beside the latents as "context.0". */
function namesIn(keys: Iterable<string>): string[] {
  const names = new Set([...keys].map((key) => key.replace(/\.\d+$/, '')));
  names.delete('latents');
  return [...names].sort();
}

export interface ExpectedExamples {
  readonly count: number;
  readonly latents: readonly number[];
  /** Shapes by name. */
  readonly conditioning: Readonly<Record<string, readonly number[]>>;
}

/** Throws `bad-checkpoint` when a saved set is not the one that the icons and the model would give. */
export function checkExamples(set: TrainingSet, expected: ExpectedExamples, file: string): void {
  const { count, latents, conditioning } = expected;
  const texts = Object.values(conditioning).map((shape) => `[${shape.join(', ')}]`);
  const fits = (example: EncodedExample): boolean =>
    String(example.latents.shape) === String(latents) && sameShapes(example.conditioning, conditioning);
  if (set.length === count && set.examples.every(fits)) return;
  throw new UserError(
    'bad-checkpoint',
    `${file} does not belong to this training: expected ${count} pictures of [${latents.join(', ')}] with captions of ${texts.join(' and ')}. Start the training anew.`,
  );
}

function sameShapes(found: Conditioning, expected: ExpectedExamples['conditioning']): boolean {
  const names = new Set([...Object.keys(found), ...Object.keys(expected)]);
  return [...names].every((name) => String(found[name]?.shape) === String(expected[name]));
}
