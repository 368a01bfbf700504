/** Text→image and image→image: prompt, seeds and settings in, pictures out, with previews and cancellation between steps. */
import { throwIfCancelled } from '../../domain/errors';
import { imageToTensor, tensorToImage } from './pixels';
import type { RawImage } from '../../pictures/raw';
import { float32, sizeOf, type Tensor } from '../tensors/tensor';
import type { Autoencoder, EncodedImage } from './autoencoder';
import type { Conditioning, PromptEncoder } from '../families/family';
import type { Denoiser, Steering } from './denoiser';
import type { PipelineInfo } from './info';
import { makeSampler } from './make-sampler';
import { seededNoise, type NoiseSource } from './noise-streams';
import { latentPreview } from './preview';
import type { PipelineHooks, PipelineRequest, PipelineResult } from './request';
import type { Sampler, SamplerRun } from './sampler';
import type { NoiseSchedule } from './schedule';
import { checkRequest, requestNotices } from './validate';

export interface PipelineParts {
  readonly info: PipelineInfo;
  readonly schedule: NoiseSchedule;
  readonly prompts: PromptEncoder;
  readonly denoiser: Denoiser;
  /** Denoisers of the first part of the noise schedule, in rising order, where LoRAs begin later. */
  readonly earlier?: readonly EarlierDenoiser[];
  readonly autoencoder: Autoencoder;
  /** LoRAs are on top of the model. */
  readonly adapted?: boolean;
  /** Releases every session. */
  release(): Promise<void>;
}

export interface EarlierDenoiser {
  readonly denoiser: Denoiser;
  /** Share of the noise schedule, (0, 1), from which it is used no more. */
  readonly until: number;
}

/** What the sampling loop needs of a request; the picture to start from is in latents already. */
export interface DenoiseRequest extends Pick<PipelineRequest, 'steps' | 'sampler' | 'width' | 'height'> {
  readonly init?: { readonly image: EncodedImage; readonly strength: number } | undefined;
}

/** One picture while it is made. */
interface Variant {
  readonly noise: NoiseSource;
  readonly run: SamplerRun;
  sample: Float32Array;
  denoised: Float32Array;
}

export class Pipeline {
  readonly info: PipelineInfo;

  constructor(readonly parts: PipelineParts) {
    this.info = parts.info;
  }

  /** Throws `bad-request` before any work when a setting is out of range, `cancelled` between steps. */
  async generate(request: PipelineRequest, hooks: PipelineHooks = {}): Promise<PipelineResult> {
    checkRequest(request, this.parts);
    const started = performance.now();
    hooks.onPhase?.('text');
    const { steering, notices } = await this.#steer(request);
    throwIfCancelled(hooks.signal);
    const textDone = performance.now();

    hooks.onPhase?.('denoising');
    const init = await this.#encodeInit(request);
    const loop = { ...request, init };
    const latents = await this.denoise(loop, steering, request.seeds.map(seededNoise), hooks);
    const denoiseDone = performance.now();

    hooks.onPhase?.('decoding');
    const images: RawImage[] = [];
    for (const [index, finished] of latents.entries()) {
      throwIfCancelled(hooks.signal);
      const image = await this.decode(finished);
      images.push(image);
      await hooks.onVariant?.(index, image);
    }
    const timings = {
      text: textDone - started,
      denoise: denoiseDone - textDone,
      decode: performance.now() - denoiseDone,
    };
    return { images, notices, timings };
  }

