/** From a model folder to a pipeline: configs checked, graphs built and sessions made when they are first needed. */
import { UserError } from '../../base/errors';
import { parseClipTextConfig } from '../models/clip-config';
import { buildClipText } from '../models/clip';
import { openModelFolder, type ModelFolder } from '../models/folder';
import type { ComponentName, ModelComponent } from '../models/folder-parts';
import { buildTinyDecoder, buildTinyEncoder } from '../models/taesd';
import { parseAutoencoderTinyConfig } from '../models/taesd-config';
import { loadTokenizer } from '../models/tokenizer';
import { buildUNet } from '../models/unet';
import { parseUNetConfig } from '../models/unet-config';
import { buildVaeDecoder, buildVaeEncoder } from '../models/vae';
import { parseAutoencoderKLConfig } from '../models/vae-config';
import type { GraphForm } from '../onnx/graph';
import type { DeviceName } from '../ort/device-name';
import { createSession, type Session, type SessionProfile } from '../ort/session';
import { openAsFloat32 } from '../tensors/fp32-cache';
import { openWeights } from '../tensors/safetensors';
import { sizeOf } from '../tensors/tensor';
import type { WeightSource } from '../tensors/weight-source';
import { Autoencoder, pixelFactor, type AutoencoderConfig } from './autoencoder';
import { Denoiser } from './denoiser';
import type { PipelineInfo } from './info';
import { checkFit, type ModelConfigs } from './model-configs';
import { Pipeline } from './pipeline';
import { parseSchedulerConfig } from './scheduler-config';
import { NoiseSchedule } from './schedule';
import { SessionPool } from './session-pool';
import { TextEncoder } from './text-encoder';

export interface LoadOptions {
  readonly device: DeviceName;
  /** Folder for float32 copies of large half-precision checkpoints. */
  readonly cacheFolder: string;
  readonly signal?: AbortSignal;
  /** Fraction of a float32 copy written, while one is made. */
  readonly onConvert?: (component: ComponentName, fraction: number) => void;
}

/**
 * Half-precision weights of at least this many bytes are copied to float32 once and mapped from then on: cast in the graph they
 * would sit in private memory (3.4 GB for an SD1.5 UNet). Smaller ones are cast: a copy would not pay.
 */
const CONVERT_FROM_BYTES = 128 * 2 ** 20;

/** Throws `bad-checkpoint` or `unsupported`, naming file and field. Sessions are made on first use. */
export async function loadPipeline(folder: string, options: LoadOptions): Promise<Pipeline> {
  const model = await openModelFolder(folder);
  const configs = parseConfigs(model);
  const weights = await openComponents(model, options);
  const sessions = new SessionPool();
  const form: GraphForm = { differentiable: false, provider: options.device };
  const session = (name: ComponentName, build: () => Parameters<typeof createSession>[0]): (() => Promise<Session>) =>
    sessions.lazy(() => createSession(build(), { device: options.device, profile: profileFor(weights[name]) }));
  const text = session('text_encoder', () => buildClipText(configs.text, weights.text_encoder, { form }));
  const unet = session('unet', () => buildUNet(configs.unet, weights.unet, { form }));
  const { encoder, decoder } = autoencoderGraphs(configs.autoencoder, weights.vae, form);
  const info = pipelineInfo(configs, weights);
  return new Pipeline({
    info,
    schedule: new NoiseSchedule(configs.scheduler),
    textEncoder: new TextEncoder(await loadTokenizer(model.tokenizer), text),
    denoiser: new Denoiser(configs.unet, unet),
    autoencoder: new Autoencoder(configs.autoencoder, session('vae', encoder), session('vae', decoder)),
    release: () => sessions.release(),
  });
}

/** Checks all configs of a model folder; also what `inspect` reports from. */
export function parseConfigs(model: ModelFolder): ModelConfigs {
  const { unet, vae, text_encoder: textEncoder } = model.components;
  const { scheduler } = model;
  const configs = {
    unet: parseUNetConfig(unet.config, unet.configFile),
    autoencoder: parseAutoencoder(vae),
    scheduler: parseSchedulerConfig(scheduler.config, scheduler.configFile, scheduler.className),
    text: parseClipTextConfig(textEncoder.config, textEncoder.configFile),
  };
  checkFit(configs, unet.configFile);
  return configs;
}

