/** Stable Diffusion XL and what is made from it: Turbo, Lightning, Hyper, LCM-SDXL, SSD-1B, Segmind Vega. */
import type { ModelFolder } from '../checkpoints/folder';
import { clipLayers, unetLayers } from '../lora/layer-names';
import { parseUNetConfig } from '../networks/unet-config';
import { autoencoder } from './autoencoders';
import { withTextLevel } from './clip-names';
import { partOf, type ModelDesign, type ModelFamily } from './family';
import { twoClipTexts } from './two-clip-texts';
import { unetDenoiser } from './unet-denoiser';
import { checkFit, isGiven } from './unet-models';

/** The sub-folders, as diffusers names them. */
const PARTS = {
  firstText: 'text_encoder',
  secondText: 'text_encoder_2',
  firstTokenizer: 'tokenizer',
  secondTokenizer: 'tokenizer_2',
  denoiser: 'unet',
  autoencoder: 'vae',
} as const;

const DEFAULT_LATENT_SIZE = 128;

export const stableDiffusionXL: ModelFamily = {
  name: 'Stable Diffusion XL and models made from it',
  layout: {
    networks: [PARTS.firstText, PARTS.secondText, PARTS.denoiser, PARTS.autoencoder],
    tokenizers: { [PARTS.firstTokenizer]: PARTS.firstText, [PARTS.secondTokenizer]: PARTS.secondText },
    views: { [PARTS.firstText]: withTextLevel, [PARTS.secondText]: withTextLevel },
  },
  detects: (index) => [PARTS.denoiser, PARTS.firstText, PARTS.secondText].every((part) => isGiven(index[part])),
  design,
};

function design({ components, index }: ModelFolder): ModelDesign {
  const unetPart = partOf(components, PARTS.denoiser);
  const unet = parseUNetConfig(unetPart.config, unetPart.configFile);
  const vae = autoencoder(partOf(components, PARTS.autoencoder), PARTS.autoencoder);
  const text = twoClipTexts(components, {
    first: { component: PARTS.firstText, tokenizer: PARTS.firstTokenizer },
    second: { component: PARTS.secondText, tokenizer: PARTS.secondTokenizer },
    zerosForMissing: index['force_zeros_for_empty_prompt'] !== false,
  });
  checkFit({ unet, vae, textWidth: text.width, pooledWidth: text.pooledWidth }, unetPart.configFile);
  return {
    text,
    denoiser: unetDenoiser(unet, PARTS.denoiser, { pixelFactor: vae.pixelFactor }),
    autoencoder: vae,
    lora: [
      unetLayers(unet, PARTS.denoiser),
      clipLayers(PARTS.firstText, ['lora_te1', 'lora_te']),
      clipLayers(PARTS.secondText, ['lora_te2']),
    ],
    latentSize: unet.sampleSize ?? DEFAULT_LATENT_SIZE,
    oneStep: false,
  };
}
