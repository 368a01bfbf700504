/** The configs of a model's parts, and whether the parts fit together. */
import { UserError } from '../../domain/errors';
import type { ClipTextConfig } from '../networks/clip-config';
import type { UNetConfig } from '../networks/unet-config';
import type { AutoencoderConfig } from './autoencoder';
import type { SchedulerConfig } from './scheduler-config';

export interface ModelConfigs {
  readonly unet: UNetConfig;
  readonly autoencoder: AutoencoderConfig;
  readonly scheduler: SchedulerConfig;
  readonly text: ClipTextConfig;
}

/** Throws `unsupported` when the UNet takes or gives something else than the parts around it give and take. */
export function checkFit({ unet, autoencoder, text }: ModelConfigs, unetFile: string): void {
  const { latentChannels, inChannels, outChannels } = autoencoder.config;
  const fits = (field: string, found: number, expected: number, why: string): void => {
    if (found === expected) return;
    throw new UserError('unsupported', `${unetFile}: "${field}" is ${found}, but ${why} ${expected}.`);
  };
  const hint = 'inpainting and depth models are not supported; the latents of the autoencoder have';
  fits('in_channels', unet.inChannels, latentChannels, hint);
  fits('out_channels', unet.outChannels, latentChannels, 'the latents of the autoencoder have');
  fits('cross_attention_dim', unet.crossAttentionDim, text.hiddenSize, 'the text encoder\'s "hidden_size" is');
  for (const channels of [inChannels, outChannels]) {
    if (channels === 3 || channels === 4) continue;
    throw new UserError(
      'unsupported',
      `The autoencoder's pictures have ${channels} channels; supported are 3 (RGB) and 4 (RGBA).`,
    );
  }
}
