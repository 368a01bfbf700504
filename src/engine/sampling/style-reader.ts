/** Pictures whose style is to be followed, as the conditioning that says so. */
import { UserError } from '../../domain/errors';
import type { RawImage } from '../../pictures/raw';
import type { Conditioning, PromptEncoder, ReadingOptions, StyleDesign } from '../families/family';
import type { WeightSource } from '../checkpoints/weight-source';
import { assertFinite } from '../runtime/outputs';
import type { LazySession } from '../runtime/session-pool';
import { stacked, type Tensor } from '../tensors/tensor';

export interface StyleReaderParts {
  readonly design: StyleDesign;
  readonly weights: WeightSource;
  readonly session: LazySession;
}

/** Encodes one picture of the size that the style encoder reads; latents as the denoiser sees them, [1, channels, h, w]. */
export type EncodeReference = (image: RawImage) => Promise<Tensor<'float32'>>;

export class StyleReader {
  #absent: Promise<Conditioning> | undefined;

  constructor(private readonly parts: StyleReaderParts) {}

  /** What stands for no references. */
  absent(): Promise<Conditioning> {
    this.#absent ??= this.parts.design.absent(this.parts.weights);
    return this.#absent;
  }

  /** `scale`: weight of what the references say, 1 as trained. Throws `bad-request` when there are none. */
  async read(images: readonly RawImage[], scale: number, encode: EncodeReference): Promise<Conditioning> {
    const { design, session } = this.parts;
    if (images.length === 0) throw new UserError('bad-request', 'No reference pictures were given.');
    const latents: Tensor<'float32'>[] = [];
    for (const image of images) latents.push(await encode(image));
    const shown = design.shown(await (await session()).run({ references: stacked(latents) }), scale);
    for (const { data } of Object.values(shown)) assertFinite(data, 'The style encoder');
    return shown;
  }
}

/** Prompts, and beside each of them, also the empty one, the style that all pictures share. */
export class StyledPrompts implements PromptEncoder {
  constructor(
    private readonly prompts: PromptEncoder,
    private readonly style: () => Promise<Conditioning>,
  ) {}

  async encode(prompt: string, options?: ReadingOptions): Promise<Conditioning> {
    return this.#styled(await this.prompts.encode(prompt, options));
  }

  windows(prompt: string, options?: ReadingOptions): number {
    return this.prompts.windows(prompt, options);
  }

  async missing(options?: ReadingOptions): Promise<Conditioning> {
    return this.#styled(await this.prompts.missing(options));
  }

  async encodeCaption(caption: string): Promise<Conditioning> {
    return this.#styled(await this.prompts.encodeCaption(caption));
  }

  cutOf(caption: string): string {
    return this.prompts.cutOf(caption);
  }

  async #styled(conditioning: Conditioning): Promise<Conditioning> {
    return { ...conditioning, ...(await this.style()) };
  }
}
