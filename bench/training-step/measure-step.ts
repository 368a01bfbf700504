/** One training step of a model, taken apart; runs in a process of its own, so that its memory can be told. */
import type { NoiseSchedule } from '../../src/engine/sampling/schedule';
import type { GraphForm } from '../../src/engine/graph/graph';
import type { Session } from '../../src/engine/runtime/session';
import { normalNoise } from '../../src/engine/tensors/noise';
import { float32, sizeOf, type Tensor } from '../../src/engine/tensors/tensor';
import { pairsAt } from '../../src/engine/training/shrinking-skip';
import { DrawSource } from '../../src/engine/training/draw';
import { trainingSessions, type BaseModel } from '../../src/engine/training/load-training';
import { initialLora, targetLayers, type LoraBlock, type LoraTarget } from '../../src/engine/training/lora-layers';
import { OnlineNetwork, TargetNetwork } from '../../src/engine/training/networks';
import { optimizerStep } from '../../src/engine/training/optimizer-step';
import { sameNoise } from '../../src/engine/training/second-point';
import { trainingSettings } from '../../src/engine/training/settings';
import type { EncodedExample } from '../../src/engine/training/training-set';
import { freshState } from '../../src/engine/training/training-state';
import { median, timed } from '../support/machine';

export interface StepRequest {
  readonly batchSize: number;
  /** Latent pixels. */
  readonly size: number;
  readonly tokens: number;
  readonly rank: number;
  readonly targets: readonly LoraTarget[];
  readonly blocks: readonly LoraBlock[];
  readonly form: GraphForm;
  readonly repeats: number;
}

/** Seconds, medians; memory in bytes. */
export interface StepTimes {
  readonly load: number;
  readonly step: number;
  /** The target network's forward pass. */
  readonly forward: number;
  /** The online network's forward and backward passes. */
  readonly gradients: number;
  readonly draws: number;
  /** AdamW, clipping, moving average, noised latents and whatever copies there are. */
  readonly rest: number;
  /** Trained numbers. */
  readonly parameters: number;
}

export async function measureStep(
  base: BaseModel,
  schedule: NoiseSchedule,
  { batchSize, size, tokens, rank, targets, blocks, form, repeats }: StepRequest,
): Promise<StepTimes> {
  // The paper's k: with a longer one some answers of the target network are known without asking it.
  const settings = trainingSettings({ batchSize, rank, alpha: rank, targets, blocks, skip: 20, firstSkip: 20 });
  const lora = targetLayers(base.weights, settings);
  const sizes = { batch: batchSize, height: size, width: size, tokens };
  const { seconds: load, result: sessions } = await timed(() =>
    trainingSessions(base, { parts: { schedule } }, { ...settings, lora, sizes, form }),
  );
  const [target, online] = [new Stopwatch(sessions.target.session), new Stopwatch(sessions.online.session)];
  const parts = {
    schedule,
    target: new TargetNetwork(base.config, schedule, target.session),
    online: new OnlineNetwork(base.config, schedule, online.session, settings.weighting),
    secondPoint: sameNoise(schedule),
  };
  const draws = new DrawSource(examples(base, size, tokens), pairsAt(schedule, settings), base.config, settings);
  const state = freshState(initialLora(base.weights, lora, 0));
  const rows: Omit<StepTimes, 'load' | 'parameters'>[] = [];
  for (let step = 0; step <= repeats; step++) {
    const drawn = await timed(() => Promise.resolve(draws.ofStep(step)));
    const { seconds } = await timed(() => optimizerStep(parts, state, drawn.result, settings));
    const [forward, gradients] = [target.seconds, online.seconds];
    const rest = seconds - forward - gradients;
    // The first step makes buffers.
    if (step > 0) rows.push({ step: seconds + drawn.seconds, forward, gradients, draws: drawn.seconds, rest });
  }
  await sessions.release();
  const middle = (pick: keyof (typeof rows)[number]): number => median(rows.map((row) => row[pick]));
  return {
    load,
    step: middle('step'),
    forward: middle('forward'),
    gradients: middle('gradients'),
    draws: middle('draws'),
    rest: middle('rest'),
    parameters: [...state.matrices.values()].reduce((sum, { value }) => sum + value.length, 0),
  };
}

/** A session that tells how long its last run took. */
class Stopwatch {
  seconds = 0;
  readonly session: Session;

  constructor(inner: Session) {
    this.session = {
      graph: inner.graph,
      device: inner.device,
      release: () => inner.release(),
      run: async (feeds) => {
        const { seconds, result } = await timed(() => inner.run(feeds));
        this.seconds = seconds;
        return result;
      },
    };
  }
}

/** Their contents do not change the time. */
function examples({ config }: BaseModel, size: number, tokens: number): EncodedExample[] {
  const noise = (shape: readonly number[], stream: number): Tensor<'float32'> =>
    float32(normalNoise(0, stream, sizeOf(shape)), shape);
  return Array.from({ length: 8 }, (_, i) => ({
    latents: noise([1, config.inChannels, size, size], 2 * i),
    context: noise([1, tokens, config.crossAttentionDim], 2 * i + 1),
  }));
}
