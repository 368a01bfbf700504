/** Random choices of training, all functions of the seed and of what they are for: a run can go on anywhere. */
import { philox4x32 } from '../tensors/philox';

/** Streams under the training's seed; noise takes those from `noise` on. */
const STREAMS = { order: 1, pairs: 2, omegas: 3, noise: 16 } as const;

export type ChoiceStream = Exclude<keyof typeof STREAMS, 'noise'>;

/** Number `index` of a stream, uniform in [0, 1). */
export function uniform(seed: number, stream: ChoiceStream, index: number): number {
  const [word] = philox4x32(
    [index % 2 ** 32, Math.floor(index / 2 ** 32), STREAMS[stream], 1],
    [seed % 2 ** 32, Math.floor(seed / 2 ** 32)],
  );
  return word / 2 ** 32;
}

/** The noise stream of one training item, counted from the start of the training. */
export function noiseStream(index: number): number {
  return STREAMS.noise + index;
}

/** The numbers 0 … count − 1 in the order of one epoch (Fisher & Yates). */
export function shuffled(seed: number, count: number, epoch: number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(uniform(seed, 'order', epoch * count + i) * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}
