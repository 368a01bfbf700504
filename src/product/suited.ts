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
/** SD-Turbo and others that were distilled adversarially; guidance 1 is none (arXiv 2311.17042). */
const FEW_STEPS: Suited = { steps: 4, guidance: 1 };
/** An ordinary model with an LCM-LoRA, in it or on top of it, which is what its user means by this sampler; the LoRA has its guidance built in. */
const LCM_LORA: Suited = { steps: 4, guidance: 1 };

/** What its authors call it, and everybody who passes it on; the file does not say. */
export function isLcmLora(name: string): boolean {
  return /lcm[-_ ]?lora|lora[-_ ]?lcm/i.test(name);
}

/** For a model that the catalogue does not describe. `sampler`: the one that was asked for, if any. */
export function suitedToModel({
  isLcm,
  guidanceEmbedded,
  oneStep,
  fewSteps,
  sampler,
}: {
  readonly isLcm: boolean;
  /** It takes guidance as an embedding; a consistency model that does not has an LCM-LoRA merged into it. */
  readonly guidanceEmbedded: boolean;
  /** Distilled to draw in one step and without guidance. */
  readonly oneStep: boolean;
  /** Distilled to draw in one to four steps and without guidance. */
  readonly fewSteps: boolean;
  readonly sampler: SamplerName | undefined;
}): Suited {
  if (isLcm) return guidanceEmbedded ? LCM : LCM_LORA;
  if (oneStep) return ONE_STEP;
  if (fewSteps) return FEW_STEPS;
  return sampler === 'lcm' ? LCM_LORA : ORDINARY;
}
