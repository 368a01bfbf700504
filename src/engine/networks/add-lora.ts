/** Low-rank additions to layers: y + scale · B(A x). A and B are graph inputs, so they can be trained, mixed and exchanged while a session lives. */
import type { Dim, Shape, Value } from '../graph/graph';
import { Add, Mul } from '../graph/ops/index';
import { loraNames } from './lora-slots';
import type { Module } from './module';

/** How a kind of layer applies a weight: the layer's own geometry for A, a plain product for B. */
export interface LowRankForm {
  readonly shapeA: (rank: Dim) => Shape;
  readonly shapeB: (rank: Dim) => Shape;
  readonly applyA: (weight: Value) => Value;
  readonly applyB: (hidden: Value, weight: Value) => Value;
}

/** y, with the low-rank addition of this layer when it has one (LoRA, arXiv 2106.09685, equation 3). */
export function addLora(m: Module, y: Value, form: LowRankForm): Value {
  const layer = m.extras.lora?.get(m.path);
  if (layer === undefined) return y;
  const { g } = m;
  const { rank, scale } = layer;
  const names = loraNames(m.path);
  const A = g.input(names.A, 'float32', form.shapeA(rank));
  const B = g.input(names.B, 'float32', form.shapeB(rank));
  const addition = form.applyB(form.applyA(A), B);
  const scaled = scale === 1 ? addition : Mul(g, addition, scale, m.pathOf('lora.scaled'));
  return Add(g, y, scaled, m.pathOf('lora'));
}
