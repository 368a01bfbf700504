/** Stable Diffusion 1.x and 2.x, latent consistency models of that build, and their compressed forms (BK-SDM, SDXS). */
import { UserError } from '../../domain/errors';
import type { ModelFolder } from '../checkpoints/folder';
import { clipLayers, unetLayers } from '../lora/layer-names';
import { parseClipTextConfig } from '../networks/clip-config';
import { parseUNetConfig, type UNetConfig } from '../networks/unet-config';
import { autoencoder } from './autoencoders';
import { clipText } from './clip-texts';
import { partOf, type AutoencoderDesign, type ModelDesign, type ModelFamily } from './family';
import { unetDenoiser } from './unet-denoiser';

/** The sub-folders, as diffusers names them; nobody else needs these names. */
const PARTS = { text: 'text_encoder', tokenizer: 'tokenizer', denoiser: 'unet', autoencoder: 'vae' } as const;

/** What other families have beside a UNet, or instead of it. */
const FOREIGN_PARTS = ['text_encoder_2', 'transformer'];

const DEFAULT_LATENT_SIZE = 64;

export const stableDiffusion: ModelFamily = {
  name: 'Stable Diffusion 1.x and 2.x, latent consistency models and compressed models made from them',
  layout: {
    networks: [PARTS.text, PARTS.denoiser, PARTS.autoencoder],
    tokenizers: { [PARTS.tokenizer]: PARTS.text },
  },
  detects: (index) => FOREIGN_PARTS.every((part) => !isGiven(index[part])),
  design,
};

/** model_index.json says [null, null] for a part that is left out. */
function isGiven(entry: unknown): boolean {
  return Array.isArray(entry) && entry.some((value) => value !== null);
}

function design({ components }: ModelFolder): ModelDesign {
  const [unetPart, textPart] = [partOf(components, PARTS.denoiser), partOf(components, PARTS.text)];
  const unet = parseUNetConfig(unetPart.config, unetPart.configFile);
  const vae = autoencoder(partOf(components, PARTS.autoencoder), PARTS.autoencoder);
  const text = parseClipTextConfig(textPart.config, textPart.configFile);
  checkFit({ unet, vae, textWidth: text.hiddenSize }, unetPart.configFile);
  return {
    text: clipText(text, { component: PARTS.text, tokenizer: PARTS.tokenizer }),
    denoiser: unetDenoiser(unet, PARTS.denoiser),
    autoencoder: vae,
    lora: [unetLayers(unet, PARTS.denoiser), clipLayers(PARTS.text)],
    latentSize: unet.sampleSize ?? DEFAULT_LATENT_SIZE,
  };
}

interface Fitted {
  readonly unet: UNetConfig;
  readonly vae: AutoencoderDesign;
  readonly textWidth: number;
}

/** Throws `unsupported` when the UNet takes or gives something else than the parts around it give and take. */
function checkFit({ unet, vae, textWidth }: Fitted, unetFile: string): void {
  const { latentChannels, inChannels, outChannels } = vae;
  const fits = (field: string, found: number, expected: number, why: string): void => {
    if (found === expected) return;
    throw new UserError('unsupported', `${unetFile}: "${field}" is ${found}, but ${why} ${expected}.`);
  };
  const hint = 'inpainting and depth models are not supported; the latents of the autoencoder have';
  fits('in_channels', unet.inChannels, latentChannels, hint);
  fits('out_channels', unet.outChannels, latentChannels, 'the latents of the autoencoder have');
  fits('cross_attention_dim', unet.crossAttentionDim, textWidth, 'the text encoder\'s "hidden_size" is');
  for (const channels of [inChannels, outChannels]) {
    if (channels === 3 || channels === 4) continue;
    throw new UserError(
      'unsupported',
      `The autoencoder's pictures have ${channels} channels; supported are 3 (RGB) and 4 (RGBA).`,
    );
  }
}
