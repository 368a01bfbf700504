import { describe, expect, it } from 'vitest';
import { ldmName, ldmPrefixes } from '../../../../src/engine/lora/ldm-names';
import { parseLoraKey, relativeOfLora } from '../../../../src/engine/lora/lora-keys';
import { parseUNetConfig } from '../../../../src/engine/networks/unet-config';
import { layersOf, namesOf, tinyBase } from '../../../support/lora-files';

describe('names in the latent-diffusion code', () => {
  const sd15 = ldmPrefixes(parseUNetConfig({ cross_attention_dim: 768 }, 'sd15'));

  // As kohya's and CompVis' files have them for Stable Diffusion 1.5.
  it.each([
    ['conv_in', 'input_blocks.0.0'],
    ['time_embedding.linear_1', 'time_embed.0'],
    ['down_blocks.0.attentions.0.proj_in', 'input_blocks.1.1.proj_in'],
    ['down_blocks.0.attentions.1.transformer_blocks.0.attn1.to_q', 'input_blocks.2.1.transformer_blocks.0.attn1.to_q'],
    ['down_blocks.0.downsamplers.0.conv', 'input_blocks.3.0.op'],
    ['down_blocks.1.resnets.0.conv_shortcut', 'input_blocks.4.0.skip_connection'],
    ['down_blocks.2.attentions.1.proj_out', 'input_blocks.8.1.proj_out'],
    ['down_blocks.3.resnets.1.conv2', 'input_blocks.11.0.out_layers.3'],
    ['mid_block.resnets.1.conv1', 'middle_block.2.in_layers.2'],
    ['mid_block.attentions.0.transformer_blocks.0.ff.net.2', 'middle_block.1.transformer_blocks.0.ff.net.2'],
    ['up_blocks.0.resnets.2.time_emb_proj', 'output_blocks.2.0.emb_layers.1'],
    ['up_blocks.0.upsamplers.0.conv', 'output_blocks.2.1.conv'],
    ['up_blocks.1.attentions.0.proj_in', 'output_blocks.3.1.proj_in'],
    ['up_blocks.1.upsamplers.0.conv', 'output_blocks.5.2.conv'],
    ['up_blocks.2.upsamplers.0.conv', 'output_blocks.8.2.conv'],
    ['up_blocks.3.attentions.2.proj_out', 'output_blocks.11.1.proj_out'],
    ['conv_out', 'out.2'],
  ])('%s is %s', (path, name) => {
    expect(ldmName(path, sd15)).toBe(name);
  });

  it('have none for what LDM does not have', () => {
    expect(ldmName('time_embedding.cond_proj', sd15)).toBeUndefined();
    expect(ldmName('up_blocks.3.upsamplers.0.conv', sd15)).toBeUndefined();
  });

  it.each(['unet_lists', 'unet_faint', 'unet_single'])('are there for every layer of %s, each once', (unet) => {
    const base = tinyBase(unet);
    const prefixes = ldmPrefixes(base.config);
    const paths = layersOf(base)
      .filter(({ component, path }) => component === 'unet' && !path.endsWith('cond_proj'))
      .map(({ path }) => path);
    const names = paths.map((path) => ldmName(path, prefixes));
    expect(names).not.toContain(undefined);
    expect(new Set(names).size).toBe(paths.length);
  });
});

describe('the names of a model’s layers', () => {
  const names = namesOf(tinyBase('unet_lists'));
  const attention = 'down_blocks.0.attentions.0.transformer_blocks.0.attn1';

  it.each([
    `unet.${attention}.to_q`,
    `base_model.model.${attention}.to_q`,
    `${attention}.to_q`,
    `unet.${attention}.processor.to_q_lora`,
    `${attention}.processor.to_q_lora`,
    `lora_unet_${attention.replaceAll('.', '_')}_to_q`,
    'lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q',
  ])('know %s', (name) => {
    expect(names.get(name)).toMatchObject({ component: 'unet', path: `${attention}.to_q`, shape: [8, 8] });
  });

  it('know the output projection of an old attention processor, and the text encoder', () => {
    expect(names.get(`unet.${attention}.processor.to_out_lora`)?.path).toBe(`${attention}.to_out.0`);
    const layer = 'text_model.encoder.layers.0.self_attn.q_proj';
    for (const name of [`text_encoder.${layer}`, `lora_te_${layer.replaceAll('.', '_')}`]) {
      expect(names.get(name)).toMatchObject({ component: 'text_encoder', path: layer });
    }
  });

  it('leave out norms and tables of embeddings', () => {
    const paths = layersOf(tinyBase('unet_lists')).map(({ path }) => path);
    expect(paths.filter((path) => /norm|token_embedding|position_embedding/.test(path))).toEqual([]);
    expect(paths).toContain('time_embedding.linear_1');
  });
});

describe('the end of a tensor’s name', () => {
  it.each([
    ['unet.a.to_q.lora_A.weight', 'unet.a.to_q', 'A'],
    ['base_model.model.a.lora_B.default.weight', 'base_model.model.a', 'B'],
    ['unet.a.to_q.lora.down.weight', 'unet.a.to_q', 'A'],
    ['text_encoder.a.lora_linear_layer.up.weight', 'text_encoder.a', 'B'],
    ['a.attn1.processor.to_q_lora.down.weight', 'a.attn1.processor.to_q_lora', 'A'],
    ['lora_unet_a_to_q.lora_up.weight', 'lora_unet_a_to_q', 'B'],
    ['lora_unet_a_to_q.alpha', 'lora_unet_a_to_q', 'alpha'],
    ['unet.a.to_q.lora.alpha', 'unet.a.to_q', 'alpha'],
  ])('%s', (key, layer, part) => {
    expect(parseLoraKey(key)).toEqual({ layer, part });
  });

  it.each(['conv_in.weight', 'unet.a.bias', '', 'alpha', 'lora_unet_a.lora_mid.weight'])('%j is none', (key) => {
    expect(parseLoraKey(key)).toBeUndefined();
  });

  it.each([
    ['lora_unet_a.hada_w1_a', 'LoHa'],
    ['lora_unet_a.lokr_w2', 'LoKr'],
    ['lora_unet_a.dora_scale', 'DoRA'],
    ['lora_unet_a.lora_mid.weight', 'LoCon in Tucker form'],
    ['lora_unet_a.diff_b', 'full weight differences'],
  ])('%s belongs to a relative', (key, name) => {
    expect(relativeOfLora(key)).toBe(name);
  });
});
