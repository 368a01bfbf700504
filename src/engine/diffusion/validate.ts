/** Everything a request can get wrong, found before any work starts. */
import os from 'node:os';
import { UserError } from '../../base/errors';
import { memoryNeeded, type PipelineInfo } from './info';
import { makeSampler } from './make-sampler';
import type { PipelineRequest } from './request';
import type { NoiseSchedule } from './schedule';

/** More at once would only fill the panel; ask again for more. */
export const MAX_VARIANTS = 64;
/** Above this w the guidance embeddings of published LCMs were never trained (w ∈ [2, 14]). */
const MAX_TRAINED_GUIDANCE = 15;

/** Throws `bad-request` (or `out-of-memory`) naming the setting, the value and the range. */
export function checkRequest(
  request: PipelineRequest,
  { info, schedule }: { info: PipelineInfo; schedule: NoiseSchedule },
): void {
  checkSeeds(request.seeds);
  if (!Number.isFinite(request.guidance) || request.guidance < 0 || request.guidance > 100) {
    throw new UserError('bad-request', `guidance is ${request.guidance}; expected a number from 0 to 100.`);
  }
  checkSize('width', request.width, info);
  checkSize('height', request.height, info);
  checkMemory(request, info);
  if (request.init !== undefined) checkInit(request);
  makeSampler(request.sampler, schedule, { steps: request.steps, strength: request.init?.strength ?? 1 });
}

function checkSeeds(seeds: readonly number[]): void {
  if (seeds.length < 1 || seeds.length > MAX_VARIANTS) {
    throw new UserError('bad-request', `count is ${seeds.length}; expected 1 to ${MAX_VARIANTS} variants.`);
  }
  for (const seed of seeds) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new UserError(
        'bad-request',
        `seed is ${seed}; expected a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`,
      );
    }
  }
}

function checkSize(name: 'width' | 'height', value: number, { sizeFactor }: PipelineInfo): void {
  if (Number.isSafeInteger(value) && value >= sizeFactor && value % sizeFactor === 0) return;
  const nearest = Number.isFinite(value) ? Math.max(Math.round(value / sizeFactor), 1) * sizeFactor : sizeFactor;
  throw new UserError(
    'bad-request',
    `${name} is ${value}; this model makes multiples of ${sizeFactor} pixels. The nearest is ${nearest}.`,
  );
}

function checkMemory({ width, height }: PipelineRequest, info: PipelineInfo): void {
  const needed = memoryNeeded(info, width, height);
  const installed = os.totalmem();
  if (needed <= installed) return;
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  throw new UserError(
    'out-of-memory',
    `${width}×${height} pixels need about ${gigabytes(needed)} GB of memory; this machine has ${gigabytes(installed)} GB. Choose a smaller size.`,
  );
}

function checkInit({ init, width, height }: PipelineRequest): void {
  if (init === undefined) return;
  if (!(init.strength > 0 && init.strength <= 1)) {
    throw new UserError('bad-request', `strength is ${init.strength}; expected more than 0 and at most 1.`);
  }
  if (init.image.width !== width || init.image.height !== height) {
    throw new Error(`init image is ${init.image.width}×${init.image.height}, expected ${width}×${height}`);
  }
}

interface NoticeFacts {
  readonly truncated: string;
  readonly window: number;
  readonly negativeHasEffect: boolean;
}

/** What the user should know although the job runs. */
export function requestNotices(
  request: PipelineRequest,
  { truncated, window, negativeHasEffect }: NoticeFacts,
): string[] {
  const notices: string[] = [];
  if (truncated !== '') {
    const shown = truncated.length > 200 ? `${truncated.slice(0, 200)}…` : truncated;
    notices.push(`The prompt was cut after ${window} tokens; left out: "${shown}".`);
  }
  if (request.negativePrompt.trim() !== '' && !negativeHasEffect) {
    notices.push('The negative prompt has no effect: this model has its guidance built in.');
  }
  if (request.guidance > MAX_TRAINED_GUIDANCE) {
    notices.push(
      `Guidance ${request.guidance} is above what such models are trained with (${MAX_TRAINED_GUIDANCE}); colours may burn out.`,
    );
  }
  return notices;
}
