import { describe, expect, it } from 'vitest';
import type { WeightSource, WeightTensor } from '../../../../src/engine/checkpoints/weight-source';
import { LORA_BLOCK_NAMES, targetLayers } from '../../../../src/engine/training/lora-targets';

const KEYS = [
  'conv_in.weight',
  'down_blocks.0.resnets.0.conv1.weight',
  'mid_block.attentions.0.transformer_blocks.0.attn1.to_q.weight',
  'up_blocks.1.resnets.0.conv1.weight',
  'up_blocks.0.attentions.0.transformer_blocks.0.attn2.to_out.0.weight',
  'up_blocks.0.attentions.0.transformer_blocks.0.attn2.to_out.0.bias',
  'up_blocks.0.resnets.0.time_emb_proj.weight',
];

function weightsOf(keys: readonly string[]): WeightSource {
  const tensorOf = (name: string): WeightTensor => ({
    name,
    dtype: 'float32',
    shape: [1],
    file: '',
    offset: 0,
    length: 4,
  });
  return { origin: 'unet.safetensors', tensors: new Map(keys.map((key) => [key, tensorOf(key)])) };
}

const layersOf = (targets: Parameters<typeof targetLayers>[1]['targets'], blocks = LORA_BLOCK_NAMES): string[] => [
  ...targetLayers(weightsOf(KEYS), { rank: 4, alpha: 8, targets, blocks }).keys(),
];

describe('layers that get a LoRA', () => {
  it('are those of the targets, in all blocks', () => {
    expect(layersOf(['attention'])).toEqual([
      'mid_block.attentions.0.transformer_blocks.0.attn1.to_q',
      'up_blocks.0.attentions.0.transformer_blocks.0.attn2.to_out.0',
    ]);
    expect(layersOf(['convolutions', 'time'])).toEqual([
      'down_blocks.0.resnets.0.conv1',
      'up_blocks.0.resnets.0.time_emb_proj',
      'up_blocks.1.resnets.0.conv1',
    ]);
  });

  it('are only those of the blocks that are asked for', () => {
    expect(layersOf(['attention', 'convolutions'], ['up'])).toEqual([
      'up_blocks.0.attentions.0.transformer_blocks.0.attn2.to_out.0',
      'up_blocks.1.resnets.0.conv1',
    ]);
    expect(layersOf(['attention', 'convolutions'], ['down', 'middle'])).toEqual([
      'down_blocks.0.resnets.0.conv1',
      'mid_block.attentions.0.transformer_blocks.0.attn1.to_q',
    ]);
  });

  it('have alpha divided by the rank as their scale', () => {
    const layers = targetLayers(weightsOf(KEYS), { rank: 4, alpha: 8, targets: ['time'], blocks: ['up'] });
    expect([...layers.values()]).toEqual([{ rank: 4, scale: 2 }]);
  });

  it('are missed in a model that has none of them, naming file, targets and blocks', () => {
    expect(() => layersOf(['time'], ['down', 'middle'])).toThrow(
      'unet.safetensors has no layer for LoRA on time in the blocks down, middle.',
    );
  });
});
