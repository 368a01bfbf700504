/**
 * What the benchmark compares with: an ordinary LoRA, trained to predict the noise (or v) as diffusion models are, on the
 * same pictures, layers, optimiser and moving average, for the same time. The training graph takes any weights and
 * target, so with weights 0 and 1 its loss is |network(z_t, t) − v|².
 */
import { floatOutput } from '../../src/engine/runtime/outputs';
import type { NoiseSchedule } from '../../src/engine/sampling/schedule';
import { float32, type Tensor } from '../../src/engine/tensors/tensor';
import { adamwStep, clipFactor } from '../../src/engine/training/adamw';
import { noised, startsOf, type Draw } from '../../src/engine/training/batch';
import { timePairs } from '../../src/engine/training/consistency';
import { DrawSource } from '../../src/engine/training/draw';
import type { LoraFeeds, OnlineNetwork } from '../../src/engine/training/networks';
import { feedsOf } from '../../src/engine/training/optimizer-step';
import type { TrainingSettings } from '../../src/engine/training/settings';
import { gradientName } from '../../src/engine/training/training-graph';
import type { EncodedExample } from '../../src/engine/training/training-set';
import { freshState, updateAverage, type TrainingState } from '../../src/engine/training/training-state';
import type { Tuned } from './fine-tuning';
import type { Lab } from './lab';

/** Trains for `seconds`, however many steps that makes. */
export async function noisePredictionTuning(
  lab: Lab,
  examples: readonly EncodedExample[],
  asked: TrainingSettings,
  seconds: number,
): Promise<Tuned> {
  const settings: TrainingSettings = { ...asked, distance: { kind: 'l2' } };
  const { online } = await lab.sessions(settings, examples);
  const { schedule } = lab.pipeline.parts;
  // Pairs one timestep apart begin at every timestep.
  const pairs = timePairs(schedule, 1, settings.start);
  const draws = new DrawSource(examples, () => pairs, lab.model.denoiser, settings);
  const state = freshState(lab.initial(settings));
  let taken = 0;
  while (taken < seconds) {
    const started = performance.now();
    const [draw] = draws.ofStep(state.step);
    const gradients = await gradientsOf({ online, schedule }, draw!, feedsOf(state, 'value'));
    update(state, gradients, { ...settings, learningRate: rateAt(settings, state.step) });
    taken += (performance.now() - started) / 1000;
  }
  return { lora: feedsOf(state, 'average'), steps: state.step, seconds: taken };
}

async function gradientsOf(
  { online, schedule }: { readonly online: OnlineNetwork; readonly schedule: NoiseSchedule },
  draw: Draw,
  lora: LoraFeeds,
): Promise<ReadonlyMap<string, Float32Array>> {
  const timesteps = startsOf(draw);
  const { conditioning } = draw;
  const each = [timesteps.length, 1, 1, 1];
  const constant = (value: number): Tensor => float32(new Float32Array(timesteps.length).fill(value), each);
  const outputs = await online.session.run({
    ...online.design.feeds({ sample: noised(schedule, draw, timesteps), timesteps, conditioning }),
    ...lora,
    weight_sample: constant(0),
    weight_output: constant(1),
    target: predicted(schedule, draw, timesteps),
  });
  return new Map(Object.keys(lora).map((name) => [name, floatOutput(outputs, gradientName(name)).data]));
}

/** What the frozen model was trained to predict. */
function predicted(schedule: NoiseSchedule, { latents, noise }: Draw, timesteps: readonly number[]): Tensor<'float32'> {
  const size = noise.length / timesteps.length;
  const result = new Float32Array(noise.length);
  timesteps.forEach((timestep, item) => {
    const [z, e] = [latents.data, noise].map((data) => data.subarray(item * size, (item + 1) * size)) as [
      Float32Array,
      Float32Array,
    ];
    result.set(answerOf(schedule, z, e, timestep), item * size);
  });
  return float32(result, latents.shape);
}

function answerOf(schedule: NoiseSchedule, z: Float32Array, noise: Float32Array, timestep: number): Float32Array {
  switch (schedule.config.predictionType) {
    case 'epsilon':
      return noise;
    case 'sample':
      return z;
    case 'v_prediction':
      return schedule.velocity(z, noise, timestep);
  }
}

function update(state: TrainingState, gradients: ReadonlyMap<string, Float32Array>, settings: TrainingSettings): void {
  const { factor } = clipFactor(gradients.values(), settings.clip);
  state.step++;
  for (const [name, matrix] of state.matrices) {
    const gradient = gradients.get(name)!.map((slope) => slope * factor);
    adamwStep(matrix.value, gradient, matrix, { ...settings, step: state.step });
    updateAverage(matrix, settings.averageRate);
  }
}

function rateAt({ learningRate, warmupSteps }: TrainingSettings, step: number): number {
  return learningRate * Math.min(1, (step + 1) / Math.max(1, warmupSteps));
}
