/** The two networks of consistency training: the online one with gradients, the target one without. */
import type { DenoiserDesign, DenoiserQuery } from '../families/family';
import { floatOutput } from '../runtime/outputs';
import type { Session } from '../runtime/session';
import type { NoiseSchedule } from '../sampling/schedule';
import { float32, sizeOf, type Tensor } from '../tensors/tensor';
import { picked, pickedConditioning } from './batch';
import { consistencyWeights, lossScale, type LossWeighting } from './consistency';
import { gradientName } from './training-graph';

/** Those items of a batch. */
function itemsOf({ sample, timesteps, conditioning }: DenoiserQuery, items: readonly number[]): DenoiserQuery {
  return {
    sample: picked(sample, items),
    timesteps: items.map((item) => timesteps[item] ?? NaN),
    conditioning: pickedConditioning(conditioning, items),
  };
}

export type LoraFeeds = Readonly<Record<string, Tensor>>;

/** Zeros of the same shapes: the base model as it is. */
export function withoutEffect(lora: LoraFeeds): LoraFeeds {
  const zeros = ({ shape }: Tensor): Tensor => float32(new Float32Array(sizeOf(shape)), shape);
  return Object.fromEntries(Object.entries(lora).map(([name, tensor]) => [name, zeros(tensor)]));
}

/** f(z, t) without gradients. At t = 0 it is z itself, the boundary condition, so the network is asked for the others only. */
export class TargetNetwork {
  constructor(
    readonly design: DenoiserDesign,
    readonly schedule: NoiseSchedule,
    readonly session: Session,
  ) {}

  async evaluate(query: DenoiserQuery, lora: LoraFeeds): Promise<Tensor<'float32'>> {
    const { sample, timesteps } = query;
    const data = sample.data.slice();
    const inside = [...timesteps.keys()].filter((item) => timesteps[item] !== 0);
    if (inside.length > 0) {
      const asked = itemsOf(query, inside);
      const output = floatOutput(await this.session.run({ ...this.design.feeds(asked), ...lora }), 'out_sample');
      const size = data.length / timesteps.length;
      asked.timesteps.forEach((timestep, place) => {
        const weight = consistencyWeights(this.schedule, timestep);
        const first = (inside[place] ?? NaN) * size;
        for (let i = 0; i < size; i++) {
          const [z, answer] = [data[first + i] ?? NaN, output.data[place * size + i] ?? NaN];
          data[first + i] = weight.sample * z + weight.output * answer;
        }
      });
    }
    return float32(data, sample.shape);
  }
}

export interface OnlineResult {
  /** Times the loss's scale. */
  readonly prediction: Tensor<'float32'>;
  readonly loss: number;
  /** By matrix name. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** f(z, t), its loss against a target and the gradients of the LoRA matrices. */
export class OnlineNetwork {
  constructor(
    readonly design: DenoiserDesign,
    readonly schedule: NoiseSchedule,
    readonly session: Session,
    readonly weighting: LossWeighting,
  ) {}

  async evaluate(query: DenoiserQuery, target: Tensor<'float32'>, lora: LoraFeeds): Promise<OnlineResult> {
    const { timesteps } = query;
    const each = [timesteps.length, 1, 1, 1];
    const weights = timesteps.map((timestep) => {
      const scale = lossScale(this.weighting, this.schedule, timestep);
      const { sample, output } = consistencyWeights(this.schedule, timestep);
      return { scale, sample: scale * sample, output: scale * output };
    });
    const size = target.data.length / timesteps.length;
    const goal = target.data.map((value, i) => value * (weights[Math.floor(i / size)]?.scale ?? NaN));
    const outputs = await this.session.run({
      ...this.design.feeds(query),
      ...lora,
      weight_sample: float32(
        weights.map(({ sample }) => sample),
        each,
      ),
      weight_output: float32(
        weights.map(({ output }) => output),
        each,
      ),
      target: float32(goal, target.shape),
    });
    const gradients = new Map(
      Object.keys(lora).map((name) => [name, floatOutput(outputs, gradientName(name)).data] as const),
    );
    const loss = floatOutput(outputs, 'loss').data;
    return { prediction: floatOutput(outputs, 'prediction'), loss: loss[0] ?? NaN, gradients };
  }
}
