/** A small SD2.x checkpoint in one file: LDM's names and OpenCLIP's, as published files have them, with random half-precision weights. */
import path from 'node:path';
import { writeSafetensors } from '../../src/engine/checkpoints/safetensors-writer';
import { sizeOf, type Tensor } from '../../src/engine/tensors/tensor';

const WIDTH = 64;
const CLIP_WORDS = 49_408;

type Shapes = Record<string, readonly number[]>;

/** With weight and bias. */
function layer(name: string, weight: readonly number[]): Shapes {
  return { [`${name}.weight`]: weight, [`${name}.bias`]: [weight[0] ?? 1] };
}

function resnet(at: string, input: number, output: number): Shapes {
  return {
    ...layer(`${at}.in_layers.0`, [input]),
    ...layer(`${at}.in_layers.2`, [output, input, 3, 3]),
    ...layer(`${at}.emb_layers.1`, [output, 4 * WIDTH]),
    ...layer(`${at}.out_layers.0`, [output]),
    ...layer(`${at}.out_layers.3`, [output, output, 3, 3]),
    ...(input === output ? {} : layer(`${at}.skip_connection`, [output, input, 1, 1])),
  };
}

function transformer(at: string): Shapes {
  const block = `${at}.transformer_blocks.0`;
  const attention = (name: string): Shapes => ({
    [`${block}.${name}.to_q.weight`]: [WIDTH, WIDTH],
    [`${block}.${name}.to_k.weight`]: [WIDTH, WIDTH],
    [`${block}.${name}.to_v.weight`]: [WIDTH, WIDTH],
    ...layer(`${block}.${name}.to_out.0`, [WIDTH, WIDTH]),
  });
  return {
    ...layer(`${at}.norm`, [WIDTH]),
    ...layer(`${at}.proj_in`, [WIDTH, WIDTH]),
    ...layer(`${at}.proj_out`, [WIDTH, WIDTH]),
    ...attention('attn1'),
    ...attention('attn2'),
    ...layer(`${block}.ff.net.0.proj`, [8 * WIDTH, WIDTH]),
    ...layer(`${block}.ff.net.2`, [WIDTH, 4 * WIDTH]),
    ...layer(`${block}.norm1`, [WIDTH]),
    ...layer(`${block}.norm2`, [WIDTH]),
    ...layer(`${block}.norm3`, [WIDTH]),
  };
}

/** One level with attention and one without, one block each. */
function unet(at: string): Shapes {
  return {
    ...layer(`${at}.time_embed.0`, [4 * WIDTH, WIDTH]),
    ...layer(`${at}.time_embed.2`, [4 * WIDTH, 4 * WIDTH]),
    ...layer(`${at}.input_blocks.0.0`, [WIDTH, 4, 3, 3]),
    ...resnet(`${at}.input_blocks.1.0`, WIDTH, WIDTH),
    ...transformer(`${at}.input_blocks.1.1`),
    ...layer(`${at}.input_blocks.2.0.op`, [WIDTH, WIDTH, 3, 3]),
    ...resnet(`${at}.input_blocks.3.0`, WIDTH, WIDTH),
    ...resnet(`${at}.middle_block.0`, WIDTH, WIDTH),
    ...transformer(`${at}.middle_block.1`),
    ...resnet(`${at}.middle_block.2`, WIDTH, WIDTH),
    ...resnet(`${at}.output_blocks.0.0`, 2 * WIDTH, WIDTH),
    ...resnet(`${at}.output_blocks.1.0`, 2 * WIDTH, WIDTH),
    ...layer(`${at}.output_blocks.1.1.conv`, [WIDTH, WIDTH, 3, 3]),
    ...resnet(`${at}.output_blocks.2.0`, 2 * WIDTH, WIDTH),
    ...transformer(`${at}.output_blocks.2.1`),
    ...resnet(`${at}.output_blocks.3.0`, 2 * WIDTH, WIDTH),
    ...transformer(`${at}.output_blocks.3.1`),
    ...layer(`${at}.out.0`, [WIDTH]),
    ...layer(`${at}.out.2`, [4, WIDTH, 3, 3]),
  };
}

/** Two layers, of which the model runs one. */
function openClip(at: string): Shapes {
  const block = (index: number): Shapes => ({
    ...layer(`${at}.transformer.resblocks.${index}.ln_1`, [WIDTH]),
    ...layer(`${at}.transformer.resblocks.${index}.ln_2`, [WIDTH]),
    [`${at}.transformer.resblocks.${index}.attn.in_proj_weight`]: [3 * WIDTH, WIDTH],
    [`${at}.transformer.resblocks.${index}.attn.in_proj_bias`]: [3 * WIDTH],
    ...layer(`${at}.transformer.resblocks.${index}.attn.out_proj`, [WIDTH, WIDTH]),
    ...layer(`${at}.transformer.resblocks.${index}.mlp.c_fc`, [2 * WIDTH, WIDTH]),
    ...layer(`${at}.transformer.resblocks.${index}.mlp.c_proj`, [WIDTH, 2 * WIDTH]),
  });
  return {
    [`${at}.token_embedding.weight`]: [CLIP_WORDS, WIDTH],
    [`${at}.positional_embedding`]: [77, WIDTH],
    ...block(0),
    ...block(1),
    ...layer(`${at}.ln_final`, [WIDTH]),
    [`${at}.text_projection`]: [WIDTH, WIDTH],
  };
}

