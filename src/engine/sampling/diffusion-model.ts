/** A loaded model: its pipeline, and the same pipeline with LoRAs on top. */
import { layerNames, type AdaptableLayer, type LoraBase } from '../lora/layer-names';
import type { AppliedLora, Lora, LoraComponent } from '../lora/lora';
import { mixLoras, type LoraMix } from '../lora/mix-loras';
import { readLora } from '../lora/read-lora';
import type { AdaptableNetwork } from './adaptable-network';
import { Denoiser } from './denoiser';
import { Pipeline } from './pipeline';
import { TextEncoder } from './text-encoder';

export class DiffusionModel {
  #names: ReadonlyMap<string, AdaptableLayer> | undefined;

  constructor(
    readonly pipeline: Pipeline,
    private readonly base: LoraBase,
    private readonly networks: Readonly<Record<LoraComponent, AdaptableNetwork>>,
  ) {}

  /** Reads a LoRA for this model; see `readLora` for what it throws. */
  readLora(location: string): Promise<Lora> {
    this.#names ??= layerNames(this.base);
    return readLora(location, this.#names);
  }

  /**
   * The pipeline with these LoRAs; with none, or with weights of 0 only, the pipeline itself. Nothing is computed before it is
   * used, and another one may be asked for at any time between jobs. It need not be released. What a LoRA does to the text encoder
   * it does from the beginning, because a prompt is read once.
   */
  withLoras(loras: readonly AppliedLora[]): Pipeline {
    const [unet, text] = [mixLoras(loras, 'unet'), mixLoras(loras, 'text_encoder')];
    if (unet.slots.size + text.slots.size === 0) return this.pipeline;
    const { parts } = this.pipeline;
    const denoiserOf = (mix: LoraMix): Denoiser => new Denoiser(parts.denoiser.config, this.networks.unet.with(mix));
    return new Pipeline({
      ...parts,
      adapted: true,
      textEncoder: new TextEncoder(parts.textEncoder.tokenizer, this.networks.text_encoder.with(text)),
      denoiser: denoiserOf(unet),
      earlier: startsOf(loras).map((until, index, starts) => ({
        until,
        denoiser: denoiserOf(mixLoras(loras, 'unet', starts[index - 1] ?? 0)),
      })),
      release: () => Promise.resolve(),
    });
  }

  /** Releases every session. */
  release(): Promise<void> {
    return this.pipeline.release();
  }
}

/** Where LoRAs begin that do not begin at once, in rising order, each once. */
function startsOf(loras: readonly AppliedLora[]): number[] {
  const starts = loras.filter(({ weight }) => weight !== 0).map(({ start = 0 }) => start);
  return [...new Set(starts)].filter((start) => start > 0).sort((a, b) => a - b);
}