  /**
   * The sampling loop for one variant per noise source; returns finished latents [1, channels, height, width] each.
   * Variants run one after the other within a step: a batch would change the last bits of its members.
   */
  async denoise(
    request: DenoiseRequest,
    steering: Steering,
    noises: readonly NoiseSource[],
    hooks: PipelineHooks = {},
  ): Promise<Tensor<'float32'>[]> {
    const { schedule } = this.parts;
    const sampler = makeSampler(request.sampler, schedule, {
      steps: request.steps,
      strength: request.init?.strength ?? 1,
    });
    const shape = this.#latentShape(request);
    const variants = noises.map((noise) => this.#start(request, sampler, noise));
    const started = performance.now();
    for (const [index, timestep] of sampler.timesteps.entries()) {
      const denoiser = this.#denoiserAt(timestep, index === sampler.timesteps.length - 1);
      for (const variant of variants) {
        throwIfCancelled(hooks.signal);
        const scale = sampler.inputScale(index);
        const shown = scale === 1 ? variant.sample : variant.sample.map((value) => value * scale);
        const output = await denoiser.predict(float32(shown, shape), timestep, steering);
        const draw = (): Float32Array => variant.noise.step(index, output.length);
        Object.assign(variant, variant.run.step(index, output, variant.sample, draw));
      }
      const done = index + 1;
      const steps = sampler.timesteps.length;
      const secondsLeft = ((performance.now() - started) / 1000 / done) * (steps - done);
      const latents = variants.map(({ denoised }) => float32(denoised, shape));
      await hooks.onStep?.({ step: done, steps, secondsLeft, latents, preview: () => this.#previews(latents) });
    }
    return variants.map(({ denoised }) => float32(denoised, shape));
  }

  /** Finished latents to a picture, in the autoencoder's own precision. */
  async decode(latents: Tensor<'float32'>): Promise<RawImage> {
    return tensorToImage(await this.parts.autoencoder.decode(latents), this.#pixelForm());
  }

  /** The last step is always the whole model's, so that a single step shows every LoRA. */
  #denoiserAt(timestep: number, isLast: boolean): Denoiser {
    const { schedule, denoiser, earlier = [] } = this.parts;
    const passed = 1 - (timestep + 1) / schedule.config.numTrainTimesteps;
    const early = isLast ? undefined : earlier.find(({ until }) => passed < until);
    return early?.denoiser ?? denoiser;
  }

  release(): Promise<void> {
    return this.parts.release();
  }

  async #steer(request: PipelineRequest): Promise<{ steering: Steering; notices: string[] }> {
    const { prompts, denoiser } = this.parts;
    const prompt = await prompts.encode(request.prompt, request);
    const guided = !denoiser.hasGuidanceEmbedding && request.guidance > 1;
    const negative = guided ? await this.#negative(request) : undefined;
    const notices = requestNotices(request, {
      windows: prompts.windows(request.prompt, request),
      negativeWindows: guided ? prompts.windows(request.negativePrompt, request) : 1,
      windowTokens: this.info.promptTokens,
      guidanceEmbedded: denoiser.hasGuidanceEmbedding,
      isLcm: this.info.isLcm,
      oneStep: this.info.oneStep,
      fewSteps: this.info.fewSteps,
      adapted: this.parts.adapted ?? false,
      ignored: this.parts.schedule.config.ignored,
    });
    return { steering: denoiser.steer(prompt, negative, request.guidance), notices };
  }

  /** Nothing but spaces is no negative prompt. */
  #negative(request: PipelineRequest): Promise<Conditioning> {
    const { prompts } = this.parts;
    const { negativePrompt } = request;
    return negativePrompt.trim() === '' ? prompts.missing(request) : prompts.encode(negativePrompt, request);
  }

  /** A picture whose sides are multiples of the size factor, on the latent side. */
  async encode(image: RawImage): Promise<EncodedImage> {
    const { autoencoder } = this.parts;
    return autoencoder.encode(imageToTensor(image, autoencoder.design.inChannels, this.#pixelForm()));
  }

  async #encodeInit({ init }: PipelineRequest): Promise<DenoiseRequest['init']> {
    return init && { image: await this.encode(init.image), strength: init.strength };
  }

  #start(request: DenoiseRequest, sampler: Sampler, noise: NoiseSource): Variant {
    const size = sizeOf(this.#latentShape(request));
    const sample = startOf(request, sampler, noise, size);
    return { noise, run: sampler.start(), sample, denoised: sample };
  }

  /** The tiny autoencoder is fast enough for every step; the full one is not, so its latents are coloured directly. */
  #previews(latents: readonly Tensor<'float32'>[]): Promise<RawImage[]> {
    const fast = this.parts.autoencoder.design.kind === 'tiny' || this.info.latentChannels !== 4;
    return Promise.all(latents.map(async (latent) => (fast ? this.decode(latent) : latentPreview(latent))));
  }

  #pixelForm(): { premultiplied: boolean } {
    return { premultiplied: this.parts.autoencoder.design.rgbaPremultiplied };
  }

  #latentShape({ width, height }: { readonly width: number; readonly height: number }): readonly number[] {
    const { latentChannels, sizeFactor } = this.info;
    return [1, latentChannels, height / sizeFactor, width / sizeFactor];
  }
}

/** Pure noise, or the picture that is started from with as much noise as the first step takes away. */
function startOf({ init }: DenoiseRequest, sampler: Sampler, noise: NoiseSource, size: number): Float32Array {
  if (init !== undefined) return sampler.noised(init.image.sample(noise).data, noise.addNoise(size));
  const latents = noise.latents(size);
  return sampler.startScale === 1 ? latents : latents.map((value) => value * sampler.startScale);
}
