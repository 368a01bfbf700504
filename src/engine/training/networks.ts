/** The two networks of consistency training: the online one with gradients, the target one without. */
import { guidanceEmbedding } from '../sampling/guidance';
import { floatOutput } from '../sampling/outputs';
import type { NoiseSchedule } from '../sampling/schedule';
import { timestepSinusoid } from '../networks/embeddings';
import type { UNetConfig } from '../networks/unet-config';
import type { Session } from '../runtime/session';
import { float32, type Tensor } from '../tensors/tensor';
import { picked } from './batch';
import { consistencyWeights, lossScale, type LossWeighting } from './consistency';
import { gradientName } from './training-graph';

/** One evaluation of the network for a batch; sample [batch, channels, height, width]. */
export interface Evaluation {
  readonly sample: Tensor<'float32'>;
  readonly timesteps: readonly number[];
  /** float32 [batch, tokens, width]. */
  readonly context: Tensor<'float32'>;
  /** Embeddings of w, [batch, time_cond_proj_dim], where the network takes them. */
  readonly guidance: Tensor<'float32'> | undefined;
}

/** The UNet's feeds for a batch. */
export function unetFeeds(config: UNetConfig, evaluation: Evaluation): Record<string, Tensor> {
  const { sample, timesteps, context, guidance } = evaluation;
  const width = config.blockOutChannels[0] ?? 0;
  return {
    sample,
    timestep_sinusoid: float32(timestepSinusoid(timesteps, width, config), [timesteps.length, width]),
    encoder_hidden_states: context,
    ...(guidance === undefined ? {} : { timestep_cond: guidance }),
  };
}

/** Embeddings of w for a network that takes them, [batch, time_cond_proj_dim]. */
export function guidanceOf(config: UNetConfig, omegas: readonly number[]): Tensor<'float32'> | undefined {
  const dim = config.timeCondProjDim;
  if (dim === undefined) return undefined;
  const embeddings = new Float32Array(omegas.length * dim);
  omegas.forEach((omega, item) => {
    embeddings.set(guidanceEmbedding(omega, dim), item * dim);
  });
  return float32(embeddings, [omegas.length, dim]);
}

/** Those items of a batch. */
function itemsOf({ sample, timesteps, context, guidance }: Evaluation, items: readonly number[]): Evaluation {
  return {
    sample: picked(sample, items),
    timesteps: items.map((item) => timesteps[item] ?? NaN),
    context: picked(context, items),
    guidance: guidance && picked(guidance, items),
  };
}

export type LoraFeeds = Readonly<Record<string, Tensor>>;

/** f(z, t) without gradients. At t = 0 it is z itself, the boundary condition, so the network is asked for the others only. */
export class TargetNetwork {
  constructor(
    readonly config: UNetConfig,
    readonly schedule: NoiseSchedule,
    readonly session: Session,
  ) {}

  async evaluate(evaluation: Evaluation, lora: LoraFeeds): Promise<Tensor<'float32'>> {
    const { sample, timesteps } = evaluation;
    const data = sample.data.slice();
    const inside = [...timesteps.keys()].filter((item) => timesteps[item] !== 0);
    if (inside.length > 0) {
      const asked = itemsOf(evaluation, inside);
      const output = floatOutput(await this.session.run({ ...unetFeeds(this.config, asked), ...lora }), 'out_sample');
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
    readonly config: UNetConfig,
    readonly schedule: NoiseSchedule,
    readonly session: Session,
    readonly weighting: LossWeighting,
  ) {}

  async evaluate(evaluation: Evaluation, target: Tensor<'float32'>, lora: LoraFeeds): Promise<OnlineResult> {
    const { timesteps } = evaluation;
    const each = [timesteps.length, 1, 1, 1];
    const weights = timesteps.map((timestep) => {
      const scale = lossScale(this.weighting, this.schedule, timestep);
      const { sample, output } = consistencyWeights(this.schedule, timestep);
      return { scale, sample: scale * sample, output: scale * output };
    });
    const size = target.data.length / timesteps.length;
    const goal = target.data.map((value, i) => value * (weights[Math.floor(i / size)]?.scale ?? NaN));
    const outputs = await this.session.run({
      ...unetFeeds(this.config, evaluation),
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