const VAE_WIDTH = 32;

function vaeResnet(at: string): Shapes {
  return {
    ...layer(`${at}.norm1`, [VAE_WIDTH]),
    ...layer(`${at}.conv1`, [VAE_WIDTH, VAE_WIDTH, 3, 3]),
    ...layer(`${at}.norm2`, [VAE_WIDTH]),
    ...layer(`${at}.conv2`, [VAE_WIDTH, VAE_WIDTH, 3, 3]),
  };
}

function vaeMiddle(at: string): Shapes {
  const square = [VAE_WIDTH, VAE_WIDTH, 1, 1];
  return {
    ...vaeResnet(`${at}.mid.block_1`),
    ...vaeResnet(`${at}.mid.block_2`),
    ...layer(`${at}.mid.attn_1.norm`, [VAE_WIDTH]),
    ...layer(`${at}.mid.attn_1.q`, square),
    ...layer(`${at}.mid.attn_1.k`, square),
    ...layer(`${at}.mid.attn_1.v`, square),
    ...layer(`${at}.mid.attn_1.proj_out`, square),
    ...layer(`${at}.norm_out`, [VAE_WIDTH]),
  };
}

/** Two levels, so that a latent pixel is two pixels wide. */
function vae(at: string): Shapes {
  const [encoder, decoder] = [`${at}.encoder`, `${at}.decoder`];
  return {
    ...layer(`${encoder}.conv_in`, [VAE_WIDTH, 3, 3, 3]),
    ...vaeResnet(`${encoder}.down.0.block.0`),
    ...layer(`${encoder}.down.0.downsample.conv`, [VAE_WIDTH, VAE_WIDTH, 3, 3]),
    ...vaeResnet(`${encoder}.down.1.block.0`),
    ...vaeMiddle(encoder),
    ...layer(`${encoder}.conv_out`, [8, VAE_WIDTH, 3, 3]),
    ...layer(`${decoder}.conv_in`, [VAE_WIDTH, 4, 3, 3]),
    ...vaeMiddle(decoder),
    ...vaeResnet(`${decoder}.up.0.block.0`),
    ...vaeResnet(`${decoder}.up.0.block.1`),
    ...vaeResnet(`${decoder}.up.1.block.0`),
    ...vaeResnet(`${decoder}.up.1.block.1`),
    ...layer(`${decoder}.up.1.upsample.conv`, [VAE_WIDTH, VAE_WIDTH, 3, 3]),
    ...layer(`${decoder}.conv_out`, [3, VAE_WIDTH, 3, 3]),
    ...layer(`${at}.quant_conv`, [8, 8, 1, 1]),
    ...layer(`${at}.post_quant_conv`, [4, 4, 1, 1]),
  };
}

/** Numbers of 0.06 to 0.13 and either sign, as bits of float16: signals neither vanish nor grow on their way through 64 channels. */
function halfNumbers(count: number): Uint16Array {
  return Uint16Array.from({ length: count }, (_, i) => {
    const hash = Math.imul(i + 1, 2_654_435_761) >>> 0;
    return (hash >>> 31) * 0x8000 + 0x2c00 + ((hash >>> 8) % 1024);
  });
}

/** Norms change nothing, so that what comes in is still seen in what comes out. */
function weightsOf(key: string, shape: readonly number[]): Uint16Array {
  const isNorm = shape.length === 1 && key.endsWith('.weight');
  return isNorm ? new Uint16Array(sizeOf(shape)).fill(0x3c00) : halfNumbers(sizeOf(shape));
}

/** `without`: tensors that are left out. Returns the file's path. */
export async function writeSingleFile(folder: string, name = 'tiny-sd2.safetensors', without = /^$/): Promise<string> {
  const shapes = {
    ...unet('model.diffusion_model'),
    ...openClip('cond_stage_model.model'),
    ...vae('first_stage_model'),
    'cond_stage_model.model.logit_scale': [],
    alphas_cumprod: [1000],
  };
  const tensors = Object.entries(shapes)
    .filter(([key]) => !without.test(key))
    .map(([key, shape]): [string, Tensor] => [key, { dtype: 'float16', shape, data: weightsOf(key, shape) }]);
  const file = path.join(folder, name);
  await writeSafetensors(file, new Map(tensors));
  return file;
}
