/** From a model folder to a pipeline: configs checked, graphs built and sessions made when they are first needed. */
import { UserError } from '../../domain/errors';
import type { LoraComponent } from '../lora/lora';
import { NO_LORA } from '../lora/mix-loras';
import { parseClipTextConfig } from '../networks/clip-config';
import { buildClipText } from '../networks/clip';
import { openModelFolder, type ModelFolder } from '../checkpoints/folder';
import type { ComponentName, ModelComponent } from '../checkpoints/folder-parts';
import type { LoraSlots } from '../networks/low-rank-layer';
import { buildTinyDecoder, buildTinyEncoder } from '../networks/taesd';
import { parseAutoencoderTinyConfig } from '../networks/taesd-config';
import { loadTokenizer } from '../checkpoints/tokenizer';
import { buildUNet } from '../networks/unet';
import { parseUNetConfig } from '../networks/unet-config';
import { buildVaeDecoder, buildVaeEncoder } from '../networks/vae';
import { parseAutoencoderKLConfig } from '../networks/vae-config';
import type { Graph, GraphForm } from '../graph/graph';
import type { DeviceName } from '../../domain/device';
import { createSession, type Session, type SessionProfile } from '../runtime/session';
import { openAsFloat32 } from '../checkpoints/fp32-cache';
import { openWeights } from '../checkpoints/safetensors';
import { sizeOf } from '../tensors/tensor';
import type { WeightSource } from '../checkpoints/weight-source';
import { AdaptableNetwork } from './adaptable-network';
import { Autoencoder, pixelFactor, type AutoencoderConfig } from './autoencoder';
import { Denoiser } from './denoiser';
import { DiffusionModel } from './diffusion-model';
import type { PipelineInfo } from './info';
import { checkFit, type ModelConfigs } from './model-configs';
import { Pipeline } from './pipeline';
import { parseSchedulerConfig } from './scheduler-config';
import { NoiseSchedule } from './schedule';
import { SessionPool, type LazySession } from './session-pool';
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

/** Sessions of a network that are kept for LoRAs of different layers; of a large model one, whose memory counts. */
const KEPT_SESSIONS = { fast: 3, mapped: 1 } as const;

/** The model's pipeline alone; see {@link loadModel}. */
export async function loadPipeline(folder: string, options: LoadOptions): Promise<Pipeline> {
  return (await loadModel(folder, options)).pipeline;
}

/** Throws `bad-checkpoint` or `unsupported`, naming file and field. Sessions are made on first use. */
export async function loadModel(folder: string, options: LoadOptions): Promise<DiffusionModel> {
  const model = await openModelFolder(folder);
  const configs = parseConfigs(model);
  const weights = await openComponents(model, options);
  const form: GraphForm = { differentiable: false, provider: options.device };
  const create = (name: ComponentName, graph: Graph): Promise<Session> =>
    createSession(graph, { device: options.device, profile: profileFor(weights[name]) });
  const network = (name: LoraComponent, build: (lora: LoraSlots) => Graph): AdaptableNetwork =>
    new AdaptableNetwork(async (lora) => create(name, build(lora)), KEPT_SESSIONS[profileFor(weights[name])]);
  const networks = {
    text_encoder: network('text_encoder', (lora) => buildClipText(configs.text, weights.text_encoder, { form, lora })),
    unet: network('unet', (lora) => buildUNet(configs.unet, weights.unet, { form, lora })),
  };
  const { encoder, decoder } = autoencoderGraphs(configs.autoencoder, weights.vae, form);
  const sessions = new SessionPool();
  const vae = (build: () => Graph): LazySession => sessions.lazy(async () => create('vae', build()));
  const pipeline = new Pipeline({
    info: pipelineInfo(configs, weights),
    schedule: new NoiseSchedule(configs.scheduler),
    textEncoder: new TextEncoder(await loadTokenizer(model.tokenizer), networks.text_encoder.with(NO_LORA)),
    denoiser: new Denoiser(configs.unet, networks.unet.with(NO_LORA)),
    autoencoder: new Autoencoder(configs.autoencoder, vae(encoder), vae(decoder)),
    release: async () => {
      for (const part of [sessions, networks.text_encoder, networks.unet]) await part.release();
    },
  });
  return new DiffusionModel(pipeline, { config: configs.unet, weights }, networks);
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

function autoencoderGraphs(
  model: AutoencoderConfig,
  weights: WeightSource,
  form: GraphForm,
): { encoder: () => Graph; decoder: () => Graph } {
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
