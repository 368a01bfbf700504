/** Everything a request can get wrong, found before any work starts. */
import os from 'node:os';
import type { SamplerName } from '../../domain/choices';
import { UserError } from '../../domain/errors';
import { DRAWING_RANGES } from '../../domain/limits';
import { isWithin, rangeText } from '../../domain/range';
import { MOST_WINDOWS } from '../families/family';
import { processMemory, type PipelineInfo } from './info';
import { makeSampler } from './make-sampler';
import { syntaxNotices } from './prompt-syntax';
import type { PipelineRequest } from './request';
import type { NoiseSchedule } from './schedule';

/** Above this w the guidance embeddings of published LCMs were never trained (w ∈ [2, 14]). */
const MAX_TRAINED_GUIDANCE = 15;

/** Throws `bad-request` (or `out-of-memory`) naming the setting, the value and the range. */
export function checkRequest(
  request: PipelineRequest,
  { info, schedule }: { info: PipelineInfo; schedule: NoiseSchedule },
): void {
  checkSeeds(request.seeds);
  check('guidance', request.guidance);
  checkSize('width', request.width, info);
  checkSize('height', request.height, info);
  checkClipSkip(request, info);
  checkMemory(request, info);
  if (request.init !== undefined) checkInit(request);
  makeSampler(request.sampler, schedule, { steps: request.steps, strength: request.init?.strength ?? 1 });
}

function checkSeeds(seeds: readonly number[]): void {
  check('count', seeds.length);
  for (const seed of seeds) check('seed', seed);
}

