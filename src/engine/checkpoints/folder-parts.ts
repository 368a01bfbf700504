/** Finds the parts of a diffusers model folder; what is missing or broken is collected, so that all of it is told at once. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../domain/errors';
import { isFile } from '../../files/kind-of-path';
import { isJsonObject, readJsonFile } from '../../files/json-text';
import type { TokenizerSource } from './tokenizer-files';
import type { VocabularyFiles } from './vocabulary-files';
import type { WeightView } from './weight-view';

export interface ModelComponent {
  /** The class that model_index.json or the config names, for example "AutoencoderTiny". */
  readonly className: string;
  readonly configFile: string;
  /** config.json as it is; each class has its own parser. */
  readonly config: unknown;
  /** One .safetensors file or the index of several, for openWeights. */
  readonly weights: string;
  /** The network's names for the tensors, where files may have others. */
  readonly view?: WeightView | undefined;
}

export interface SchedulerPart {
  readonly className: string;
  readonly configFile: string;
  readonly config: unknown;
}

/** The first name wins: full precision before half, one file before several. */
const WEIGHT_SUFFIXES = [
  '.safetensors',
  '.safetensors.index.json',
  '.fp16.safetensors',
  '.safetensors.index.fp16.json',
  '.bf16.safetensors',
  '.safetensors.index.bf16.json',
];
const WEIGHT_STEMS = ['diffusion_pytorch_model', 'model'];

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function findWeights(folder: string): Promise<string> {
  for (const suffix of WEIGHT_SUFFIXES) {
    for (const stem of WEIGHT_STEMS) {
      const file = path.join(folder, stem + suffix);
      if (await isFile(file)) return file;
    }
  }
  const names = await namesIn(folder);
  const variant = names.find((name) => /\.safetensors(\.index\.[\w-]+\.json)?$/i.test(name));
  if (variant !== undefined) throw otherVariant(folder, variant);
  const pickle = names.find((name) => /\.(bin|ckpt|pt|pth)$/i.test(name));
  if (pickle === undefined) {
    throw new UserError(
      'bad-checkpoint',
      `${folder} holds no weights; expected ${WEIGHT_STEMS.join('.safetensors or ')}.safetensors.`,
    );
  }
  throw new UserError(
    'unsupported',
    `${folder} holds its weights only as ${pickle}, a PyTorch pickle file. Opening one can run any code its author put ` +
      `into it, so Fourstep reads only safetensors. Get the .safetensors version of the model.`,
  );
}

/** "diffusion_pytorch_model.bf16.safetensors": weights that are there, under a name that says which of several they are. */
function otherVariant(folder: string, found: string): UserError {
  const [, variant] = /\.(?:index\.)?([\w-]+)\.(?:safetensors|json)$/i.exec(found) ?? [];
  const what = variant === undefined ? 'under another name' : `only as the variant "${variant}"`;
  const [stem] = WEIGHT_STEMS;
  return new UserError(
    'bad-checkpoint',
    `${folder} holds its weights ${what} (${found}); expected ${stem}.safetensors, the same with .fp16 or .bf16, or model.safetensors. ` +
      `Rename the file, or get the variant that has no name.`,
  );
}

/** Opens one component's folder (config.json and weights), inside a pipeline or by itself, such as a separate decoder. */
export async function openComponent(folder: string, className?: string): Promise<ModelComponent> {
  const configFile = path.join(folder, 'config.json');
  const config = await readJsonFile(configFile);
  if (!isJsonObject(config)) throw new UserError('bad-checkpoint', `${configFile}: expected an object.`);
  const architectures: unknown = config['architectures'];
  const named =
    className ?? config['_class_name'] ?? (Array.isArray(architectures) ? (architectures as unknown[])[0] : undefined);
  if (typeof named !== 'string')
    throw new UserError('bad-checkpoint', `${configFile} does not say which class it is for ("_class_name").`);
  return { className: named, configFile, config, weights: await findWeights(folder) };
}

export async function openScheduler(folder: string, className: string): Promise<SchedulerPart> {
  const configFile = path.join(folder, 'scheduler_config.json');
  return { className, configFile, config: await readJsonFile(configFile) };
}

function numberIn(config: unknown, field: string): number | undefined {
  const value = isJsonObject(config) ? config[field] : undefined;
  return typeof value === 'number' ? value : undefined;
}

/** Two files, or since transformers 5 one. */
function wordsAmong(folder: string, names: ReadonlySet<string>): VocabularyFiles {
  const missing = ['vocab.json', 'merges.txt'].filter((name) => !names.has(name));
  if (missing.length === 0) return { vocab: path.join(folder, 'vocab.json'), merges: path.join(folder, 'merges.txt') };
  if (names.has('tokenizer.json')) return { tokenizerJson: path.join(folder, 'tokenizer.json') };
  throw new UserError('bad-checkpoint', `${folder} lacks ${missing.join(' and ')}, and has no tokenizer.json instead.`);
}

export async function openTokenizer(folder: string, textEncoderConfig: unknown): Promise<TokenizerSource> {
  const names = new Set(await namesIn(folder));
  const optional = (name: string): string | undefined => (names.has(name) ? path.join(folder, name) : undefined);
  return {
    words: wordsAmong(folder, names),
    specialTokensMap: optional('special_tokens_map.json'),
    tokenizerConfig: optional('tokenizer_config.json'),
    positions: numberIn(textEncoderConfig, 'max_position_embeddings'),
    vocabSize: numberIn(textEncoderConfig, 'vocab_size'),
  };
}
