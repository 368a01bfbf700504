/** What all families with a UNet share: the form of their model_index.json, and that the parts fit each other. */
import { UserError } from '../../domain/errors';
import type { UNetConfig } from '../networks/unet-config';
import type { AutoencoderDesign } from './family';

/** Where no config says what size a model was trained on. */
export const DEFAULT_LATENT_SIZE = 64;

/** model_index.json says [null, null] for a part that is left out. */
export function isGiven(entry: unknown): boolean {
  return Array.isArray(entry) && entry.some((value) => value !== null);
}

export interface Fitted {
  readonly unet: UNetConfig;
  readonly vae: AutoencoderDesign;
  readonly textWidth: number;
  /** Of the pooled text, where the folder's text encoders give one. */
  readonly pooledWidth: number | undefined;
}

/** Throws `unsupported` when the UNet takes or gives something else than the parts around it give and take. */
export function checkFit({ unet, vae, textWidth, pooledWidth }: Fitted, unetFile: string): void {
  const { latentChannels, inChannels, outChannels } = vae;
  const fits = (field: string, found: number, expected: number, why: string): void => {
    if (found === expected) return;
    throw new UserError('unsupported', `${unetFile}: "${field}" is ${found}, but ${why} ${expected}.`);
  };
  const hint = 'inpainting and depth models are not supported; the latents of the autoencoder have';
  fits('in_channels', unet.inChannels, latentChannels, hint);
  fits('out_channels', unet.outChannels, latentChannels, 'the latents of the autoencoder have');
  fits('cross_attention_dim', unet.crossAttentionDim, textWidth, 'the text encoder\'s width ("hidden_size") is');
  checkPooled(unet, pooledWidth, unetFile);
  for (const channels of [inChannels, outChannels]) {
    if (channels === 3 || channels === 4) continue;
    throw new UserError(
      'unsupported',
      `The autoencoder's pictures have ${channels} channels; supported are 3 (RGB) and 4 (RGBA).`,
    );
  }
}

function checkPooled({ addition }: UNetConfig, pooledWidth: number | undefined, unetFile: string): void {
  if (addition?.pooledWidth === pooledWidth) return;
  const takes = addition === undefined ? 'no pooled text' : `pooled text of width ${addition.pooledWidth}`;
  const gives = pooledWidth === undefined ? 'the one text encoder gives none' : `the text encoders give ${pooledWidth}`;
  throw new UserError(
    'unsupported',
    `${unetFile}: the UNet takes ${takes} ("addition_embed_type"), but ${gives}. The folder mixes models of two kinds.`,
  );
}
