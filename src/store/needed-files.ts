/** Of all files of a repository those that Fourstep needs: each part once, in one precision, never as a pickle. */
import type { ModelKind, Precision } from '../contract/store-api';
import { UserError } from '../domain/errors';
import type { HubFile } from './hub-client';

export interface NeededFiles {
  readonly kind: ModelKind;
  readonly files: readonly HubFile[];
}

export interface Wishes {
  readonly repo: string;
  readonly precision: Precision;
  /** One file of the repository, and nothing else. */
  readonly file?: string;
}

/** What a part's own class is, in model_index.json: `[library, class]`. */
export type ModelIndex = Readonly<Record<string, unknown>>;

export const INDEX_FILE = 'model_index.json';

/** Parts of published pipelines that draw nothing. */
const UNUSED_PARTS = new Set(['safety_checker', 'feature_extractor', 'image_encoder']);
/** Texts with a model's settings and vocabulary are this small; anything larger under such a name is something else. */
const MOST_TEXT_BYTES = 20_000_000;
const MOST_LICENSE_BYTES = 1_000_000;
/** Names of weights, as diffusers and transformers give them; `engine/checkpoints/folder-parts.ts` opens the same. */
const STEMS = ['diffusion_pytorch_model', 'model'];
const LORA_FILE = 'pytorch_lora_weights.safetensors';
const PICKLE = /\.(?:bin|ckpt|pt|pth|pkl)$/i;

/** Throws `unsupported` or `not-found` saying what the repository is instead, and what to do. `readText`: for configs of a few kilobytes. */
export async function neededFiles(
  all: readonly HubFile[],
  wishes: Wishes,
  readJson: (file: HubFile) => Promise<unknown>,
): Promise<NeededFiles> {
  const { file } = wishes;
  if (file !== undefined) return { kind: kindOfFile(file), files: [...licensesOf(all), single(all, wishes, file)] };
  const index = all.find(({ path }) => path === INDEX_FILE);
  if (index !== undefined) {
    const parts = partsOf(await readJson(index), wishes.repo);
    const files = parts.flatMap((part) => filesOfPart(all, part, wishes));
    return { kind: 'model', files: [index, ...licensesOf(all), ...files] };
  }
  const config = all.find(({ path }) => path === 'config.json');
  if (config !== undefined && bestWeights(all, '', wishes.precision).length > 0) {
    const kind = kindOfComponent(await readJson(config), wishes.repo);
    return { kind, files: [config, ...licensesOf(all), ...bestWeights(all, '', wishes.precision)] };
  }
  return alone(all, wishes);
}

/** The parts that have files. */
function partsOf(index: unknown, repo: string): string[] {
  if (typeof index !== 'object' || index === null) {
    throw new UserError('unsupported', `${repo}: its ${INDEX_FILE} is no list of parts.`);
  }
  const entries = Object.entries(index).filter(([name]) => /^[a-z]\w*$/.test(name));
  const parts = entries
    .filter(([, value]) => Array.isArray(value) && typeof value[1] === 'string')
    .map(([name]) => name);
  const named = (index as ModelIndex)['_class_name'];
  if (!parts.includes('unet') || !parts.includes('vae')) {
    const what = typeof named === 'string' && /^\w{1,100}$/.test(named) ? `a ${named}` : 'made';
    throw new UserError(
      'unsupported',
      `${repo} is ${what} of ${parts.join(', ') || 'nothing'}. Fourstep runs models that have a unet and a vae, such as Stable Diffusion.`,
    );
  }
  return parts.filter((part) => !UNUSED_PARTS.has(part));
}

function filesOfPart(all: readonly HubFile[], part: string, { repo, precision }: Wishes): HubFile[] {
  const own = inFolder(all, part);
  const texts = own.filter(({ path, bytes }) => isText(path) && bytes <= MOST_TEXT_BYTES);
  const weights = bestWeights(all, part, precision);
  const files = [...texts, ...weights];
  if (files.length === 0) throw new UserError('not-found', `${repo} has no files of its part ${part}.`);
  // Schedulers and tokenizers have none.
  if (weights.length === 0 && own.some(({ path }) => path.endsWith('/config.json'))) {
    throw noWeights(own, `${repo}/${part}`, precision);
  }
  return files;
}

/** Configs and vocabularies; the lists of which tensor is in which file come with their weights. */
function isText(path: string): boolean {
  return /\.(?:json|txt)$/.test(path) && !/\.(?:safetensors|bin|msgpack|onnx)[\w.-]*\.json$/.test(path);
}

interface Variant {
  readonly suffix: string;
  readonly index: string;
  /** What the parts of a set in several files are called: "model-00001-of-00002.safetensors". */
  readonly infix: string;
}

const variant = (name: string): Variant => ({
  suffix: `${name}.safetensors`,
  index: name === '' ? '.safetensors.index.json' : `.safetensors.index${name}.json`,
  infix: name,
});
const FULL = variant('');
const HALF = [variant('.fp16'), variant('.bf16')];

