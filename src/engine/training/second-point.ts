/** The second point of a training pair: z_n for z_{n+k}. What tells fine-tuning from distillation. */
import type { Conditioning, DenoiserDesign } from '../families/family';
import { floatOutput } from '../runtime/outputs';
import { originalFrom, type NoiseSchedule } from '../sampling/schedule';
import type { Session } from '../runtime/session';
import { float32, type Tensor } from '../tensors/tensor';
import { endsOf, noised, stackedConditioning, startsOf, type Draw } from './batch';

/** Gives z_n [batch, channels, height, width] for a draw whose z_{n+k} is `start`. */
export type SecondPoint = (draw: Draw, start: Tensor<'float32'>) => Promise<Tensor<'float32'>>;

/** Latent Consistency Fine-tuning: the same noise at the earlier time; no teacher, no solver (LCM paper, section 4.4). */
export function sameNoise(schedule: NoiseSchedule): SecondPoint {
  return (draw) => Promise.resolve(noised(schedule, draw, endsOf(draw)));
}

export interface Teacher {
  readonly design: DenoiserDesign;
  readonly schedule: NoiseSchedule;
  /** Without guidance embedding; guided by two runs. */
  readonly session: Pick<Session, 'run'>;
  /** Of the empty prompt, [1, …] each. */
  readonly unconditional: Conditioning;
}

/**
 * Latent Consistency Distillation: one DDIM step of the guided teacher (LCM paper, algorithm 1), with
 * ε̃ = ε(c) + w (ε(c) − ε(∅)) and x̃0 likewise, then z_n = α_n x̃0 + σ_n ε̃.
 */
export function ddimStep(teacher: Teacher): SecondPoint {
  return async (draw, start) => {
    const conditional = await predict(teacher, draw, start, draw.conditioning);
    const empty = stackedConditioning(draw.pairs.map(() => teacher.unconditional));
    const unconditional = await predict(teacher, draw, start, empty);
    const size = start.data.length / draw.pairs.length;
    const result = new Float32Array(start.data.length);
    draw.pairs.forEach(({ start: from, end }, item) => {
      const w = draw.omegas[item] ?? 0;
      const [alpha, sigma] = [teacher.schedule.alpha(end), teacher.schedule.sigma(end)];
      const toOriginal = new Originals(teacher.schedule, from);
      for (let i = item * size; i < (item + 1) * size; i++) {
        const z = start.data[i] ?? NaN;
        const [guided, plain] = [toOriginal.of(z, conditional[i] ?? NaN), toOriginal.of(z, unconditional[i] ?? NaN)];
        const original = guided.x0 + w * (guided.x0 - plain.x0);
        const epsilon = guided.epsilon + w * (guided.epsilon - plain.epsilon);
        result[i] = alpha * original + sigma * epsilon;
      }
    });
    return float32(result, start.shape);
  };
}

/** x̂0 and ε̂ from what the teacher predicts at one timestep. */
class Originals {
  readonly #alpha: number;
  readonly #sigma: number;
  readonly #weights: { sample: number; output: number };

  constructor(schedule: NoiseSchedule, timestep: number) {
    this.#alpha = schedule.alpha(timestep);
    this.#sigma = schedule.sigma(timestep);
    this.#weights = originalFrom(schedule.config.predictionType, this.#alpha, this.#sigma);
  }

  of(z: number, output: number): { readonly x0: number; readonly epsilon: number } {
    const x0 = this.#weights.sample * z + this.#weights.output * output;
    return { x0, epsilon: (z - this.#alpha * x0) / this.#sigma };
  }
}

async function predict(
  { design, session }: Teacher,
  draw: Draw,
  sample: Tensor<'float32'>,
  conditioning: Conditioning,
): Promise<Float32Array> {
  const feeds = design.feeds({ sample, timesteps: startsOf(draw), conditioning });
  return floatOutput(await session.run(feeds), 'out_sample').data;
}
