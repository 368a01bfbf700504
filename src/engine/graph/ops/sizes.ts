/** Sizes as values of the graph, for operators that take a shape as an input. */
import { terms, type Term } from '../dims';
import type { Dim, GraphBuilder, Value } from '../graph';
import { emitOne, vector } from './operand';

/** An int64 vector of sizes: a constant when all are known, else read from the shapes of values that carry them. */
export function dimsValue(g: GraphBuilder, dims: readonly Dim[]): Value {
  if (dims.every((dim) => typeof dim === 'number')) return vector(g, dims, 'shape');
  const parts = dims.map((dim) => (typeof dim === 'number' ? vector(g, [dim], 'size') : symbolValue(g, dim)));
  return parts.length === 1 && parts[0] !== undefined
    ? parts[0]
    : emitOne(g, 'Concat', { inputs: parts, attributes: { axis: 0 }, hint: 'shape' });
}

/** One symbolic size as an int64 vector of length 1. */
function symbolValue(g: GraphBuilder, dim: string): Value {
  const source = g.sourceOf(dim);
  if (source !== undefined) {
    const attributes = { start: source.axis, end: source.axis + 1 };
    return emitOne(g, 'Shape', { inputs: [source.value], attributes, hint: 'size' });
  }
  return combined(
    g,
    'Add',
    terms(dim).map((term) => termValue(g, term, dim)),
  );
}

function termValue(g: GraphBuilder, { coefficient, atoms }: Term, dim: string): Value {
  const factors = atoms.map((atom) => {
    if (g.sourceOf(atom) === undefined) throw new Error(`Nothing in graph ${g.name} has the size ${dim}`);
    return symbolValue(g, atom);
  });
  const plain = coefficient === 1 && factors.length > 0 ? [] : [vector(g, [coefficient], 'size')];
  return combined(g, 'Mul', [...plain, ...factors]);
}

function combined(g: GraphBuilder, op: 'Add' | 'Mul', values: readonly Value[]): Value {
  return values.reduce((a, b) => emitOne(g, op, { inputs: [a, b], attributes: {}, hint: 'size' }));
}
