/** Range of the guidance w of the teacher in Latent Consistency Distillation, of diffusers' LoRA distillation script. */
export const DISTILLATION_OMEGA: readonly [lowest: number, highest: number] = [5, 15];
