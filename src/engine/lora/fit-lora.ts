/** Whether the matrices of a LoRA fit the layer they are for. */
import { UserError } from '../../domain/errors';
import type { WeightTensor } from '../checkpoints/weight-source';
import type { AdaptableLayer } from './layer-names';

/** [rank, …] */
type RankFirst = readonly [number, ...number[]];

export interface LowRankShapes {
  /** [rank, in, …kernel] */
  readonly A: RankFirst;
  /** [out, rank, …1] */
  readonly B: readonly number[];
}

/**
 * The shapes that the layer takes; 1×1 convolutions are also stored as linear layers and the other way round.
 * Throws `bad-checkpoint` naming file, layer, and expected and found shapes.
 */
export function fittedLowRank(file: string, layer: AdaptableLayer, A: WeightTensor, B: WeightTensor): LowRankShapes {
  const [out = 0, ...fanIn] = layer.shape;
  const [rank = 0] = A.shape;
  const expected: LowRankShapes = { A: [rank, ...fanIn], B: [out, rank, ...fanIn.slice(1).map(() => 1)] };
  if (rank > 0 && sameButOnes(A.shape, expected.A) && sameButOnes(B.shape, expected.B)) return expected;
  const text = (shape: readonly (number | string)[]): string => `[${shape.join(', ')}]`;
  throw new UserError(
    'bad-checkpoint',
    `${file} does not fit this model: its layer ${layer.path} needs the matrices A ${text(['rank', ...fanIn])} and ` +
      `B ${text([out, 'rank', ...fanIn.slice(1).map(() => 1)])}, the file has ${text(A.shape)} and ${text(B.shape)}.`,
  );
}

/** Equal up to ones at the end, beyond the matrix. */
function sameButOnes(a: readonly number[], b: readonly number[]): boolean {
  const length = Math.max(a.length, b.length);
  const isMatrix = a.length >= 2 && b.length >= 2;
  return isMatrix && Array.from({ length }, (_, axis) => (a[axis] ?? 1) === (b[axis] ?? 1)).every(Boolean);
}
