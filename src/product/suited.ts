/** Steps and guidance that suit a model, where nobody says them. */
import type { SamplerName } from '../domain/choices';

export interface Suited {
  readonly steps: number;
  /** diffusers' guidance_scale. */
  readonly guidance: number;
}

/** What published models were trained with or are usually run with. */
const LCM: Suited = { steps: 4, guidance: 8 };
const ORDINARY: Suited = { steps: 20, guidance: 7.5 };
/** SDXS: distilled for one step; guidance 1 is none (arXiv 2403.16627 and its authors' example). */
const ONE_STEP: Suited = { steps: 1, guidance: 1 };
/** An ordinary model with an LCM-LoRA, which is what its user means by this sampler; the LoRA has its guidance built in. */
const LCM_LORA: Suited = { steps: 4, guidance: 1 };

/** For a model that the catalogue does not describe. `sampler`: the one that was asked for, if any. */
export function suitedToModel({
  isLcm,
  oneStep,
  sampler,
}: {
  readonly isLcm: boolean;
  /** Distilled to draw in one step and without guidance. */
  readonly oneStep: boolean;
  readonly sampler: SamplerName | undefined;
}): Suited {
  if (isLcm) return LCM;
  if (oneStep) return ONE_STEP;
  return sampler === 'lcm' ? LCM_LORA : ORDINARY;
}
