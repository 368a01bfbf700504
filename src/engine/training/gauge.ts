/**
 * The gauge: the consistency loss on held-out pictures with fixed noise, time points and guidance. The loss of a
 * training step mostly shows which time points were drawn; this number shows whether training helps.
 */
import { normalNoise } from '../tensors/noise';
import type { Tensor } from '../tensors/tensor';
import { endsOf, noised, startsOf, type Draw } from './batch';
import type { TimePair } from './consistency';
import { drawOf } from './draw';
import type { Distance } from './training-graph';
import type { LoraFeeds, TargetNetwork } from './networks';
import type { EncodedExample } from './training-set';

/**
 * Fewer held-out pictures say more about themselves than about the set: two of 24 icons with a thick outline chose weights that had hardly
 * begun to draw it (research/fine-tuning/REPORT.md, "Small sets").
 */
export const FEWEST_TO_DECIDE = 5;

/** Each held-out picture is read at this many time points, spread over the schedule. */
const TIME_POINTS = 4;
/** More pictures would make a reading slow and no steadier. */
const MOST_EXAMPLES = 32;
/** "gauge" in ASCII; far from every seed that a user would choose for training. */
const GAUGE_SEED = 0x67_61_75_67_65;

export interface GaugeOptions {
  readonly pairs: readonly TimePair[];
  readonly omega: readonly [lowest: number, highest: number];
  readonly distance: Distance;
  readonly batchSize: number;
}

export class Gauge {
  readonly #draws: readonly Draw[];

  constructor(
    private readonly target: TargetNetwork,
    heldOut: readonly EncodedExample[],
    private readonly options: GaugeOptions,
  ) {
    this.#draws = gaugeDraws(target, heldOut.slice(0, MOST_EXAMPLES), options);
  }

  /** Mean distance between f(z_{n+k}) and f(z_n) under the given LoRA. */
  async read(lora: LoraFeeds): Promise<number> {
    let sum = 0;
    let items = 0;
    for (const draw of this.#draws) {
      const start = await this.#answer(draw, startsOf(draw), lora);
      const end = await this.#answer(draw, endsOf(draw), lora);
      sum += draw.pairs.length * meanDistance(start.data, end.data, this.options.distance);
      items += draw.pairs.length;
    }
    return sum / items;
  }

  #answer(draw: Draw, timesteps: readonly number[], lora: LoraFeeds): Promise<Tensor<'float32'>> {
    const sample = noised(this.target.schedule, draw, timesteps);
    return this.target.evaluate({ sample, timesteps, conditioning: draw.conditioning }, lora);
  }
}

function gaugeDraws(target: TargetNetwork, heldOut: readonly EncodedExample[], options: GaugeOptions): Draw[] {
  const { pairs, batchSize } = options;
  const omega = (options.omega[0] + options.omega[1]) / 2;
  const readings = heldOut.flatMap((example, index) =>
    Array.from({ length: TIME_POINTS }, (_, place) => ({
      example,
      pair: pairs[Math.floor(((place + 0.5) * pairs.length) / TIME_POINTS)] ?? { start: 0, end: 0 },
      stream: index * TIME_POINTS + place,
    })),
  );
  return inBatches(readings, batchSize).map((batch) =>
    drawOf({
      examples: batch.map(({ example }) => example),
      pairs: batch.map(({ pair }) => pair),
      omegas: batch.map(() => omega),
      noise: (size, item) => normalNoise(GAUGE_SEED, batch[item]?.stream ?? 0, size),
      denoiser: target.design,
    }),
  );
}

function inBatches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, batch) =>
    items.slice(batch * size, (batch + 1) * size),
  );
}

function meanDistance(a: Float32Array, b: Float32Array, distance: Distance): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const square = ((a[i] ?? NaN) - (b[i] ?? NaN)) ** 2;
    sum += distance.kind === 'l2' ? square : Math.sqrt(square + distance.c ** 2) - distance.c;
  }
  return sum / a.length;
}
