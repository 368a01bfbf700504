/** LoRA on a pipeline: the same pipeline with other sessions, in use and while a LoRA is trained. */
import type { PromptEncoder } from '../families/family';
import type { LazySession } from '../runtime/session-pool';
import { Denoiser } from './denoiser';
import { Pipeline } from './pipeline';

export interface Adaptation {
  /** The denoiser's session when this share of the noise schedule has passed, 0 to 1. */
  readonly sessionAt: (passed: number) => LazySession;
  /** Shares of the schedule after which another session is used, rising, in (0, 1). */
  readonly starts: readonly number[];
  /** Where the networks that read text are others too. */
  readonly prompts?: PromptEncoder;
  /** False where no LoRA is on the networks, absent where one is. */
  readonly adapted?: boolean;
}

/** It need not be released: its sessions are somebody else's. */
export function adaptedPipeline(
  { parts }: Pipeline,
  { sessionAt, starts, prompts, adapted = true }: Adaptation,
): Pipeline {
  const denoiserAt = (passed: number): Denoiser => new Denoiser(parts.denoiser.design, sessionAt(passed));
  return new Pipeline({
    ...parts,
    adapted,
    prompts: prompts ?? parts.prompts,
    denoiser: denoiserAt(1),
    earlier: starts.map((until, index) => ({ until, denoiser: denoiserAt(starts[index - 1] ?? 0) })),
    release: () => Promise.resolve(),
  });
}
