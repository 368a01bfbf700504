/** The numbers inside small integer tensors (shapes, sizes, axes), symbolic where they come from free dimensions. */
import type { Tensor } from '../../tensors/tensor';
import { product } from '../dims';
import type { Dim, Node, Value } from '../graph';

interface Surroundings {
  readonly constant: (value: Value) => Tensor | undefined;
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

function producedContents(node: Node, graph: Surroundings): readonly Dim[] | undefined {
  const inputs = (): (readonly Dim[])[] | undefined => {
    const known = node.inputs.map((input) => (input === undefined ? undefined : contentsOf(input, graph)));
    return known.every((dims) => dims !== undefined) ? known : undefined;
  };
  switch (node.op) {
    case 'Shape': {
      const { start, end } = (node as Node<'Shape'>).attributes;
      return node.inputs[0]?.shape.slice(start, end);
    }
    case 'Concat':
      return inputs()?.flat();
    case 'Identity':
      return inputs()?.[0];
    case 'Mul':
      return elementwise(inputs(), product);
    case 'Squeeze':
    case 'Unsqueeze':
    case 'Reshape':
    case 'Cast': {
      const [source] = node.inputs;
      const integer = node.outputs[0]?.dtype === 'int64' || node.outputs[0]?.dtype === 'int32';
      return source !== undefined && integer ? contentsOf(source, graph) : undefined;
    }
    default:
      return undefined;
  }
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
