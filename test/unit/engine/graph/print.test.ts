import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { GraphBuilder } from '../../../../src/engine/graph/graph';
import { Add, Conv, MultiHeadAttention, Relu, Reshape, Transpose } from '../../../../src/engine/graph/ops/index';
import { printGraph } from '../../../../src/engine/graph/print';
import { float32 } from '../../../../src/engine/tensors/tensor';

const golden = join(import.meta.dirname, '../../../fixtures/graph.txt');

it('a printed graph is its golden text (UPDATE_GOLDEN=1 writes it anew)', () => {
  const g = new GraphBuilder('example');
  const x = g.input('sample', 'float32', ['batch', 4, 'height', 'width']);
  const weight = g.weight({
    name: 'conv_in.weight',
    dtype: 'float32',
    shape: [16, 4, 3, 3],
    file: '/models/unet.safetensors',
    offset: 1256,
    length: 2304,
  });
  const bias = g.constant(float32(new Float32Array(16).fill(0.5), [16]), 'bias');
  const hidden = Relu(g, Conv(g, x, weight, bias, { strides: [2, 2], pads: [1, 1, 1, 1] }, 'conv_in'));
  const tokens = Transpose(g, Reshape(g, hidden, ['batch', 16, -1]), [0, 2, 1], 'tokens');
  g.output('out', Add(g, MultiHeadAttention(g, tokens, tokens, tokens, { num_heads: 2 }), tokens));
  const text = printGraph(g.finish());
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
  expect(text).toBe(readFileSync(golden, 'utf8'));
});