function check(name: 'guidance' | 'count' | 'seed' | 'strength', value: number): void {
  const range = DRAWING_RANGES[name];
  if (!isWithin(value, range)) {
    throw new UserError('bad-request', `${name} is ${value}; expected ${rangeText(range)}.`);
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

/** At least one layer has to stay. */
function checkClipSkip({ clipSkip = 0 }: PipelineRequest, { textLayers }: PipelineInfo): void {
  const range = { least: 0, most: textLayers - 1, whole: true };
  if (isWithin(clipSkip, range)) return;
  throw new UserError(
    'bad-request',
    `clipSkip is ${clipSkip}; expected ${rangeText(range)}: this model's text encoder has ${textLayers} layers.`,
  );
}

function checkMemory({ width, height }: PipelineRequest, info: PipelineInfo): void {
  const needed = processMemory(info, width, height);
  // A container's limit is smaller than the machine; without one the number is huge, or 0 where the system cannot say.
  const limit = process.constrainedMemory() || Infinity;
  const installed = Math.min(os.totalmem(), limit);
  if (needed <= installed) return;
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  throw new UserError(
    'out-of-memory',
    `${width}×${height} pixels need about ${gigabytes(needed)} GB of memory; this machine has ${gigabytes(installed)} GB. Choose a smaller size.`,
  );
}

function checkInit({ init, width, height }: PipelineRequest): void {
  if (init === undefined) return;
  check('strength', init.strength);
  if (init.image.width !== width || init.image.height !== height) {
    throw new Error(`init image is ${init.image.width}×${init.image.height}, expected ${width}×${height}`);
  }
}

export interface NoticeFacts {
  /** Windows that the prompt takes, and the negative prompt where it is used. */
  readonly windows: number;
  readonly negativeWindows: number;
  /** Tokens of a window, its marks included. */
  readonly windowTokens: number;
  /** The model embeds w and has no use for a negative prompt. */
  readonly guidanceEmbedded: boolean;
  readonly isLcm: boolean;
  /** The model was distilled for one step without guidance. */
  readonly oneStep: boolean;
  /** The model was distilled for one to four steps without guidance. */
  readonly fewSteps: boolean;
  /** LoRAs are on top of the model; one of them may have made it a consistency model. */
  readonly adapted: boolean;
  /** Fields of the scheduler's config that are not followed: "use_karras_sigmas = true". */
  readonly ignored?: readonly string[];
}

/** Below this, models that are not consistency models leave noise or blur in the picture. */
const FEW_STEPS = 10;

/** What the user should know although the job runs. */
export function requestNotices(request: PipelineRequest, facts: NoticeFacts): string[] {
  const { guidanceEmbedded } = facts;
  const notices = [
    ...lengthNotices('prompt', facts.windows, facts.windowTokens),
    ...lengthNotices('negative prompt', facts.negativeWindows, facts.windowTokens),
  ];
  if (request.negativePrompt.trim() !== '' && (guidanceEmbedded || request.guidance <= 1)) {
    const why = guidanceEmbedded
      ? 'this model has its guidance built in'
      : `guidance is ${request.guidance}; it needs more than 1`;
    notices.push(`The negative prompt has no effect: ${why}.`);
  }
  notices.push(...syntaxNotices('prompt', request.prompt), ...syntaxNotices('negative prompt', request.negativePrompt));
  notices.push(...samplerNotices(request, facts));
  if (facts.oneStep) notices.push(...oneStepNotices(request));
  else if (facts.fewSteps) notices.push(...fewStepNotices(request));
  else if (!facts.isLcm) notices.push(...ordinaryNotices(request, facts));
  else if (!guidanceEmbedded) notices.push(...mergedNotices(request));
  if (request.guidance > MAX_TRAINED_GUIDANCE) {
    notices.push(
      `Guidance ${request.guidance} is above what such models are trained with (${MAX_TRAINED_GUIDANCE}); colours may burn out.`,
    );
  }
  return notices;
}

function lengthNotices(name: string, windows: number, windowTokens: number): string[] {
  if (windows <= MOST_WINDOWS) return [];
  const read = MOST_WINDOWS * (windowTokens - 2);
  return [
    `The ${name} is longer than ${read} tokens; its end, about ${Math.round((100 * (windows - MOST_WINDOWS)) / windows)} % of it, is left out.`,
  ];
}

/** These know none of the fields that may be passed over, in diffusers either. */
const PLAIN_SAMPLERS: ReadonlySet<SamplerName> = new Set(['lcm', 'tcd', 'ddim', 'pndm']);

function samplerNotices({ sampler }: PipelineRequest, { ignored = [] }: NoticeFacts): string[] {
  if (PLAIN_SAMPLERS.has(sampler) || ignored.length === 0) return [];
  return [
    `The model's scheduler says ${ignored.join(', ')}, which is not done here; other programs draw it differently.`,
  ];
}

function oneStepNotices({ steps, guidance }: PipelineRequest): string[] {
  const notices: string[] = [];
  if (steps > 1) notices.push(`${steps} steps are more than this model needs: it was distilled to draw in one.`);
  if (guidance > 1) notices.push(`Guidance ${guidance} does not suit this model: it was distilled without; 1 is none.`);
  return notices;
}

/** Beyond this, models such as SD-Turbo get no better. */
const MOST_FEW_STEPS = 8;

function fewStepNotices({ steps, guidance }: PipelineRequest): string[] {
  const notices: string[] = [];
  if (steps > MOST_FEW_STEPS)
    notices.push(`${steps} steps are more than this model needs: it was distilled for 1 to 4.`);
  if (guidance > 1) notices.push(`Guidance ${guidance} does not suit this model: it was distilled without; 1 is none.`);
  return notices;
}

/** An LCM-LoRA has its guidance built in; more than this burns the picture (LCM-LoRA, arXiv 2311.05556, and its authors' advice). */
const MAX_LCM_LORA_GUIDANCE = 2;

/** A consistency model without an embedding of guidance is an ordinary one with an LCM-LoRA merged into it. */
function mergedNotices({ guidance }: PipelineRequest): string[] {
  if (guidance <= MAX_LCM_LORA_GUIDANCE) return [];
  return [
    `Guidance ${guidance} is much for this model, which has its own built in; 1 to ${MAX_LCM_LORA_GUIDANCE} suits it.`,
  ];
}

/** For a model that is no consistency model, unless a LoRA has made it one, which its file does not say. */
function ordinaryNotices({ sampler, steps, guidance }: PipelineRequest, facts: NoticeFacts): string[] {
  if (sampler !== 'lcm') {
    return steps < FEW_STEPS
      ? [`${steps} steps are few for this model; with 20 or more its pictures are clearer.`]
      : [];
  }
  if (!facts.adapted) {
    return ['This model is not a latent consistency model; the LCM sampler will give blurred pictures with it.'];
  }
  const needed =
    'This model is not a latent consistency model by itself: the LCM sampler needs an LCM-LoRA among the LoRAs.';
  if (facts.guidanceEmbedded || guidance <= MAX_LCM_LORA_GUIDANCE) return [needed];
  return [
    needed,
    `Guidance ${guidance} is much for an LCM-LoRA, which has its own built in; 1 to ${MAX_LCM_LORA_GUIDANCE} suits it.`,
  ];
}
