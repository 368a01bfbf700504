/** Several LoRAs as one: their ranks laid side by side, weights and scales multiplied into B. */
import { loraNames, type LoraSlots } from '../networks/lora-slots';
import { float32, sizeOf, type Tensor } from '../tensors/tensor';
import type { AppliedLora, LowRank } from './loaded-lora';

/** What a graph with room for LoRA needs: the layers, and the matrices of the moment. */
export interface LoraMix {
  readonly slots: LoraSlots;
  readonly feeds: Readonly<Record<string, Tensor<'float32'>>>;
}

/** Room for nothing. */
export const NO_LORA: LoraMix = { slots: new Map(), feeds: {} };

interface Weighted extends LowRank {
  readonly weight: number;
}

/**
 * Σ weight · scale · B A for every layer that any of the LoRAs changes. Ranks stay free in the graph, so that one session
 * takes every mix for the same layers. A LoRA of weight 0 is left out: the picture is the one made without it, to the bit.
 * One that has not begun when this share of the noise schedule has `passed` adds zeros: its layers stay, and with them the session.
 */
export function mixLoras(loras: readonly AppliedLora[], component: string, passed = 1): LoraMix {
  const layers = new Map<string, Weighted[]>();
  for (const { lora, weight, start = 0 } of loras.filter((applied) => applied.weight !== 0)) {
    for (const [path, layer] of lora.layers.get(component) ?? []) {
      layers.set(path, [...(layers.get(path) ?? []), { ...layer, weight: start > passed ? 0 : weight }]);
    }
  }
  const paths = [...layers.keys()].sort();
  const slots = new Map(paths.map((path, index) => [path, { rank: `rank_${index}`, scale: 1 }]));
  const feeds = Object.fromEntries(
    paths.flatMap((path) => {
      const names = loraNames(path);
      const { A, B } = sideBySide(layers.get(path) ?? []);
      return [[names.A, A] as const, [names.B, B] as const];
    }),
  );
  return { slots, feeds };
}

function sideBySide(parts: readonly Weighted[]): Pick<LowRank, 'A' | 'B'> {
  const [first] = parts;
  if (first === undefined) throw new Error('A layer without a low-rank addition has no matrices.');
  const rank = parts.reduce((sum, { A }) => sum + (A.shape[0] ?? 0), 0);
  const [, ...fanIn] = first.A.shape;
  const [out = 0, , ...ones] = first.B.shape;
  const A = parts.length === 1 ? first.A : float32(new Float32Array(rank * sizeOf(fanIn)), [rank, ...fanIn]);
  const B = float32(new Float32Array(out * rank), [out, rank, ...ones]);
  let begin = 0;
  for (const part of parts) {
    if (A !== first.A) A.data.set(part.A.data, begin * sizeOf(fanIn));
    putColumns(B, part, begin);
    begin += part.A.shape[0] ?? 0;
  }
  return { A, B };
}

/** Columns [begin, begin + rank of the part) of B. */
function putColumns(B: Tensor<'float32'>, part: Weighted, begin: number): void {
  const [out = 0, width = 0] = B.shape;
  const [, rank = 0] = part.B.shape;
  const factor = part.weight * part.scale;
  for (let row = 0; row < out; row++) {
    for (let column = 0; column < rank; column++) {
      B.data[row * width + begin + column] = factor * (part.B.data[row * rank + column] ?? NaN);
    }
  }
}
