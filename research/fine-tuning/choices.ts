/** Choices of the benchmark, fixed by a seed. */
import { philox4x32 } from '../../src/engine/tensors/philox';

/** Number `index` of the stream `seed`, uniform in [0, 1). */
export function uniformIn(seed: number, index: number): number {
  const [word] = philox4x32([index, 0, 0, 0], [seed, 0]);
  return word / 2 ** 32;
}
