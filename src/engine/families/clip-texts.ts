/** Prompts read by one CLIPTextModel: its last hidden states are the `context`. */
import type { ClipTokenizer } from '../checkpoints/tokenizer';
import { buildClipText } from '../networks/clip';
import type { ClipTextConfig } from '../networks/clip-config';
import { assertFinite, floatOutput } from '../runtime/outputs';
import type { LazySession } from '../runtime/session-pool';
import { int64, type Tensor } from '../tensors/tensor';
import { partOf, type Conditioning, type PromptState, type PromptEncoder, type TextDesign } from './family';

export interface ClipTextParts {
  readonly component: string;
  readonly tokenizer: string;
}

export function clipText(config: ClipTextConfig, { component, tokenizer }: ClipTextParts): TextDesign {
  return {
    components: [component],
    window: config.maxPositionEmbeddings,
    layers: config.numHiddenLayers,
    shapes: { context: [1, config.maxPositionEmbeddings, config.hiddenSize] },
    graph: (_, weights, { skip = 0, ...options }) => buildClipText(config, weights, { ...options, clipSkip: skip }),
    prompts: (tokenizers, sessionOf) =>
      new ClipPrompts(partOf(tokenizers, tokenizer), (skip) => sessionOf(component, skip)),
  };
}

export class ClipPrompts implements PromptEncoder {
  constructor(
    readonly tokenizer: ClipTokenizer,
    private readonly without: (layers: number) => LazySession,
  ) {}

  async encode(prompt: string, clipSkip = 0): Promise<PromptState> {
    const { ids, truncated } = this.tokenizer.encode(prompt);
    return { conditioning: { context: await this.states(ids, clipSkip) }, truncated };
  }

  async missing(clipSkip = 0): Promise<Conditioning> {
    return (await this.encode('', clipSkip)).conditioning;
  }

  cutOf(prompt: string): string {
    return this.tokenizer.encode(prompt).truncated;
  }

  /** float32 [1, window, hidden_size] */
  async states(ids: readonly number[], clipSkip = 0): Promise<Tensor<'float32'>> {
    const outputs = await (await this.without(clipSkip)()).run({ input_ids: int64(ids, [1, ids.length]) });
    const states = floatOutput(outputs, 'last_hidden_state');
    assertFinite(states.data, 'The text encoder');
    return states;
  }
}
