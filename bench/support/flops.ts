/** Floating-point operations of a graph at given sizes, counted from its shapes. */
import { evaluate } from '../../src/engine/graph/dims';
import type { Graph, Node, Shape, Value } from '../../src/engine/graph/graph';

/** Multiplications and additions of Conv, MatMul, Gemm and attention; everything else is small beside them. */
export function countFlops(graph: Graph, symbols: Readonly<Record<string, number>>): number {
  const sizes = new Map(Object.entries(symbols));
  const shapeOf = (shape: Shape): number[] =>
    shape.map((dim) => {
      const size = evaluate(dim, sizes);
      if (size === undefined) throw new Error(`${graph.name}: the size of ${String(dim)} is not known`);
      return size;
    });
  return graph.nodes.reduce((sum, node) => sum + flopsOf(node, shapeOf), 0);
}

function flopsOf(node: Node, shapeOf: (shape: Shape) => number[]): number {
  const input = (index: number): number[] => shapeOf(required(node.inputs[index], node).shape);
  const output = (): number => shapeOf(required(node.outputs[0], node).shape).reduce((a, b) => a * b, 1);
  switch (node.op) {
    case 'Conv':
      return (
        2 *
        output() *
        input(1)
          .slice(1)
          .reduce((a, b) => a * b, 1)
      );
    case 'MatMul':
    case 'FusedMatMul':
      return 2 * output() * (input(0).at(-1) ?? 1);
    case 'MultiHeadAttention': {
      const [batch = 1, queries = 1, channels = 1] = input(0);
      return 4 * batch * queries * (input(1)[1] ?? 1) * channels;
    }
    default:
      return 0;
  }
}

function required(value: Value | undefined, node: Node): Value {
  if (value === undefined) throw new Error(`${node.name}: an input is missing`);
  return value;
}
