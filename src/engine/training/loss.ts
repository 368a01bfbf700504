/** Distances between the online and the target network's answers, as graphs. */
import type { GraphBuilder, Value } from '../graph/graph';
import { Add, Mul, ReduceMean, Sqrt, Sub } from '../graph/ops/index';

export type Distance = { readonly kind: 'l2' } | { readonly kind: 'huber'; readonly c: number };

/** The mean over all elements of d², or of √(d² + c²) − c (pseudo-Huber; improved consistency training, arXiv 2310.14189). */
export function distance(g: GraphBuilder, a: Value, b: Value, measure: Distance): Value {
  const difference = Sub(g, a, b, 'difference');
  const square = Mul(g, difference, difference, 'square');
  if (measure.kind === 'l2') return ReduceMean(g, square, undefined, { keepdims: 0 }, 'mean_square');
  const root = Sqrt(g, Add(g, square, measure.c ** 2, 'square.lifted'), 'root');
  return ReduceMean(g, Sub(g, root, measure.c, 'huber'), undefined, { keepdims: 0 }, 'mean_huber');
}
