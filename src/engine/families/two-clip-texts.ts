/**
 * Prompts read by two CLIP text encoders, as in SDXL: the states before the last layer side by side are the `context`, the projected end
 * token of the second is `pooled`.
 */
import { UserError } from '../../domain/errors';
import type { ClipTokenizer } from '../checkpoints/tokenizer';
import type { ModelComponent } from '../checkpoints/folder-parts';
import { buildClipText } from '../networks/clip';
import { parseClipTextConfig, type ClipTextConfig } from '../networks/clip-config';
import { assertFinite, floatOutput } from '../runtime/outputs';
import type { LazySession } from '../runtime/session-pool';
import { float32, int64, joinedLast, type Tensor } from '../tensors/tensor';
import type { ClipTextParts } from './clip-texts';
import { partOf, type Conditioning, type PromptEncoder, type PromptState, type TextDesign } from './family';

export interface TwoClipParts {
  readonly first: ClipTextParts;
  readonly second: ClipTextParts;
  /** A prompt that nobody gave stands for zeros (`force_zeros_for_empty_prompt`); an empty one is read like any other. */
  readonly zerosForMissing: boolean;
}

export interface TwoClipTexts extends TextDesign {
  /** Width of the `context`. */
  readonly width: number;
  readonly pooledWidth: number;
}

/** Throws `unsupported` where the second is no encoder with a projection, `bad-checkpoint` for windows of two lengths. */
export function twoClipTexts(components: Readonly<Record<string, ModelComponent>>, parts: TwoClipParts): TwoClipTexts {
  const [one, two] = [partOf(components, parts.first.component), partOf(components, parts.second.component)];
  const [first, second] = [one, two].map(({ config, configFile }) => parseClipTextConfig(config, configFile)) as [
    ClipTextConfig,
    ClipTextConfig,
  ];
  if (two.className !== 'CLIPTextModelWithProjection') {
    throw new UserError(
      'unsupported',
      `${two.configFile}: the second text encoder is "${two.className}"; supported is CLIPTextModelWithProjection.`,
    );
  }
  const window = first.maxPositionEmbeddings;
  if (second.maxPositionEmbeddings !== window) {
    const found = `"max_position_embeddings" is ${second.maxPositionEmbeddings}`;
    throw new UserError('bad-checkpoint', `${two.configFile}: ${found}, but the first text encoder's is ${window}.`);
  }
  const width = first.hiddenSize + second.hiddenSize;
  return {
    components: [parts.first.component, parts.second.component],
    window,
    layers: Math.min(first.numHiddenLayers, second.numHiddenLayers) - 1,
    shapes: { context: [1, window, width], pooled: [1, second.projectionDim] },
    width,
    pooledWidth: second.projectionDim,
    graph: (component, weights, { skip = 0, ...options }) => {
      const isSecond = component === parts.second.component;
      const reading = { ...options, clipSkip: skip, state: 'penultimate' } as const;
      return buildClipText(isSecond ? second : first, weights, {
        ...reading,
        pooled: isSecond ? 'projected' : undefined,
      });
    },
    prompts: (tokenizers, sessionOf) => {
      const reader = ({ component, tokenizer }: ClipTextParts): Reader => ({
        tokenizer: partOf(tokenizers, tokenizer),
        without: (layers) => sessionOf(component, layers),
      });
      const zeros = (): Conditioning => ({
        context: float32(new Float32Array(window * width), [1, window, width]),
        pooled: float32(new Float32Array(second.projectionDim), [1, second.projectionDim]),
      });
      return new TwoClipPrompts(reader(parts.first), reader(parts.second), parts.zerosForMissing ? zeros : undefined);
    },
  };
}

interface Reader {
  readonly tokenizer: ClipTokenizer;
  readonly without: (layers: number) => LazySession;
}

class TwoClipPrompts implements PromptEncoder {
  constructor(
    private readonly first: Reader,
    private readonly second: Reader,
    private readonly zeros: (() => Conditioning) | undefined,
  ) {}

  async encode(prompt: string, clipSkip = 0): Promise<PromptState> {
    const [one, two] = [await read(this.first, prompt, clipSkip), await read(this.second, prompt, clipSkip)];
    const context = joinedLast(stateIn(one), stateIn(two));
    return { conditioning: { context, pooled: floatOutput(two, 'text_embeds') }, truncated: this.cutOf(prompt) };
  }

  async missing(clipSkip = 0): Promise<Conditioning> {
    return this.zeros?.() ?? (await this.encode('', clipSkip)).conditioning;
  }

  /** The two vocabularies may cut at different places; what only one of them reads is not lost, what neither reads is. */
  cutOf(prompt: string): string {
    const cuts = [this.first, this.second].map(({ tokenizer }) => tokenizer.encode(prompt).truncated);
    return cuts.reduce((longest, cut) => (cut.length > longest.length ? cut : longest));
  }
}

async function read(
  { tokenizer, without }: Reader,
  prompt: string,
  clipSkip: number,
): Promise<Readonly<Record<string, Tensor>>> {
  const { ids } = tokenizer.encode(prompt);
  return (await without(clipSkip)()).run({ input_ids: int64(ids, [1, ids.length]) });
}

function stateIn(outputs: Readonly<Record<string, Tensor>>): Tensor<'float32'> {
  const state = floatOutput(outputs, 'penultimate_hidden_state');
  assertFinite(state.data, 'The text encoder');
  return state;
}
