/** The yardstick: how fast this machine multiplies large matrices in ONNX Runtime, in the same run. */
import { GraphBuilder } from '../../src/engine/graph/graph';
import { MatMul } from '../../src/engine/graph/ops/index';
import { createSession } from '../../src/engine/runtime/session';
import { float32 } from '../../src/engine/tensors/tensor';
import { timed } from './machine';

const SIZE = 2048;

/** Best GFLOP/s of `runs` products of two 2048×2048 float32 matrices on all cores. */
export async function matmulPeak(runs = 6): Promise<number> {
  const builder = new GraphBuilder('matmul-peak');
  const a = builder.input('a', 'float32', [SIZE, SIZE]);
  const b = builder.input('b', 'float32', [SIZE, SIZE]);
  builder.output('c', MatMul(builder, a, b));
  const session = await createSession(builder.finish(), { device: 'cpu', profile: 'fast' });
  const matrix = float32(new Float32Array(SIZE * SIZE).fill(0.5), [SIZE, SIZE]);
  let best = Infinity;
  for (let i = 0; i < runs; i++) {
    const { seconds } = await timed(() => session.run({ a: matrix, b: matrix }));
    best = Math.min(best, seconds);
  }
  await session.release();
  return (2 * SIZE ** 3) / best / 1e9;
}
