import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../../../src/engine/graph/check';
import { GraphBuilder, type Graph, type Node, type Value } from '../../../../src/engine/graph/graph';
import { Add, MatMul, Relu } from '../../../../src/engine/graph/ops/index';
import { float32 } from '../../../../src/engine/tensors/tensor';

/** y = relu(x w + 1), with one thing about it changed. */
function broken(change: (graph: Graph) => Partial<Graph>): Graph {
  const g = new GraphBuilder('sample');
  const x = g.input('x', 'float32', ['n', 2]);
  const w = g.constant(float32([1, 2, 3, 4], [2, 2]), 'w');
  g.output('y', Relu(g, Add(g, MatMul(g, x, w, 'product'), 1, 'shifted')));
  const graph = g.finish();
  checkGraph(graph);
  return { ...graph, ...change(graph) };
}
const changeNode = (graph: Graph, at: number, change: Partial<Node>): { nodes: Node[] } => ({
  nodes: graph.nodes.map((node, i) => (i === at ? { ...node, ...change } : node)),
});
const value = (name: string, shape: Value['shape'] = ['n', 2]): Value => ({ name, dtype: 'float32', shape });

describe('checkGraph refuses', () => {
  it.each<[string, (graph: Graph) => Partial<Graph>, string]>([
    [
      'a value used before it is made',
      (g) => ({ nodes: [...g.nodes].reverse() }),
      "Relu node 'Relu': uses 'shifted' before anything makes it",
    ],
    [
      'a value made twice',
      (g) => changeNode(g, 1, { outputs: [value('product')] }),
      "Add node 'shifted': defines 'product', which is defined already",
    ],
    [
      'two nodes of one name',
      (g) => changeNode(g, 1, { name: 'product' }),
      "Add node 'product': has the name of another node",
    ],
    [
      'a missing input',
      (g) => changeNode(g, 0, { inputs: [value('x')] }),
      "MatMul node 'product': takes 2 to 2 inputs, not 1",
    ],
    [
      'an omitted required input',
      (g) => changeNode(g, 0, { inputs: [value('x'), undefined] }),
      "MatMul node 'product': input 1 is missing",
    ],
    [
      'a declared shape that is not so',
      (g) => changeNode(g, 0, { outputs: [value('product', ['n', 3])] }),
      "output 'product' is declared float32[n, 3] but is float32[n, 2]",
    ],
    [
      'a declared dtype that is not so',
      (g) => changeNode(g, 0, { outputs: [{ ...value('product'), dtype: 'int64' }] }),
      'is declared int64[n, 2] but is float32[n, 2]',
    ],
    [
      'a value used with another shape than it has',
      (g) => changeNode(g, 2, { inputs: [value('shifted', [1, 2])] }),
      "Relu node 'Relu': uses 'shifted' as float32[1, 2], it is float32[n, 2]",
    ],
    [
      'too many outputs',
      (g) => changeNode(g, 2, { outputs: [value('y'), value('z')] }),
      "Relu node 'Relu': makes 1 outputs, 2 are declared",
    ],
    [
      'an output that nothing makes',
      () => ({ outputs: [value('z')] }),
      "output 'z': uses 'z' before anything makes it",
    ],
    ['an output named twice', () => ({ outputs: [value('y'), value('y')] }), 'y: is an output twice'],
    ['no outputs', () => ({ outputs: [] }), 'has no outputs'],
    ['a size that no input has', () => ({ inputs: [value('x', ['m*n', 2])] }), "the size 'm' of 'x' is no input's"],
    [
      'an initializer with too few bytes',
      (g) => ({
        initializers: [
          { kind: 'inline', value: value('w', [2, 2]), tensor: float32([1], [2, 2]) },
          ...g.initializers.slice(1),
        ],
      }),
      "initializer 'w': float32[2, 2] needs 16 bytes, it has 4",
    ],
    [
      'an initializer with a free size',
      (g) => ({ initializers: [{ kind: 'inline', value: value('w'), tensor: float32([1], [1]) }, ...g.initializers] }),
      "initializer 'w': has a free dimension",
    ],
  ])('%s', (_, change, message) => {
    expect(() => {
      checkGraph(broken(change));
    }).toThrow(message);
  });
});
