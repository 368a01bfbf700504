/** One optimiser step of consistency training: draw, target, gradients, AdamW, moving average. */
import { UserError } from '../../domain/errors';
import type { NoiseSchedule } from '../sampling/schedule';
import { float32, type Tensor } from '../tensors/tensor';
import { adamwStep, clipFactor, type AdamWSettings } from './adamw';
import { endsOf, noised, startsOf, type Draw } from './batch';
import type { LoraFeeds, OnlineNetwork, TargetNetwork } from './networks';
import type { SecondPoint } from './second-point';
import { updateAverage, type TrainingState } from './training-state';

export interface StepParts {
  readonly schedule: NoiseSchedule;
  readonly online: OnlineNetwork;
  readonly target: TargetNetwork;
  readonly secondPoint: SecondPoint;
}

export interface StepSettings extends AdamWSettings {
  readonly learningRate: number;
  /** μ of the target network. */
  readonly averageRate: number;
  /** Largest norm of all gradients together; Infinity leaves them as they are. */
  readonly clip: number;
}

export interface StepResult {
  readonly loss: number;
  readonly gradientNorm: number;
}

/** What one batch gives before the optimiser acts. */
export interface BatchResult {
  readonly loss: number;
  readonly prediction: Tensor<'float32'>;
  readonly target: Tensor<'float32'>;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** Loss and gradients of one batch under the current weights. */
export async function evaluateBatch(parts: StepParts, state: TrainingState, draw: Draw): Promise<BatchResult> {
  const { schedule, online, target, secondPoint } = parts;
  const { conditioning } = draw;
  const timesteps = startsOf(draw);
  const start = noised(schedule, draw, timesteps);
  const end = { sample: await secondPoint(draw, start), timesteps: endsOf(draw), conditioning };
  const goal = await target.evaluate(end, feedsOf(state, 'average'));
  const result = await online.evaluate({ sample: start, timesteps, conditioning }, goal, feedsOf(state, 'value'));
  return { ...result, target: goal };
}

/** One step over one or more batches whose gradients are averaged. Throws `bad-request` when the numbers explode. */
export async function optimizerStep(
  parts: StepParts,
  state: TrainingState,
  draws: readonly Draw[],
  settings: StepSettings,
): Promise<StepResult> {
  let loss = 0;
  const sums = new Map<string, Float32Array>();
  for (const draw of draws) {
    const result = await evaluateBatch(parts, state, draw);
    loss += result.loss / draws.length;
    for (const [name, gradient] of result.gradients) accumulate(sums, name, gradient, draws.length);
  }
  const { norm, factor } = clipFactor(sums.values(), settings.clip);
  if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
    throw unstable(`at step ${state.step + 1} loss or gradients are not finite any more`, settings);
  }
  state.step++;
  for (const [name, matrix] of state.matrices) {
    const gradient = sums.get(name);
    if (gradient === undefined) throw new Error(`No gradient for ${name}`);
    if (factor < 1) for (let i = 0; i < gradient.length; i++) gradient[i] = (gradient[i] ?? NaN) * factor;
    adamwStep(matrix.value, gradient, matrix, { ...settings, step: state.step });
    updateAverage(matrix, settings.averageRate);
  }
  return { loss, gradientNorm: norm };
}

/** A training that has gone wrong, with what to change; checkpoints stay as they are. */
export function unstable(how: string, { learningRate }: Pick<StepSettings, 'learningRate'>): UserError {
  return new UserError(
    'bad-request',
    `Training became unstable: ${how}. The last checkpoint is kept. Use a lower learning rate (now ${learningRate}) or a lower rank.`,
  );
}

/** The LoRA matrices as graph inputs. */
export function feedsOf(state: TrainingState, which: 'value' | 'average'): LoraFeeds {
  return Object.fromEntries([...state.matrices].map(([name, matrix]) => [name, float32(matrix[which], matrix.shape)]));
}

function accumulate(sums: Map<string, Float32Array>, name: string, gradient: Float32Array, parts: number): void {
  const sum = sums.get(name);
  if (sum === undefined) {
    sums.set(name, parts === 1 ? gradient : gradient.map((slope) => slope / parts));
    return;
  }
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? NaN) + (gradient[i] ?? NaN) / parts;
}
