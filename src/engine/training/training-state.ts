/** Everything that changes while a LoRA is trained. */
import { UserError } from '../../domain/errors';
import { quote } from '../../files/json-text';
import type { Tensor } from '../tensors/tensor';
import type { Moments } from './adamw';
import type { LoraMatrices } from './lora-targets';

/** One LoRA matrix in training; all arrays have its size. */
export interface TrainedMatrix extends Moments {
  readonly shape: readonly number[];
  readonly value: Float32Array;
  /** The target network's: an exponential moving average of `value` (LCM paper, θ⁻). */
  readonly average: Float32Array;
}

export interface TrainingState {
  /** Optimiser steps done. */
  step: number;
  /** Sorted by name: sums over all of them, such as a gradient's norm, must not depend on where a state comes from. */
  readonly matrices: ReadonlyMap<string, TrainedMatrix>;
}

export function sortedByName<T>(entries: Iterable<readonly [string, T]>): Map<string, T> {
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : Number(a > b))));
}

export function freshState(initial: LoraMatrices): TrainingState {
  const fresh = ({ shape, data }: Tensor<'float32'>): TrainedMatrix => {
    const zeros = (): Float32Array => new Float32Array(data.length);
    return { shape, value: data.slice(), average: data.slice(), first: zeros(), second: zeros() };
  };
  const matrices = [...initial].map(([name, tensor]) => [name, fresh(tensor)] as const);
  return { step: 0, matrices: sortedByName(matrices) };
}

/** Throws `bad-checkpoint` naming the first matrix of a saved state that the training has no use for, or that it lacks. */
export function checkMatrices(saved: TrainingState, expected: TrainingState, file: string): void {
  const names = new Set([...saved.matrices.keys(), ...expected.matrices.keys()]);
  for (const name of names) {
    const [found, wanted] = [saved, expected].map(({ matrices }) =>
      JSON.stringify(matrices.get(name)?.shape ?? 'none'),
    );
    if (found === wanted) continue;
    throw new UserError(
      'bad-checkpoint',
      `${file} does not belong to this training: expected ${wanted ?? ''} as the shape of ${quote(name)}, found ${found ?? ''}. Start the training anew.`,
    );
  }
}

/** average ← μ average + (1 − μ) value, in place. */
export function updateAverage({ value, average }: TrainedMatrix, rate: number): void {
  for (let i = 0; i < value.length; i++) average[i] = rate * (average[i] ?? NaN) + (1 - rate) * (value[i] ?? NaN);
}
