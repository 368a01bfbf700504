/** `fourstep generate`: one job for each prompt, files named after prompt and seed. */
import { randomInt, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, throwIfCancelled, UserError } from '../domain/errors';
import { slugOf } from '../domain/file-names';
import { decodeText } from '../domain/text-bytes';
import { resolveModel } from '../catalog/catalog';
import { DRAWING } from '../contract/drawing-settings';
import type { GenerateParams, GenerateResult, JobProgress, Variant } from '../contract/worker-api';
import { printable } from '../domain/printable';
import { resolveGeneration, type GenerationIntent } from '../product/generation';
import { keep, withScratch } from './results';
import type { Session } from './session';
import { typedSettings, type TypedSettings } from './setting-options';
import { additionsOf, type AdditionOptions } from './styles';
import type { Size } from './values';

export interface GenerateOptions extends AdditionOptions {
  readonly fromFile?: string;
  readonly size?: Size;
  readonly init?: string;
  readonly like?: string;
  readonly out: string;
}

/** What was set with the options of `DRAWING`. */
type Typed = TypedSettings<typeof DRAWING>;

/** What --json prints for a prompt. */
export interface PromptResult extends Omit<GenerateResult, 'variants'> {
  readonly prompt: string;
  readonly variants: readonly Variant[];
}

/** Seeds that are drawn stay short enough to type again. */
const SEED_LIMIT = 2 ** 32;

/** `onResult` gets each prompt's files as soon as they are there. Throws UserError; what was finished before stays. */
export async function generate(
  session: Session,
  given: readonly string[],
  options: GenerateOptions,
  onResult: (result: PromptResult) => void,
): Promise<void> {
  const prompts = [...given, ...(await promptsFrom(options.fromFile))];
  if (prompts.length === 0) {
    throw new UserError('bad-request', 'There is no prompt. Give one, or a list with --from-file.');
  }
  const typed = typedSettings(DRAWING, options);
  const model = await resolveModel(await session.catalog(), typed.model);
  const additions = await additionsOf(options);
  const folder = path.resolve(options.out);
  for (const [index, prompt] of prompts.entries()) {
    throwIfCancelled(session.signal);
    const label = `${prompts.length > 1 ? `[${index + 1}/${prompts.length}] ` : ''}${printable(prompt).slice(0, 40)}`;
    const settings = { ...typed, prompt, seed: typed.seed ?? randomInt(SEED_LIMIT), previews: false };
    const params = {
      jobId: randomUUID(),
      ...resolveGeneration({ settings, ...additions, ...startOf(typed, options), ...likeOf(typed, options) }, model),
    };
    const job = { label, stem: slugOf(prompt) };
    onResult({
      prompt,
      ...(await withScratch(folder, (scratch) => run(session, { ...params, outputDir: scratch }, job))),
    });
  }

  async function run(
    { client, signal, status }: Session,
    params: GenerateParams,
    { label, stem }: { readonly label: string; readonly stem: string },
  ): Promise<GenerateResult> {
    const onProgress = (progress: JobProgress): void => {
      if (!signal.aborted) status.show(`${label}: ${phaseText(progress)}`, detailText(progress));
    };
    const result = await client.request('generate', params, { signal, onProgress });
    const variants: Variant[] = [];
    for (const variant of result.variants) {
      const kept = await keep(variant.path, folder, `${stem}-${variant.seed}`);
      variants.push({ ...variant, path: kept });
    }
    return { ...result, variants };
  }
}

function startOf({ strength }: Typed, { size, init }: GenerateOptions): Pick<GenerationIntent, 'size' | 'init'> {
  if (init === undefined && strength !== DRAWING.strength.default) {
    throw new UserError(
      'bad-request',
      '--strength says how much of the picture given with --init may change, and there is no --init.',
    );
  }
  return {
    ...(size === undefined ? {} : { size }),
    ...(init === undefined ? {} : { init: { path: path.resolve(init), strength } }),
  };
}

function likeOf({ likeStrength }: Typed, { like }: GenerateOptions): Pick<GenerationIntent, 'references'> {
  if (like === undefined && likeStrength !== DRAWING.likeStrength.default) {
    throw new UserError(
      'bad-request',
      '--like-strength says how strongly the icons given with --like show, and there is no --like.',
    );
  }
  return like === undefined ? {} : { references: { folder: path.resolve(like), strength: likeStrength } };
}

/** One prompt a line; empty lines and lines that begin with # are left out. "-" is standard input. */
async function promptsFrom(file: string | undefined): Promise<string[]> {
  if (file === undefined) return [];
  try {
    const text = decodeText(file === '-' ? await allOf(process.stdin) : await readFile(file));
    const lines = text.split(/\r?\n/);
    return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  } catch (error) {
    throw new UserError('not-found', `The list of prompts cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}

async function allOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

function phaseText({ phase, position }: JobProgress): string {
  if (phase === 'queued') return `waiting, ${position ?? 0} ahead`;
  return {
    loading: 'loading the model',
    text: 'reading the prompt',
    denoising: 'drawing',
    decoding: 'decoding',
    saving: 'saving',
  }[phase];
}

function detailText({ phase, step, steps, secondsLeft, device, fraction }: JobProgress): string {
  if (fraction !== undefined) return `, preparing it for the first time, ${Math.round(100 * fraction)} %`;
  if (step === undefined || steps === undefined) return '';
  const left = secondsLeft === undefined || phase !== 'denoising' ? '' : `, ${secondsLeft.toFixed(1)} s left`;
  return `, ${phase === 'saving' ? 'picture' : 'step'} ${step} of ${steps}${left}${device === undefined ? '' : ` (${device})`}`;
}
