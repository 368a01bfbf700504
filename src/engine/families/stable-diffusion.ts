/** Stable Diffusion 1.x and 2.x, latent consistency models of that build, and their compressed forms (BK-SDM, SDXS). */
import { UserError } from '../../domain/errors';
import type { FolderLayout, ModelFolder } from '../checkpoints/folder';
import type { ModelComponent } from '../checkpoints/folder-parts';
import { clipLayers, unetLayers } from '../lora/layer-names';
import { parseClipTextConfig } from '../networks/clip-config';
import { parseUNetConfig, type UNetConfig } from '../networks/unet-config';
import { autoencoder } from './autoencoders';
import { withTextLevel } from './clip-names';
import { clipText } from './clip-texts';
import { partOf, type AutoencoderDesign, type ModelDesign, type ModelFamily, type StyleDesign } from './family';
import { isForeign } from './foreign-models';
import { parseStyleEncoder, styleReferences } from './style-references';
import { unetDenoiser } from './unet-denoiser';
import { checkFit, DEFAULT_LATENT_SIZE, isGiven } from './unet-models';

/** The sub-folders, as diffusers names them; nobody else needs these names. */
const PARTS = {
  text: 'text_encoder',
  tokenizer: 'tokenizer',
  denoiser: 'unet',
  autoencoder: 'vae',
  style: 'style_encoder',
} as const;

/** What other families have beside a UNet, or instead of it. */
const FOREIGN_PARTS = ['text_encoder_2', 'transformer'];

const LAYOUT: FolderLayout = {
  networks: [PARTS.text, PARTS.denoiser, PARTS.autoencoder],
  tokenizers: { [PARTS.tokenizer]: PARTS.text },
  views: { [PARTS.text]: withTextLevel },
};

export const stableDiffusion: ModelFamily = {
  name: 'Stable Diffusion 1.x and 2.x, latent consistency models and compressed models made from them',
  layout: LAYOUT,
  detects: (index) => [...FOREIGN_PARTS, PARTS.style].every((part) => !isGiven(index[part])) && !isForeign(index),
  design,
};

/** The built-in model's kind: the same networks, and one that reads reference pictures (research/model). */
export const styledDiffusion: ModelFamily = {
  name: 'models of that build which follow reference pictures',
  layout: { ...LAYOUT, networks: [...LAYOUT.networks, PARTS.style] },
  detects: (index) => isGiven(index[PARTS.style]),
  design,
};

function design({ components }: ModelFolder): ModelDesign {
  const [unetPart, textPart] = [partOf(components, PARTS.denoiser), partOf(components, PARTS.text)];
  const unet = parseUNetConfig(unetPart.config, unetPart.configFile);
  const vae = autoencoder(partOf(components, PARTS.autoencoder), PARTS.autoencoder);
  const text = parseClipTextConfig(textPart.config, textPart.configFile);
  const style = styleOf(components[PARTS.style], unet, { unetFile: unetPart.configFile, vae });
  checkFit({ unet, vae, textWidth: text.hiddenSize, pooledWidth: undefined }, unetPart.configFile);
  return {
    text: clipText(text, { component: PARTS.text, tokenizer: PARTS.tokenizer }),
    denoiser: unetDenoiser(unet, PARTS.denoiser, { pixelFactor: vae.pixelFactor, styleWidth: style?.width }),
    autoencoder: vae,
    ...(style === undefined ? {} : { style }),
    lora: [unetLayers(unet, PARTS.denoiser), clipLayers(PARTS.text)],
    latentSize: unet.sampleSize ?? DEFAULT_LATENT_SIZE,
    oneStep: isSdxs(unet),
  };
}

/** Throws `unsupported` where only one of UNet and folder knows references, or their sizes do not fit. */
function styleOf(
  part: ModelComponent | undefined,
  unet: UNetConfig,
  { unetFile, vae }: { readonly unetFile: string; readonly vae: AutoencoderDesign },
): StyleDesign | undefined {
  if (part === undefined && !unet.imageAttention) return undefined;
  if (part === undefined || !unet.imageAttention) {
    const why = unet.imageAttention
      ? `it attends to image tokens, but the folder has no ${PARTS.style} that makes them`
      : `the folder has a ${PARTS.style}, but "encoder_hid_dim_type" is not "ip_image_proj"`;
    throw new UserError('unsupported', `${unetFile}: ${why}.`);
  }
  const config = parseStyleEncoder(part);
  const fits = (field: string, found: number, expected: number, why: string): void => {
    if (found === expected) return;
    throw new UserError('unsupported', `${part.configFile}: "${field}" is ${found}, but ${why} ${expected}.`);
  };
  fits('latent_channels', config.latentChannels, vae.latentChannels, 'the latents of the autoencoder have');
  fits('cross_attention_dim', config.crossAttentionDim, unet.crossAttentionDim, "the UNet's is");
  if (config.pooled >= (unet.timeCondProjDim ?? 0)) {
    throw new UserError(
      'unsupported',
      `${part.configFile}: "pooled" is ${config.pooled}, which leaves no room for the guidance in the UNet's "time_cond_proj_dim" of ${unet.timeCondProjDim ?? 0}.`,
    );
  }
  return styleReferences(config, PARTS.style);
}

/**
 * SDXS-512 is the only published model of this build that we know: no middle block, as in BK-SDM small and tiny, and no attention at the
 * full latent size, which those have (Song et al. 2024, arXiv 2403.16627). A config has no field that says that a model was distilled for one
 * step without guidance; a name may, but folders get renamed.
 */
function isSdxs({ middle, downBlocks }: UNetConfig): boolean {
  return middle === 'none' && downBlocks[0] === 'DownBlock2D';
}
