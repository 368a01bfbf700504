import { describe, expect, it } from 'vitest';
import type { Lora, LowRankLayers } from '../../../../src/engine/lora/loaded-lora';
import { mixLoras } from '../../../../src/engine/lora/mix-loras';
import { loraNames } from '../../../../src/engine/networks/lora-slots';
import { float32 } from '../../../../src/engine/tensors/tensor';
import { layersOf, merged, randomLora, tinyBase } from '../../../support/lora-files';

const LAYERS = layersOf(tinyBase('unet_single'));

function lora(unet: LowRankLayers, text: LowRankLayers = new Map()): Lora {
  const layers = new Map([
    ['unet', unet],
    ['text_encoder', text],
  ]);
  return { layers, origin: 'test', baseModel: undefined };
}

describe('a mix of LoRAs', () => {
  const attention = LAYERS.filter(({ path }) => path.includes('attn'));
  const convolutions = LAYERS.filter(({ path }) => path.endsWith('conv1') || path.endsWith('attn1.to_q'));
  const first = randomLora(attention, 2, 1);
  const second = new Map([...randomLora(convolutions, 3, 2)].map(([path, one]) => [path, { ...one, scale: 0.5 }]));

  it('adds up to the sum of what each adds, in every layer that any changes', () => {
    const mix = mixLoras(
      [
        { lora: lora(first), weight: 0.7 },
        { lora: lora(second), weight: -2 },
      ],
      'unet',
    );
    expect([...mix.slots.keys()].sort()).toEqual([...new Set([...first.keys(), ...second.keys()])].sort());
    for (const { path, shape } of LAYERS.filter((layer) => mix.slots.has(layer.path))) {
      const names = loraNames(path);
      const both = { A: mix.feeds[names.A]!, B: mix.feeds[names.B]!, scale: 1 };
      let expected = float32(new Float32Array(shape.reduce((size, dim) => size * dim, 1)), shape);
      const got = merged(expected, both);
      for (const [part, weight] of [
        [first.get(path), 0.7],
        [second.get(path), -2],
      ] as const) {
        if (part !== undefined) expected = merged(expected, part, weight);
      }
      expect(got.data, path).toBeAllclose(expected.data, 1e-6);
    }
  });

  it('leaves out what weighs nothing, and is empty without LoRAs', () => {
    expect(mixLoras([{ lora: lora(first), weight: 0 }], 'unet').slots.size).toBe(0);
    expect(mixLoras([], 'unet')).toEqual({ slots: new Map(), feeds: {} });
    expect(mixLoras([{ lora: lora(first), weight: 1 }], 'text_encoder').slots.size).toBe(0);
  });

  it('adds zeros in the same layers for what has not begun', () => {
    const both = [
      { lora: lora(first), weight: 0.7 },
      { lora: lora(second), weight: 2, start: 0.5 },
    ];
    const [before, after] = [mixLoras(both, 'unet', 0.4), mixLoras(both, 'unet', 0.5)];
    expect(after).toEqual(mixLoras(both, 'unet'));
    expect([...before.slots]).toEqual([...after.slots]);
    for (const path of convolutions.map((layer) => layer.path).filter((one) => !first.has(one))) {
      const B = before.feeds[loraNames(path).B]!;
      expect(
        B.data.every((value) => value === 0),
        path,
      ).toBe(true);
      expect(B.shape).toEqual(after.feeds[loraNames(path).B]!.shape);
    }
    const [untouched] = attention.map(({ path }) => path).filter((path) => !second.has(path));
    expect(before.feeds[loraNames(untouched!).B]).toEqual(after.feeds[loraNames(untouched!).B]);
  });

  it('does not touch the LoRA itself', () => {
    const before = structuredClone([...first]);
    mixLoras([{ lora: lora(first), weight: 5 }], 'unet');
    expect([...first]).toEqual(before);
  });
});
