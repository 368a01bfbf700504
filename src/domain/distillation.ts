/** What Latent Consistency Distillation begins with where nothing else is asked for. */
export const DISTILLATION = {
  steps: 1000,
  rank: 64,
  learningRate: 1e-4,
  batchSize: 8,
  /** Range of the guidance w of the teacher, of diffusers' LoRA distillation script. */
  omega: [5, 15],
} as const;
