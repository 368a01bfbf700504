import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gradients } from '../../../../../src/engine/graph/autodiff/gradients';
import { checkGraph } from '../../../../../src/engine/graph/check';
import { GraphBuilder, type GraphForm } from '../../../../../src/engine/graph/graph';
import * as ops from '../../../../../src/engine/graph/ops/index';
import { printGraph } from '../../../../../src/engine/graph/print';

const golden = join(import.meta.dirname, '../../../../fixtures/backward-graph.txt');
const FORM: GraphForm = { provider: 'cpu', differentiable: true };

/** A frozen layer with a low-rank addition of rank 2 that is trained, made again on the way back. */
function backwardGraph(): ReturnType<GraphBuilder['finish']> {
  const g = new GraphBuilder('a low-rank layer, backward', FORM);
  const x = g.input('x', 'float32', ['batch', 'tokens', 4]);
  const a = g.input('lora_A', 'float32', [2, 4]);
  const b = g.input('lora_B', 'float32', [3, 2]);
  const weight = g.weight({
    name: 'to_q.weight',
    dtype: 'float32',
    shape: [3, 4],
    file: '/models/unet.safetensors',
    offset: 128,
    length: 48,
  });
  const linear = (input: typeof x, matrix: typeof x, name: string): typeof x =>
    ops.MatMul(g, input, ops.Transpose(g, matrix, [1, 0], `${name}.turned`), name);
  const hidden = g.segment(() => {
    const low = linear(linear(x, a, 'down'), b, 'up');
    return ops.Sigmoid(g, ops.Add(g, linear(x, weight, 'to_q'), low, 'sum'), 'gate');
  });
  const loss = ops.ReduceMean(g, ops.Mul(g, hidden, hidden, 'square'), undefined, { keepdims: 0 }, 'mean');
  const [gradA, gradB] = gradients(g, loss, [a, b]);
  g.output('loss', loss);
  g.output('grad.lora_A', gradA!);
  g.output('grad.lora_B', gradB!);
  return g.finish();
}

describe('a backward graph', () => {
  it('passes the checker and is its golden text (UPDATE_GOLDEN=1 writes it anew)', () => {
    const graph = backwardGraph();
    checkGraph(graph);
    const text = printGraph(graph);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
  });

  it('has no gradient of what is frozen', () => {
    const made = backwardGraph().nodes.map(({ name }) => name);
    expect(made).toContain('down.grad.b');
    expect(made.filter((name) => name === 'down.grad.a' || name.startsWith('to_q.grad'))).toEqual([]);
  });
});

describe('gradients are refused with a reason', () => {
  it('for a loss that is no scalar', () => {
    const g = new GraphBuilder('g', FORM);
    const x = g.input('x', 'float32', [2, 3]);
    expect(() => gradients(g, ops.Exp(g, x), [x])).toThrow("The loss 'Exp' has shape [2, 3], not a scalar");
  });

  it('for a value that the loss does not depend on', () => {
    const g = new GraphBuilder('g', FORM);
    const [x, y] = ['x', 'y'].map((name) => g.input(name, 'float32', []));
    expect(() => gradients(g, ops.Exp(g, x!), [x!, y!])).toThrow("The loss 'Exp' does not depend on 'y'");
  });

  it('for an operator without a rule, naming its node', () => {
    const g = new GraphBuilder('g', FORM);
    const x = g.input('x', 'float32', [2, 3]);
    const largest = ops.ReduceMax(g, x, undefined, { keepdims: 0 }, 'block.3.largest');
    expect(() => gradients(g, largest, [x])).toThrow(
      "The ReduceMax node 'block.3.largest' cannot be differentiated: no model is trained through a maximum",
    );
  });
});
