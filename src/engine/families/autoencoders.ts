/** Which builder belongs to which class of autoencoder. */
import { UserError } from '../../domain/errors';
import type { ModelComponent } from '../checkpoints/folder-parts';
import { buildTinyDecoder, buildTinyEncoder } from '../networks/taesd';
import { parseAutoencoderTinyConfig, type AutoencoderTinyConfig } from '../networks/taesd-config';
import { buildVaeDecoder, buildVaeEncoder } from '../networks/vae';
import { parseAutoencoderKLConfig, type AutoencoderKLConfig } from '../networks/vae-config';
import type { AutoencoderDesign } from './family';

/** Throws `unsupported` naming the class, and what the config's parser throws. */
export function autoencoder(part: ModelComponent, component: string): AutoencoderDesign {
  const { className, config, configFile } = part;
  switch (className) {
    case 'AutoencoderKL':
      return { component, ...fullDesign(parseAutoencoderKLConfig(config, configFile)) };
    case 'AutoencoderTiny':
      return { component, ...tinyDesign(parseAutoencoderTinyConfig(config, configFile)) };
    default:
      throw new UserError(
        'unsupported',
        `${configFile}: the autoencoder is "${className}"; supported are AutoencoderKL and AutoencoderTiny.`,
      );
  }
}

type Design = Omit<AutoencoderDesign, 'component'>;

function fullDesign(config: AutoencoderKLConfig): Design {
  return {
    ...common(config),
    kind: 'kl',
    pixelFactor: 2 ** (config.blockOutChannels.length - 1),
    decoderWidth: config.blockOutChannels[0] ?? 0,
    encoder: (weights, form) => buildVaeEncoder(config, weights, { form }),
    decoder: (weights, form) => buildVaeDecoder(config, weights, { form }),
  };
}

function tinyDesign(config: AutoencoderTinyConfig): Design {
  return {
    ...common(config),
    kind: 'tiny',
    pixelFactor: config.upsamplingScalingFactor ** (config.numDecoderBlocks.length - 1),
    decoderWidth: config.decoderBlockOutChannels.at(-1) ?? 0,
    encoder: (weights, form) => buildTinyEncoder(config, weights, { form }),
    decoder: (weights, form) => buildTinyDecoder(config, weights, { form }),
  };
}

type Common = 'inChannels' | 'outChannels' | 'latentChannels' | 'scalingFactor' | 'shiftFactor' | 'rgbaPremultiplied';

function common(config: Pick<AutoencoderDesign, Common>): Pick<AutoencoderDesign, Common> {
  const { inChannels, outChannels, latentChannels, scalingFactor, shiftFactor, rgbaPremultiplied } = config;
  return { inChannels, outChannels, latentChannels, scalingFactor, shiftFactor, rgbaPremultiplied };
}
