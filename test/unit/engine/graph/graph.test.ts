import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../../../src/engine/graph/check';
import { GraphBuilder, type Graph } from '../../../../src/engine/graph/graph';
import { Add, Conv, MatMul, Mul, Relu, Reshape, Resize, scalar, Split } from '../../../../src/engine/graph/ops/index';
import { float32 } from '../../../../src/engine/tensors/tensor';
import type { WeightTensor } from '../../../../src/engine/checkpoints/weight-source';

const names = (graph: Graph): string[] => graph.nodes.flatMap(({ outputs }) => outputs.map(({ name }) => name));

describe('GraphBuilder outputs', () => {
  it('are renamed where they are made, everywhere they are used', () => {
    const g = new GraphBuilder('renamed');
    const a = Relu(g, g.input('x', 'float32', ['n']), 'hidden');
    const b = Mul(g, a, a, 'square');
    g.output('first', a);
    g.output('second', b);
    const graph = g.finish();
    expect(names(graph)).toEqual(['first', 'second']);
    expect(graph.nodes[1]!.inputs.map((value) => value!.name)).toEqual(['first', 'first']);
    checkGraph(graph);
  });

  it('are copied when they are an input or an output already', () => {
    const g = new GraphBuilder('copied');
    const x = g.input('x', 'float32', ['n']);
    const y = Relu(g, x);
    g.output('same', x);
    g.output('y', y);
    g.output('again', y);
    const graph = g.finish();
    expect(graph.outputs.map(({ name }) => name)).toEqual(['same', 'y', 'again']);
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Relu', 'Identity', 'Identity']);
    checkGraph(graph);
  });

  it('refuse a name that something else has', () => {
    const g = new GraphBuilder('taken');
    const x = g.input('x', 'float32', ['n']);
    expect(() => {
      g.output('x', Relu(g, x));
    }).toThrow("the name 'x' is taken already");
  });

  it('keep a name that the value has anyway', () => {
    const g = new GraphBuilder('kept');
    g.output('y', Relu(g, g.input('x', 'float32', ['n']), 'y'));
    expect(names(g.finish())).toEqual(['y']);
  });
});

describe('operator functions', () => {
  const image = (): { g: GraphBuilder; x: ReturnType<GraphBuilder['input']> } => {
    const g = new GraphBuilder('shapes');
    return { g, x: g.input('x', 'float32', ['batch', 4, 'height', 'width']) };
  };

  it('keep free sizes through a down- and upsampling of odd images', () => {
    const { g, x } = image();
    const w = g.constant(float32(new Float32Array(8 * 4 * 9), [8, 4, 3, 3]));
    const down = Conv(g, x, w, undefined, { strides: [2, 2], pads: [1, 1, 1, 1] });
    expect(down.shape).toEqual(['batch', 8, 'ceil(height/2)', 'ceil(width/2)']);
    expect(Resize(g, down, { scale: 2 }).shape).toEqual(['batch', 8, '2*ceil(height/2)', '2*ceil(width/2)']);
    expect(Resize(g, down, { dims: ['batch', 8, 'height', 'width'] }).shape).toEqual(['batch', 8, 'height', 'width']);
  });

  it('reshape with a constant target when one free size is enough', () => {
    const { g, x } = image();
    Reshape(g, x, ['batch', 4, 'height*width']);
    const graph = g.finish();
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Reshape']);
    expect([...(graph.initializers[0] as { tensor: { data: BigInt64Array } }).tensor.data]).toEqual([0n, 4n, -1n]);
  });

  it('reshape with sizes read at run time when several are free', () => {
    const { g, x } = image();
    const flat = Reshape(g, x, ['batch', 4, 'height*width']);
    expect(Reshape(g, flat, ['batch', 2, 2, 'height', 'width']).shape).toEqual(['batch', 2, 2, 'height', 'width']);
  });

  it('refuse a size that nothing in the graph has', () => {
    const { g, x } = image();
    expect(() => Resize(g, x, { dims: ['batch', 4, 'depth', 'width'] })).toThrow(
      'Nothing in graph shapes has the size depth',
    );
  });

  it('name the node and its inputs when shapes do not fit', () => {
    const { g, x } = image();
    const w = g.constant(float32(new Float32Array(72), [2, 4, 3, 3]), 'w');
    expect(() => MatMul(g, x, w, 'scores')).toThrow(
      "MatMul node 'scores': the inner sizes differ; inputs: x float32[batch, 4, height, width], w float32[2, 4, 3, 3]",
    );
    expect(() => Reshape(g, x, ['batch', 5, 'height', 'width'], 'r')).toThrow("Reshape node 'r'");
    expect(() => Split(g, x, [1, 2], { axis: 1 })).toThrow('the parts must add up to 4');
    expect(() => Add(g, x, scalar(g, 1, 'int64'))).toThrow('inputs must have one dtype');
  });

  it('turn a number into a constant of the other operand', () => {
    const g = new GraphBuilder('numbers');
    const n = g.input('n', 'int64', ['length']);
    expect(Add(g, n, 1)).toMatchObject({ dtype: 'int64', shape: ['length'] });
  });
});

describe('GraphBuilder weights', () => {
  const source = (file: string): WeightTensor => ({
    name: 'w',
    dtype: 'float32',
    shape: [2],
    file,
    offset: 0,
    length: 8,
  });

  it('are one initializer each, also when two files use the same name', () => {
    const g = new GraphBuilder('weights');
    const [a, b] = [source('/a'), source('/b')];
    expect([a, b, a, b].map((tensor) => g.weight(tensor).name)).toEqual(['w', 'w_1', 'w', 'w_1']);
    expect(g.finish().initializers).toHaveLength(2);
  });
});
