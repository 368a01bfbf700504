/** One training step of a model, taken apart; runs in a process of its own, so that its memory can be told. */
import type { Conditioning } from '../../src/engine/families/family';
import type { GraphForm } from '../../src/engine/graph/graph';
import type { Session } from '../../src/engine/runtime/session';
import { normalNoise } from '../../src/engine/tensors/noise';
import { float32, sizeOf, type Tensor } from '../../src/engine/tensors/tensor';
import type { LoraBlock, LoraTarget } from '../../src/engine/training/lora-targets';
import { OnlineNetwork, TargetNetwork } from '../../src/engine/training/networks';
import { openTraining, sessionOptions } from '../../src/engine/training/open-training';
import { optimizerStep } from '../../src/engine/training/optimizer-step';
import { trainingSettings } from '../../src/engine/training/settings';
import { trainingSessions, type TrainableModel } from '../../src/engine/training/training-sessions';
import type { EncodedExample } from '../../src/engine/training/training-set';
import { median, timed } from '../support/machine';

export interface StepRequest {
  readonly batchSize: number;
  /** Latent pixels. */
  readonly size: number;
  /** Shapes of one caption's conditioning. */
  readonly conditioning: Readonly<Record<string, readonly number[]>>;
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
  model: TrainableModel,
  { batchSize, size, conditioning, rank, targets, blocks, form, repeats }: StepRequest,
): Promise<StepTimes> {
  // The paper's k: with a longer one some answers of the target network are known without asking it.
  const settings = trainingSettings({ batchSize, rank, alpha: rank, targets, blocks, skip: 20, firstSkip: 20 });
  const request = {
    model,
    modelHash: '',
    goal: 'style',
    examples: { learned: examples(model, size, conditioning), heldOut: [], hash: '' },
    settings,
  } as const;
  const { seconds: load, result: sessions } = await timed(() =>
    trainingSessions(model, { ...sessionOptions(request), form }),
  );
  const [target, online] = [new Stopwatch(sessions.target.session), new Stopwatch(sessions.online.session)];
  const { denoiser, schedule } = model;
  const watched = {
    target: new TargetNetwork(denoiser, schedule, target.session),
    online: new OnlineNetwork(denoiser, schedule, online.session, settings.weighting),
    release: () => sessions.release(),
  };
  const { parts, state } = await openTraining({ ...request, sessions: watched });
  const rows: Omit<StepTimes, 'load' | 'parameters'>[] = [];
  for (let step = 0; step <= repeats; step++) {
    const drawn = await timed(() => Promise.resolve(parts.draws.ofStep(step)));
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
function examples({ denoiser }: TrainableModel, size: number, shapes: StepRequest['conditioning']): EncodedExample[] {
  const noise = (shape: readonly number[], stream: number): Tensor<'float32'> =>
    float32(normalNoise(1, stream, sizeOf(shape)), shape);
  return Array.from({ length: 8 }, (_, i) => {
    const texts = Object.entries(shapes).map(([name, shape]) => [name, noise(shape, 2 * i + 1)] as const);
    const conditioning: Conditioning = Object.fromEntries(texts);
    return { latents: noise([1, denoiser.channels, size, size], 2 * i), conditioning };
  });
}
