/** A model folder in the diffusers layout: model_index.json and one sub-folder for each part. */
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../domain/errors';
import { fileError } from '../../files/file-error';
import { isJsonObject, readJsonFile } from '../../files/json-text';
import { openSafetensors } from './safetensors';
import { isFile } from '../../files/kind-of-path';
import { openComponent, openScheduler, openTokenizer } from './folder-parts';
import type { ModelComponent, SchedulerPart } from './folder-parts';
import type { TokenizerSource } from './tokenizer-files';
import type { WeightView } from './weight-view';

/** model_index.json as it is. */
export type ModelIndex = Readonly<Record<string, unknown>>;

/** Which sub-folders a kind of model has, named as in model_index.json. */
export interface FolderLayout {
  readonly networks: readonly string[];
  /** Each with the network whose vocabulary and window it must have. */
  readonly tokenizers: Readonly<Record<string, string>>;
  /** By network: its own names for tensors that some files name otherwise. */
  readonly views?: Readonly<Record<string, WeightView>>;
}

export interface IndexedFolder {
  /** Absolute path, symbolic links resolved. */
  readonly folder: string;
  /** Path of model_index.json. */
  readonly file: string;
  readonly index: ModelIndex;
  /** For example "LatentConsistencyModelPipeline". */
  readonly pipelineClass: string;
}

export interface ModelFolder extends IndexedFolder {
  /** By the layout's names, in its order. */
  readonly components: Readonly<Record<string, ModelComponent>>;
  readonly tokenizers: Readonly<Record<string, TokenizerSource>>;
  readonly scheduler: SchedulerPart;
}

/** What could be opened, and a sentence for everything that could not. */
export interface ModelFolderParts extends Omit<ModelFolder, 'scheduler'> {
  readonly scheduler: SchedulerPart | undefined;
  readonly problems: readonly string[];
}

const LAYOUT =
  'A model folder holds model_index.json and the folders unet, vae, text_encoder, tokenizer and scheduler ' +
  '(the layout of the diffusers library, with .safetensors weights)';

async function resolveFolder(folder: string): Promise<string> {
  try {
    const real = await realpath(path.resolve(folder));
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    throw fileError(error, 'open the model folder', folder);
  }
  throw new UserError('bad-checkpoint', `${folder} is a file, expected a model folder. ${LAYOUT}.`);
}

/** What PEFT, diffusers and Fourstep's styles call it. */
const LORA_FILES = new Set(['adapter_model.safetensors', 'adapter_config.json', 'pytorch_lora_weights.safetensors']);
/** Headers of so many files are read to find out. */
const MOST_LOOKED_AT = 8;

/** The first file whose tensors have the names of a LoRA's. */
async function loraAmong(folder: string, names: readonly string[]): Promise<string | undefined> {
  const files = names.filter((name) => name.toLowerCase().endsWith('.safetensors')).sort();
  for (const name of files.slice(0, MOST_LOOKED_AT)) {
    const { tensors } = await openSafetensors(path.join(folder, name)).catch(() => ({
      tensors: new Map<string, never>(),
    }));
    if ([...tensors.keys()].some((key) => /[._](?:lora|hada|lokr|oft|glora)_|\.lora\./.test(key))) return name;
  }
  return undefined;
}

async function readModelIndex(folder: string, file: string): Promise<ModelIndex> {
  if (!(await isFile(file))) {
    const names = await readdir(folder);
    const lora = names.find((name) => LORA_FILES.has(name)) ?? (await loraAmong(folder, names));
    if (lora !== undefined) {
      throw new UserError(
        'bad-checkpoint',
        `${folder} holds a LoRA (${lora}), which is an addition to a model and no model by itself. Choose a model, and give ` +
          `${path.join(folder, lora)} as a LoRA (--lora).`,
      );
    }
    const single = names.includes('config.json')
      ? undefined
      : names.find((name) => /\.(safetensors|ckpt)$/i.test(name));
    const hint = single === undefined ? '' : ` ${single} looks like a checkpoint in one file: choose the file itself.`;
    throw new UserError(
      'bad-checkpoint',
      `${folder} is not a model folder: it has no model_index.json. ${LAYOUT}.${hint}`,
    );
  }
  const index = await readJsonFile(file);
  if (isJsonObject(index)) return index;
  throw new UserError('bad-checkpoint', `${file}: expected an object that names the parts of the model.`);
}

/** model_index.json says `"unet": ["diffusers", "UNet2DConditionModel"]`, and [null, null] for a part left out. */
function classOf(index: ModelIndex, part: string): string {
  const entry = index[part];
  const className: unknown = Array.isArray(entry) ? (entry as unknown[])[1] : undefined;
  if (typeof className === 'string') return className;
  throw new UserError('bad-checkpoint', `model_index.json names no ${part}.`);
}

/** Reads what a model folder says about itself. Throws `not-found` or `bad-checkpoint` when it is none. */
export async function openIndexedFolder(modelPath: string): Promise<IndexedFolder> {
  const folder = await resolveFolder(modelPath);
  const file = path.join(folder, 'model_index.json');
  const index = await readModelIndex(folder, file);
  const pipelineClass = typeof index['_class_name'] === 'string' ? index['_class_name'] : '';
  return { folder, file, index, pipelineClass };
}

/** Opens whatever can be opened of a layout and lists everything that is missing or broken. */
export async function readParts(indexed: IndexedFolder, layout: FolderLayout): Promise<ModelFolderParts> {
  const { folder, index } = indexed;
  const problems: string[] = [];
  const attempt = async <T>(open: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error.message);
      return undefined;
    }
  };
  const components: Record<string, ModelComponent> = {};
  for (const name of layout.networks) {
    const component = await attempt(async () => openComponent(path.join(folder, name), classOf(index, name)));
    if (component !== undefined) components[name] = { ...component, view: layout.views?.[name] };
  }
  const tokenizers: Record<string, TokenizerSource> = {};
  for (const [name, reader] of Object.entries(layout.tokenizers)) {
    const config = components[reader]?.config;
    const tokenizer = await attempt(async () => openTokenizer(path.join(folder, name), config));
    if (tokenizer !== undefined) tokenizers[name] = tokenizer;
  }
  const scheduler = await attempt(async () =>
    openScheduler(path.join(folder, 'scheduler'), classOf(index, 'scheduler')),
  );
  return { ...indexed, components, tokenizers, scheduler, problems };
}

/** Throws `bad-checkpoint` that lists every part that is missing or broken. */
export function wholeFolder({ scheduler, problems, ...parts }: ModelFolderParts): ModelFolder {
  if (scheduler !== undefined && problems.length === 0) return { ...parts, scheduler };
  throw new UserError('bad-checkpoint', `The model in ${parts.folder} cannot be used:\n- ${problems.join('\n- ')}`);
}