export function pipelineInfo(
  configs: ModelConfigs,
  weights: Readonly<Record<ComponentName, WeightSource>>,
): PipelineInfo {
  const { unet, autoencoder, scheduler, text } = configs;
  const sizeFactor = pixelFactor(autoencoder);
  const side = (unet.sampleSize ?? 64) * sizeFactor;
  const parameters = Object.values(weights)
    .flatMap(({ tensors }) => [...tensors.values()])
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const isLcm = scheduler.className === 'LCMScheduler';
  return {
    isLcm,
    defaultSampler: isLcm ? 'lcm' : 'dpmsolver++',
    defaultSize: { width: side, height: side },
    sizeFactor,
    latentChannels: unet.inChannels,
    imageChannels: autoencoder.config.outChannels,
    promptTokens: text.maxPositionEmbeddings,
    weightBytes: 4 * parameters,
    memory: {
      unetWidth: unet.blockOutChannels[0] ?? 0,
      decoderWidth:
        (autoencoder.kind === 'kl'
          ? autoencoder.config.blockOutChannels[0]
          : autoencoder.config.decoderBlockOutChannels.at(-1)) ?? 0,
      decoder: autoencoder.kind,
    },
  };
}

function parseAutoencoder(vae: ModelComponent): AutoencoderConfig {
  switch (vae.className) {
    case 'AutoencoderKL':
      return { kind: 'kl', config: parseAutoencoderKLConfig(vae.config, vae.configFile) };
    case 'AutoencoderTiny':
      return { kind: 'tiny', config: parseAutoencoderTinyConfig(vae.config, vae.configFile) };
    default:
      throw new UserError(
        'unsupported',
        `${vae.configFile}: the autoencoder is "${vae.className}"; supported are AutoencoderKL and AutoencoderTiny.`,
      );
  }
}

/** The weights of all components; large half-precision ones as a mapped float32 copy. */
export async function openComponents(
  model: ModelFolder,
  options: LoadOptions,
): Promise<Record<ComponentName, WeightSource>> {
  const open = async (name: ComponentName): Promise<WeightSource> => {
    const source = await openWeights(model.components[name].weights);
    if (options.device !== 'cpu' || halfBytes(source) < CONVERT_FROM_BYTES) return source;
    return openAsFloat32(source, {
      folder: options.cacheFolder,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      onProgress: (fraction) => options.onConvert?.(name, fraction),
    });
  };
  return { text_encoder: await open('text_encoder'), unet: await open('unet'), vae: await open('vae') };
}

function halfBytes(source: WeightSource): number {
  return [...source.tensors.values()].reduce(
    (sum, { dtype, length }) => sum + (dtype === 'float16' || dtype === 'bfloat16' ? length : 0),
    0,
  );
}

/** Small models are repacked for speed; large ones stay mapped, which loads ten times faster and keeps memory free. */
export function profileFor(source: WeightSource): SessionProfile {
  const bytes = [...source.tensors.values()].reduce((sum, { length }) => sum + length, 0);
  return bytes < CONVERT_FROM_BYTES ? 'fast' : 'mapped';
}

type BuildGraph = () => Parameters<typeof createSession>[0];

function autoencoderGraphs(
  model: AutoencoderConfig,
  weights: WeightSource,
  form: GraphForm,
): { encoder: BuildGraph; decoder: BuildGraph } {
  return model.kind === 'kl'
    ? {
        encoder: () => buildVaeEncoder(model.config, weights, { form }),
        decoder: () => buildVaeDecoder(model.config, weights, { form }),
      }
    : {
        encoder: () => buildTinyEncoder(model.config, weights, { form }),
        decoder: () => buildTinyDecoder(model.config, weights, { form }),
      };
}
