/** Reads the files of a CLIP tokenizer, in every form that models come with, and checks them. */
import { isJsonObject, quote, readJsonFile } from '../../files/json-text';
import { bad, END, readWords, START, type VocabularyFiles } from './vocabulary-files';

/** Paths of a tokenizer's files, and what the text encoder's config says about its input. */
export interface TokenizerSource {
  readonly words: VocabularyFiles;
  /** The padding token where no file names one; else the end token is. */
  readonly pad?: string | undefined;
  readonly specialTokensMap?: string | undefined;
  readonly tokenizerConfig?: string | undefined;
  /** The text encoder's max_position_embeddings. */
  readonly positions?: number | undefined;
  /** The text encoder's vocab_size: rows of its embedding table. */
  readonly vocabSize?: number | undefined;
}

export interface ClipVocabulary {
  /** Token → id. */
  readonly vocab: Readonly<Record<string, number>>;
  /** Pairs to merge, most frequent first. */
  readonly merges: readonly (readonly [string, string])[];
  readonly start: number;
  readonly end: number;
  readonly pad: number;
  readonly windowLength: number;
}

/** CLIP's window where no file says otherwise. */
const DEFAULT_WINDOW = 77;

/** Every file that the tokenizer is read from. */
export function tokenizerFiles({ words, specialTokensMap, tokenizerConfig }: TokenizerSource): string[] {
  return [...Object.values(words), specialTokensMap, tokenizerConfig].filter((file) => file !== undefined);
}

async function readOptional(file: string | undefined): Promise<Readonly<Record<string, unknown>>> {
  if (file === undefined) return {};
  const json = await readJsonFile(file);
  if (!isJsonObject(json)) throw bad(file, 'expected an object');
  return json;
}

/** A special token is written as a text or as { content, … }. */
function tokenText(value: unknown): string | undefined {
  const text = isJsonObject(value) ? value['content'] : value;
  return typeof text === 'string' ? text : undefined;
}

/**
 * The text encoder's window. Some tokenizers say 1e30 for "no limit"; one that cuts prompts shorter than the text encoder
 * reads them belongs to another model.
 */
function windowLength(modelMaxLength: unknown, positions: number | undefined, file: string): number {
  const limits = [modelMaxLength, positions].filter((limit) => typeof limit === 'number');
  const length = limits.length > 0 ? Math.min(...limits) : DEFAULT_WINDOW;
  if (!Number.isSafeInteger(length) || length < 3) {
    throw bad(file, `the token window is ${length} long, expected a whole number of at least 3`);
  }
  if (positions !== undefined && length < positions) {
    const what = `the tokenizer's window (model_max_length) is ${length} tokens, but the text encoder's (max_position_embeddings) is ${positions}`;
    throw bad(
      file,
      `${what}. The tokenizer belongs to another model: put the one that came with the text encoder here`,
    );
  }
  return length;
}

/**
 * Reads and checks the files. SD 1.x pads with the end token, SD 2.x with "!": special_tokens_map.json decides, then tokenizer_config.json.
 * Throws UserError('bad-checkpoint' | 'not-found' | 'io') naming the file.
 */
export async function readClipVocabulary(source: TokenizerSource): Promise<ClipVocabulary> {
  const { file, vocab, merges } = await readWords(source.words, source.vocabSize ?? Number.MAX_SAFE_INTEGER);
  const config = await readOptional(source.tokenizerConfig);
  const special = { ...config, ...(await readOptional(source.specialTokensMap)) };
  const idOf = (key: string, fallback: string): number => {
    const token = tokenText(special[key]) ?? fallback;
    const id = Object.hasOwn(vocab, token) ? vocab[token] : undefined;
    if (id === undefined) throw bad(file, `the ${key} ${quote(token)} is not in the vocabulary`);
    return id;
  };
  return {
    vocab,
    merges,
    start: idOf('bos_token', START),
    end: idOf('eos_token', END),
    pad: idOf('pad_token', source.pad ?? END),
    windowLength: windowLength(config['model_max_length'], source.positions, source.tokenizerConfig ?? file),
  };
}

/**
 * Texts and ids of the tokens that stand for themselves wherever a prompt spells them. The padding token is one of them, so that every "!"
 * in a prompt for SD 2.x is its token 0 and never the ordinary "!</w>" (transformers' CLIPTokenizer).
 */
export function specialTokens({ vocab, start, end, pad }: ClipVocabulary): ReadonlyMap<string, number> {
  return new Map(Object.entries(vocab).filter(([, id]) => id === start || id === end || id === pad));
}

/**
 * The tokenizer.json that transformers' CLIPConverter makes of these files, except for what {@link ClipTokenizer} does
 * to the text before: special tokens, NFC, lower case and the split at white space.
 */
export function clipTokenizerJson(vocabulary: ClipVocabulary): object {
  const endToken = Object.entries(vocabulary.vocab).find(([, id]) => id === vocabulary.end);
  return {
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\p{L}\\p{N}]+" },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: null,
    model: {
      type: 'BPE',
      unk_token: endToken?.[0],
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      vocab: vocabulary.vocab,
      merges: vocabulary.merges,
    },
  };
}
