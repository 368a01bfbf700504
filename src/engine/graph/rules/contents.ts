/** The numbers inside small integer tensors (shapes, sizes, axes), symbolic where they come from free dimensions. */
import type { Tensor } from '../../tensors/tensor';
import type { OpName } from '../attributes';
import { product, sum } from '../dims';
import type { Dim, Node, Value } from '../value';

/** The graph around a value. */
export interface Surroundings {
  /** The inline constant behind a value. */
  readonly constant: (value: Value) => Tensor | undefined;
  /** The node that makes a value. */
  readonly producer: (value: Value) => Node | undefined;
}

/** Longer tensors are data, not shapes. */
const LONGEST = 64;

/** The elements of a scalar or vector of integers, or undefined when the graph does not determine them. */
export function contentsOf(value: Value, graph: Surroundings): readonly Dim[] | undefined {
  const constant = graph.constant(value);
  if (constant !== undefined) return constantContents(constant);
  const node = graph.producer(value);
  if (node === undefined) return undefined;
  return producedContents(node, graph);
}

function constantContents(tensor: Tensor): readonly Dim[] | undefined {
  if (tensor.dtype !== 'int64' && tensor.dtype !== 'int32' && tensor.dtype !== 'float32') return undefined;
  return tensor.data.length > LONGEST ? undefined : Array.from(tensor.data, Number);
}

type Reader = (node: Node, operands: () => readonly (readonly Dim[])[] | undefined) => readonly Dim[] | undefined;

const sameElements: Reader = ({ inputs: [source], outputs: [result] }, operands) =>
  source?.dtype === result?.dtype || result?.dtype === 'int64' ? operands()?.[0] : undefined;

/** How the operators that shape arithmetic is made of act on known numbers. */
const READERS: Readonly<Partial<Record<OpName, Reader>>> = {
  Shape: (node) => {
    const { start, end } = (node as Node<'Shape'>).attributes;
    return node.inputs[0]?.shape.slice(start, end);
  },
  Concat: (_, operands) => operands()?.flat(),
  Add: (_, operands) => elementwise(operands(), sum),
  Mul: (_, operands) => elementwise(operands(), product),
  Identity: sameElements,
  Cast: sameElements,
  Squeeze: sameElements,
  Unsqueeze: sameElements,
};

function producedContents(node: Node, graph: Surroundings): readonly Dim[] | undefined {
  return READERS[node.op]?.(node, () => {
    const known = node.inputs.map((input) => (input === undefined ? undefined : contentsOf(input, graph)));
    return known.every((dims) => dims !== undefined) ? known : undefined;
  });
}

function elementwise(
  operands: readonly (readonly Dim[])[] | undefined,
  combine: (a: Dim, b: Dim) => Dim,
): readonly Dim[] | undefined {
  const [a, b] = operands ?? [];
  if (a === undefined || b === undefined) return undefined;
  const length = Math.max(a.length, b.length);
  const pick = (dims: readonly Dim[], i: number): Dim => dims[dims.length === 1 ? 0 : i] ?? 1;
  return Array.from({ length }, (_, i) => combine(pick(a, i), pick(b, i)));
}
