/** Prompt to hidden states. */
import type { ClipTokenizer } from '../checkpoints/tokenizer';
import type { LazySession } from './session-pool';
import { int64, type Tensor } from '../tensors/tensor';
import { assertFinite, floatOutput } from './outputs';

export interface EncodedText {
  /** float32 [1, window, hidden_size] */
  readonly states: Tensor<'float32'>;
  /** The end of the prompt that did not fit into the window; '' when all of it did. */
  readonly truncated: string;
}

export class TextEncoder {
  constructor(
    readonly tokenizer: ClipTokenizer,
    readonly session: LazySession,
  ) {}

  async encode(prompt: string): Promise<EncodedText> {
    const { ids, truncated } = this.tokenizer.encode(prompt);
    return { states: await this.states(ids), truncated };
  }

  async states(ids: readonly number[]): Promise<Tensor<'float32'>> {
    const outputs = await (await this.session()).run({ input_ids: int64(ids, [1, ids.length]) });
    const states = floatOutput(outputs, 'last_hidden_state');
    assertFinite(states.data, 'The text encoder');
    return states;
  }
}
