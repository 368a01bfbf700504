/** A loaded model: its pipeline, and the same pipeline with LoRAs on top. */
import type { ComponentWeights } from '../checkpoints/component-weights';
import { partOf, type ModelDesign, type PromptEncoder, type SessionOf } from '../families/family';
import { layerNames, type AdaptableLayer } from '../lora/layer-names';
import type { AppliedLora, Lora } from '../lora/loaded-lora';
import { mixLoras, NO_LORA, type LoraMix } from '../lora/mix-loras';
import { readLora } from '../lora/read-lora';
import type { DeviceName } from '../../domain/device';
import type { LazySession } from '../runtime/session-pool';
import type { AdaptableNetwork } from './adaptable-network';
import { adaptedPipeline } from './adapted-pipeline';
import type { Autoencoder } from './autoencoder';
import { Denoiser } from './denoiser';
import type { PipelineInfo } from './info';
import { Pipeline } from './pipeline';
import type { NoiseSchedule } from './schedule';

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
  readonly promptsWith: (sessionOf: SessionOf) => PromptEncoder;
  /** Releases every session. */
  release(): Promise<void>;
}

export class DiffusionModel {
  readonly pipeline: Pipeline;
  #names: ReadonlyMap<string, AdaptableLayer> | undefined;

  constructor(readonly parts: ModelParts) {
    const { design, networks, info, schedule, autoencoder } = parts;
    const plain: SessionOf = (name, skip) => partOf(networks, name).with(NO_LORA, skip);
    this.pipeline = new Pipeline({
      info,
      schedule,
      autoencoder,
      prompts: parts.promptsWith(plain),
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
   * it does from the beginning, because a prompt is read once.
   */
  withLoras(loras: readonly AppliedLora[]): Pipeline {
    const { design, networks, promptsWith } = this.parts;
    const mixes = Object.fromEntries(Object.keys(networks).map((name) => [name, mixLoras(loras, name)]));
    if (Object.values(mixes).every(({ slots }) => slots.size === 0)) return this.pipeline;
    const { component } = design.denoiser;
    const session = (name: string, mix: LoraMix, skip?: number): LazySession => partOf(networks, name).with(mix, skip);
    return adaptedPipeline(this.pipeline, {
      prompts: promptsWith((name, skip) => session(name, partOf(mixes, name), skip)),
      sessionAt: (passed) =>
        session(component, passed === 1 ? partOf(mixes, component) : mixLoras(loras, component, passed)),
      starts: startsOf(loras),
    });
  }

  /** Releases every session. */
  release(): Promise<void> {
    return this.parts.release();
  }
}

/** Where LoRAs begin that do not begin at once, in rising order, each once. */
function startsOf(loras: readonly AppliedLora[]): number[] {
  const starts = loras.filter(({ weight }) => weight !== 0).map(({ start = 0 }) => start);
  return [...new Set(starts)].filter((start) => start > 0).sort((a, b) => a - b);
}
