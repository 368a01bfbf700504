/** Everything that changes while a LoRA is trained. */
import type { Moments } from './adamw';
import type { LoraMatrices } from './lora-layers';

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
  readonly matrices: ReadonlyMap<string, TrainedMatrix>;
}

export function freshState(initial: LoraMatrices): TrainingState {
  const matrices = new Map(
    [...initial].map(([name, { shape, data }]) => {
      const zeros = (): Float32Array => new Float32Array(data.length);
      return [name, { shape, value: data.slice(), average: data.slice(), first: zeros(), second: zeros() }];
    }),
  );
  return { step: 0, matrices };
}

/** average ← μ average + (1 − μ) value, in place. */
export function updateAverage({ value, average }: TrainedMatrix, rate: number): void {
  for (let i = 0; i < value.length; i++) average[i] = rate * (average[i] ?? NaN) + (1 - rate) * (value[i] ?? NaN);
}
