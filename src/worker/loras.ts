/** The LoRAs of a job: read once, kept while they are in use, put on top of the warm model. */
import path from 'node:path';
import type { RecipeLora } from '../contract/recipe';
import { isCancelled, UserError } from '../domain/errors';
import { DRAWING_RANGES } from '../domain/limits';
import { isWithin, rangeText } from '../domain/range';
import type { Conditioning } from '../engine/families/family';
import type { DiffusionModel } from '../engine/sampling/diffusion-model';
import type { Pipeline } from '../engine/sampling/pipeline';
import type { AppliedLora, Lora } from '../engine/lora/loaded-lora';
import { loraIdentity } from '../engine/lora/read-lora';
import type { FileHasher } from '../files/file-hasher';
import type { LoraParam } from '../contract/worker-api';

export interface AdaptedPipeline {
  readonly pipeline: Pipeline;
  /** Those that change the picture, as the recipe names them. */
  readonly loras: readonly RecipeLora[];
  readonly notices: readonly string[];
}

export class LoraShelf {
  /** Those of the last job, by identity: a slider's next position needs no reading. */
  #kept = new Map<string, Lora>();

  constructor(
    private readonly model: DiffusionModel,
    private readonly files: FileHasher,
  ) {}

  /**
   * The model's pipeline with these LoRAs; one of weight 0 is as good as not there. Throws `bad-request` for a weight or a start out
   * of range and what `readLora` throws. `baseIdentity` is the model's SHA-256, asked for where a LoRA says what it was trained on; `style`
   * what references say.
   */
  async put(
    params: readonly LoraParam[],
    baseIdentity: () => Promise<string>,
    style?: Conditioning,
  ): Promise<AdaptedPipeline> {
    params.forEach(check);
    const applied: AppliedLora[] = [];
    const loras: RecipeLora[] = [];
    const notices: string[] = [];
    const kept = new Map<string, Lora>();
    for (const { path: location, name, weight, start = 0 } of params.filter((param) => param.weight !== 0)) {
      const sha256 = await loraIdentity(location, this.files);
      const lora = kept.get(sha256) ?? this.#kept.get(sha256) ?? (await this.model.readLora(location));
      kept.set(sha256, lora);
      applied.push({ lora, weight, start });
      loras.push({ name, sha256, weight, ...(start === 0 ? {} : { start }) });
      if (lora.baseModel !== undefined && lora.baseModel !== (await baseIdentity())) {
        notices.push(`"${name}" was trained for another model; with this one it may look different from its samples.`);
      }
    }
    this.#kept = kept;
    return { pipeline: this.model.withLoras(applied, style), loras, notices };
  }
}

function check({ name, weight, start = 0 }: LoraParam): void {
  const { loraWeight, loraStart } = DRAWING_RANGES;
  for (const [what, value, range] of [
    ['weight', weight, loraWeight],
    ['start', start, loraStart],
  ] as const) {
    if (isWithin(value, range)) continue;
    throw new UserError('bad-request', `The ${what} of "${name}" is ${value}; expected ${rangeText(range)}.`);
  }
}

/** Finds a recipe's LoRAs among candidate files by their hashes. Throws `not-found` naming the first that is missing. */
export async function findLoras(
  wanted: readonly RecipeLora[],
  candidates: readonly string[],
  files: FileHasher,
): Promise<LoraParam[]> {
  const found = new Map<string, string>();
  for (const candidate of wanted.length === 0 ? [] : candidates) {
    const sha256 = await identityOf(candidate, files);
    if (sha256 !== undefined && !found.has(sha256)) found.set(sha256, candidate);
  }
  return wanted.map(({ sha256, ...use }) => {
    const location = found.get(sha256);
    if (location !== undefined) return { path: location, ...use };
    throw new UserError(
      'not-found',
      `The picture was made with the LoRA "${use.name}" (SHA-256 ${sha256}), which is ${missingFrom(candidates)}. Give its file.`,
    );
  });
}

/** undefined for a candidate that is gone or cannot be read: another one may be the file. */
async function identityOf(candidate: string, files: FileHasher): Promise<string | undefined> {
  try {
    return await loraIdentity(candidate, files);
  } catch (error) {
    if (error instanceof UserError && !isCancelled(error)) return undefined;
    throw error;
  }
}

function missingFrom(candidates: readonly string[]): string {
  if (candidates.length === 0) return 'not given';
  return `none of the ${candidates.length} LoRAs here (${candidates.slice(0, 3).map(shortName).join(', ')}${candidates.length > 3 ? ' …' : ''})`;
}

/** A style's weights all have the same name; its folder tells them apart. */
function shortName(file: string): string {
  return path.join(path.basename(path.dirname(file)), path.basename(file));
}
