/** A loaded model: its pipeline, and the same pipeline with LoRAs on top. */
import { UserError } from '../../domain/errors';
import type { RawImage } from '../../pictures/raw';
import type { ComponentWeights } from '../checkpoints/component-weights';
import {
  partOf,
  type Conditioning,
  type ModelDesign,
  type PromptEncoder,
  type SessionOf,
  type TextForm,
} from '../families/family';
import { layerNames, type AdaptableLayer } from '../lora/layer-names';
import type { AppliedLora, Lora } from '../lora/loaded-lora';
import { mixLoras, NO_LORA, type LoraMix } from '../lora/mix-loras';
import { readLora } from '../lora/read-lora';
import type { DeviceName } from '../../domain/choices';
import type { LazySession } from '../runtime/session-pool';
import type { AdaptableNetwork } from './adaptable-network';
import { adaptedPipeline } from './adapted-pipeline';
import type { Autoencoder } from './autoencoder';
import { Denoiser } from './denoiser';
import type { PipelineInfo } from './info';
import { Pipeline } from './pipeline';
import type { NoiseSchedule } from './schedule';
import { StyledPrompts, type StyleReader } from './style-reader';

export interface ModelParts {
  readonly design: ModelDesign;
  readonly weights: ComponentWeights;
  readonly device: DeviceName;
  /** Where it lies, for messages. */
  readonly folder: string;
  readonly info: PipelineInfo;
  readonly schedule: NoiseSchedule;
  /** The denoiser and the networks that read text, by component. */
  readonly networks: Readonly<Record<string, AdaptableNetwork>>;
  readonly autoencoder: Autoencoder;
  /** Of a model that takes references. */
  readonly style: StyleReader | undefined;
  readonly promptsWith: (sessionOf: SessionOf) => PromptEncoder;
  /** Releases every session. */
  release(): Promise<void>;
}

export class DiffusionModel {
  readonly pipeline: Pipeline;
  #names: ReadonlyMap<string, AdaptableLayer> | undefined;

  constructor(readonly parts: ModelParts) {
    const { design, networks, info, schedule, autoencoder } = parts;
    const plain: SessionOf = (name, form) => partOf(networks, name).with(NO_LORA, form);
    this.pipeline = new Pipeline({
      info,
      schedule,
      autoencoder,
      prompts: this.#prompts(plain),
      denoiser: new Denoiser(design.denoiser, plain(design.denoiser.component)),
      release: () => parts.release(),
    });
  }

  /** Reads a LoRA for this model; see `readLora` for what it throws. */
  readLora(location: string): Promise<Lora> {
    this.#names ??= layerNames(this.parts.design.lora, this.parts.weights);
    return readLora(location, this.#names);
  }

  /**
   * The pipeline with these LoRAs; with none, or with weights of 0 only, the pipeline itself. Nothing is computed before it is
   * used, and another one may be asked for at any time between jobs. It need not be released. What a LoRA does to the text encoder
   * it does from the beginning, because a prompt is read once. `style` is what `readStyle` gave.
   */
  withLoras(loras: readonly AppliedLora[], style?: Conditioning): Pipeline {
    const { design, networks } = this.parts;
    const mixes = Object.fromEntries(Object.keys(networks).map((name) => [name, mixLoras(loras, name)]));
    const plain = Object.values(mixes).every(({ slots }) => slots.size === 0);
    if (plain && style === undefined) return this.pipeline;
    const { component } = design.denoiser;
    const session = (name: string, mix: LoraMix, form?: Partial<TextForm>): LazySession =>
      partOf(networks, name).with(mix, form);
    return adaptedPipeline(this.pipeline, {
      prompts: this.#prompts((name, form) => session(name, partOf(mixes, name), form), style),
      adapted: !plain,
      sessionAt: (passed) =>
        session(component, passed === 1 ? partOf(mixes, component) : mixLoras(loras, component, passed)),
      starts: startsOf(loras),
    });
  }

  /**
   * The style of reference pictures of the model's default size, for `withLoras`. `scale` weighs it, 1 as trained. Throws `unsupported` for
   * a model that takes no references, `bad-request` for an empty list.
   */
  async readStyle(images: readonly RawImage[], scale = 1): Promise<Conditioning> {
    return this.checkFollowsPictures().read(images, scale, async (image) =>
      (await this.pipeline.encode(image)).sample(WITHOUT_NOISE),
    );
  }

  /** Throws `unsupported` naming a model that takes no references. */
  checkFollowsPictures(): StyleReader {
    const { style, folder } = this.parts;
    if (style !== undefined) return style;
    throw new UserError('unsupported', `The model in ${folder} does not follow reference pictures.`);
  }

  /** Releases every session. */
  release(): Promise<void> {
    return this.parts.release();
  }

  /** With the style, or with what stands for none in a model that takes references. */
  #prompts(sessionOf: SessionOf, style?: Conditioning): PromptEncoder {
    const { promptsWith, style: reader } = this.parts;
    const prompts = promptsWith(sessionOf);
    if (reader === undefined) return prompts;
    return new StyledPrompts(prompts, () => (style === undefined ? reader.absent() : Promise.resolve(style)));
  }
}

/** A reference is what its picture is, without the spread of an autoencoder that has a distribution. */
const WITHOUT_NOISE = { encode: (count: number) => new Float32Array(count) };

/** Where LoRAs begin that do not begin at once, in rising order, each once. */
function startsOf(loras: readonly AppliedLora[]): number[] {
  const starts = loras.filter(({ weight }) => weight !== 0).map(({ start = 0 }) => start);
  return [...new Set(starts)].filter((start) => start > 0).sort((a, b) => a - b);
}
