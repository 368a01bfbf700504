/** Prompts read by one CLIPTextModel: its last hidden states are the `context`. */
import { buildClipText } from '../networks/clip';
import type { ClipTextConfig } from '../networks/clip-config';
import { ClipReader, joinedTokens } from './clip-reader';
import {
  MOST_WINDOWS,
  partOf,
  type Conditioning,
  type PromptEncoder,
  type ReadingOptions,
  type TextDesign,
} from './family';

export interface ClipTextParts {
  readonly component: string;
  readonly tokenizer: string;
}

export function clipText(config: ClipTextConfig, { component, tokenizer }: ClipTextParts): TextDesign {
  const width = config.hiddenSize;
  return {
    components: [component],
    widths: { [component]: width },
    window: config.maxPositionEmbeddings,
    layers: config.numHiddenLayers,
    shapes: { context: [1, config.maxPositionEmbeddings, width] },
    graph: (_, weights, { text: { skip = 0, vectors } = {}, ...options }) =>
      buildClipText(config, weights, { ...options, clipSkip: skip, vectors }),
    prompts: (tokenizers, sessionOf) =>
      new ClipPrompts(
        new ClipReader({
          component,
          tokenizer: partOf(tokenizers, tokenizer),
          sessionOf,
          output: 'last_hidden_state',
          width,
          vocabSize: config.vocabSize,
        }),
      ),
  };
}

class ClipPrompts implements PromptEncoder {
  constructor(private readonly reader: ClipReader) {}

  async encode(prompt: string, options: ReadingOptions = {}): Promise<Conditioning> {
    const states = [];
    for (const chunk of this.reader.chunks(prompt, options).slice(0, MOST_WINDOWS))
      states.push((await this.reader.read(chunk, options)).states);
    return { context: joinedTokens(states) };
  }

  windows(prompt: string, options: ReadingOptions = {}): number {
    return this.reader.chunks(prompt, options).length;
  }

  missing(options?: ReadingOptions): Promise<Conditioning> {
    return this.encode('', options);
  }

  async encodeCaption(caption: string): Promise<Conditioning> {
    return { context: (await this.reader.read(this.reader.caption(caption), {})).states };
  }

  cutOf(caption: string): string {
    return this.reader.cutOf(caption);
  }
}