/** The first set that is complete: the wanted precision before the other, one file before several. */
function bestWeights(all: readonly HubFile[], folder: string, precision: Precision): HubFile[] {
  const order = precision === 'full' ? [FULL, ...HALF] : [...HALF, FULL];
  const own = inFolder(all, folder);
  const prefix = folder === '' ? '' : `${folder}/`;
  for (const { suffix, index, infix } of order) {
    for (const stem of STEMS) {
      const one = own.find(({ path }) => path === `${prefix}${stem}${suffix}`);
      if (one !== undefined) return [one];
      const list = own.find(({ path }) => path === `${prefix}${stem}${index}`);
      const shards = shardsOf(own, `${prefix}${stem}`, infix);
      if (list !== undefined && shards !== undefined) return [list, ...shards];
    }
  }
  return [];
}

/** undefined unless all of them are there. */
function shardsOf(own: readonly HubFile[], stem: string, infix: string): HubFile[] | undefined {
  const numbered = own.flatMap((file) => {
    if (!file.path.startsWith(stem)) return [];
    const [, before = '', number, count, after = ''] =
      /^(\.\w+)?-(\d{5})-of-(\d{5})(\.\w+)?\.safetensors$/.exec(file.path.slice(stem.length)) ?? [];
    return number === undefined || before + after !== infix ? [] : [{ file, count: Number(count) }];
  });
  return numbered.length === numbered[0]?.count ? numbered.map(({ file }) => file) : undefined;
}

function inFolder(all: readonly HubFile[], folder: string): HubFile[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  return all.filter(({ path }) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'));
}

function licensesOf(all: readonly HubFile[]): HubFile[] {
  return all.filter(({ path, bytes }) => /^LICEN[CS]E[\w.-]*$/i.test(path) && bytes <= MOST_LICENSE_BYTES);
}

function kindOfComponent(config: unknown, repo: string): ModelKind {
  const name: unknown =
    typeof config === 'object' && config !== null ? (config as ModelIndex)['_class_name'] : undefined;
  if (name === 'UNet2DConditionModel') return 'unet';
  if (typeof name === 'string' && /^Autoencoder(?:KL|Tiny)$/.test(name)) return 'decoder';
  const what = typeof name === 'string' && /^\w{1,100}$/.test(name) ? `a ${name}` : 'no part of a diffusion model';
  throw new UserError('unsupported', `${repo} is ${what}, which Fourstep cannot use by itself.`);
}

/** A repository without any description: a LoRA, or a checkpoint in one file. */
function alone(all: readonly HubFile[], wishes: Wishes): NeededFiles {
  const own = inFolder(all, '').filter(({ path }) => path.endsWith('.safetensors'));
  const lora = own.find(({ path }) => path === LORA_FILE);
  const [only, ...others] = lora === undefined ? own : [lora];
  if (only === undefined) throw noWeights(all, wishes.repo, wishes.precision);
  if (others.length > 0) throw several(own, wishes.repo);
  return { kind: kindOfFile(only.path), files: [...licensesOf(all), only] };
}

/** The name is what there is to go by; whoever opens it sees. */
function kindOfFile(path: string): ModelKind {
  return /lora/i.test(path.split('/').at(-1) ?? '') ? 'lora' : 'file';
}

function single(all: readonly HubFile[], { repo }: Wishes, file: string): HubFile {
  const found = all.find(({ path }) => path === file);
  if (found === undefined) {
    throw new UserError('not-found', `${repo} has no file ${file}.${examples(all.filter(isSafetensors), repo)}`);
  }
  if (PICKLE.test(file)) throw noWeights([found], `${repo}/${file}`, 'full');
  if (!isSafetensors(found)) throw new UserError('unsupported', `${repo}/${file} is no .safetensors file.`);
  return found;
}

function isSafetensors({ path }: HubFile): boolean {
  return path.endsWith('.safetensors');
}

function several(files: readonly HubFile[], repo: string): UserError {
  return new UserError(
    'bad-request',
    `${repo} has ${files.length} files with weights and does not say which belong together. Name one of them.${examples(files, repo)}`,
  );
}

function examples(files: readonly HubFile[], repo: string): string {
  if (files.length === 0) return '';
  const most = 8;
  const names = files.slice(0, most).map(({ path }) => `${repo}/${path}`);
  return ` There are: ${names.join(', ')}${files.length > most ? ', …' : ''}.`;
}

function noWeights(files: readonly HubFile[], where: string, precision: Precision): UserError {
  const pickle = files.find(({ path }) => PICKLE.test(path));
  if (pickle === undefined) {
    const expected =
      precision === 'full' ? STEMS.join('.safetensors or ') : `${STEMS.join('.fp16.safetensors or ')}.fp16`;
    return new UserError('not-found', `${where} has no weights that Fourstep reads; expected ${expected}.safetensors.`);
  }
  return new UserError(
    'unsupported',
    `${where} has its weights only as ${pickle.path}, a PyTorch pickle file. Opening one can run any code its author put into it, ` +
      `so Fourstep reads only safetensors. Look for another copy of the model, or convert it with a tool that you trust.`,
  );
}
