/** The loop of consistency training: steps, gauge, probes and checkpoints, until it is done, stopped or no use any more. */
import { float32 } from '../tensors/tensor';
import type { Checkpoint } from './checkpoint';
import type { DrawSource } from './draw';
import type { Gauge } from './gauge';
import type { LoraMatrices } from './lora-targets';
import type { Distance } from './training-graph';
import { feedsOf, optimizerStep, unstable, type StepParts } from './optimizer-step';
import type { TrainingSettings } from './settings';
import { skipAt } from './shrinking-skip';
import type { CurvePoint, TrainingRecord } from './training-record';
import type { TrainingState } from './training-state';

export interface TrainerParts extends StepParts {
  readonly draws: DrawSource;
  /** Absent when nothing is held out. */
  readonly gauge: Pick<Gauge, 'read'> | undefined;
  /** Whether the gauge chooses the weights and ends the training; with few pictures it only shows how it goes. */
  readonly gaugeDecides: boolean;
}

export interface TrainerHooks {
  /** Awaited before every step: holds the training while it is paused; 'stop' ends it and keeps what was learned; throws to discard. */
  readonly ready: () => Promise<'go' | 'stop'>;
  /** Runs one piece of work when it is this training's turn; others are served in between. */
  readonly turn: <T>(work: () => Promise<T>) => Promise<T>;
  readonly onStep: (loss: CurvePoint, secondsLeft: number) => void;
  readonly onGauge: (reading: CurvePoint) => void;
  /** Time to draw the probes, with the weights as they are now. */
  readonly onProbes: (step: number) => Promise<void>;
  readonly save: () => Promise<void>;
}

export type TrainingEnd = 'finished' | 'stopped' | 'gauge-rose';

/** Readings without a new lowest one after which training ends. */
const PATIENCE = 8;
/** Answers this many times further apart than at the start (by the gauge) mean that the weights have left what the model knows. */
const EXPLODED = 20;
/** A training whose mean loss over a window is this many times the untrained model's is out of control. */
const PARTED: Readonly<Record<Distance['kind'], number>> = { huber: 2, l2: 2.5 };
/** Pictures in that window, in five steps or more: a few mostly show which time points were drawn. */
const WINDOW_PICTURES = 40;
const WINDOW_STEPS = 5;
/** Weight of the last step's time in the moving average from which the time left is told. */
const PACE = 0.1;

export class Trainer {
  #best: Map<string, Float32Array>;
  #secondsPerStep: number | undefined;

  constructor(
    private readonly parts: TrainerParts,
    private readonly settings: TrainingSettings,
    private readonly progress: {
      readonly state: TrainingState;
      readonly record: TrainingRecord;
      readonly best: ReadonlyMap<string, Float32Array>;
    },
  ) {
    this.#best = new Map(progress.best);
  }

  get state(): TrainingState {
    return this.progress.state;
  }

  get record(): TrainingRecord {
    return this.progress.record;
  }

  /** The matrices to use: the target network's where the gauge was lowest, or as they are now. */
  get result(): LoraMatrices {
    const { matrices } = this.state;
    return new Map(
      [...matrices].map(([name, { shape, average }]) => [name, float32(this.#best.get(name) ?? average, shape)]),
    );
  }

  /** Step whose weights `result` holds. */
  get resultStep(): number {
    return this.record.best?.step ?? this.state.step;
  }

  /** Throws `bad-request` when training explodes, `io` when a checkpoint cannot be written; the last checkpoint stays. */
  async run(hooks: TrainerHooks): Promise<TrainingEnd> {
    if (this.state.step === 0 && this.record.gauge.length === 0) await this.#observe(hooks);
    while (this.state.step < this.settings.steps) {
      if ((await hooks.ready()) === 'stop') return this.#end(hooks, 'stopped');
      await this.#step(hooks);
      const last = this.state.step === this.settings.steps;
      if (last || this.state.step % this.settings.gaugeEvery === 0) await this.#observe(hooks);
      if (last || this.state.step % this.settings.probeEvery === 0) await hooks.onProbes(this.state.step);
      if (this.#gaugeRose()) return this.#end(hooks, 'gauge-rose');
      if (this.state.step % this.settings.checkpointEvery === 0) await hooks.save();
    }
    return this.#end(hooks, 'finished');
  }

  async #end(hooks: TrainerHooks, end: TrainingEnd): Promise<TrainingEnd> {
    await hooks.save();
    return end;
  }

  async #step(hooks: TrainerHooks): Promise<void> {
    const { warmupSteps, steps } = this.settings;
    const { step } = this.state;
    const learningRate = this.settings.learningRate * Math.min(1, (step + 1) / Math.max(1, warmupSteps));
    const { loss, seconds } = await hooks.turn(async () => {
      const started = performance.now();
      const draws = this.parts.draws.ofStep(step);
      const { loss } = await optimizerStep(this.parts, this.state, draws, { ...this.settings, learningRate });
      return { loss, seconds: (performance.now() - started) / 1000 };
    });
    this.#secondsPerStep = PACE * seconds + (1 - PACE) * (this.#secondsPerStep ?? seconds);
    const point = { step: this.state.step, value: loss };
    this.record.loss.push(point);
    hooks.onStep(point, this.#secondsPerStep * (steps - this.state.step));
    this.#checkLoss();
  }

  /**
   * Online and target network part when steps are too large. The gauge does not show it: weights that answer everything
   * with the same picture are perfectly consistent.
   */
  #checkLoss(): void {
    const { gauge } = this.record;
    // Losses are comparable only at the same skipping step.
    const skip = skipAt(this.settings, this.state.step - 1);
    const loss = this.record.loss.filter(({ step }) => skipAt(this.settings, step - 1) === skip);
    // Guidance of a teacher widens the first loss, which the gauge does not know.
    const before = Math.max(gauge[0]?.value ?? 0, loss[0]?.value ?? 0);
    const { batchSize, accumulation } = this.settings;
    const window = Math.max(WINDOW_STEPS, Math.ceil(WINDOW_PICTURES / (batchSize * accumulation)));
    const recent = loss.slice(-window);
    const mean = recent.reduce((sum, { value }) => sum + value, 0) / recent.length;
    if (recent.length < window || mean < PARTED[this.settings.distance.kind] * before) return;
    const [from, to] = [before, mean].map((value) => value.toPrecision(3));
    throw unstable(`up to step ${this.state.step} the loss has risen from ${from} to ${to}`, this.settings);
  }

  /** Reads the gauge and, where it decides, keeps the weights when they are the best so far. */
  async #observe(hooks: TrainerHooks): Promise<void> {
    const { gauge, gaugeDecides } = this.parts;
    if (gauge === undefined) return;
    const value = await hooks.turn(() => gauge.read(feedsOf(this.state, 'average')));
    const reading = { step: this.state.step, value };
    this.record.gauge.push(reading);
    hooks.onGauge(reading);
    this.#checkStable(reading);
    // What the model knew before is no result.
    if (!gaugeDecides || reading.step === 0 || value >= (this.record.best?.value ?? Infinity)) return;
    this.record.best = reading;
    this.#best = new Map([...this.state.matrices].map(([name, { average }]) => [name, average.slice()]));
  }

  #checkStable({ step, value }: CurvePoint): void {
    const before = this.record.gauge[0]?.value ?? value;
    const exploded = this.settings.distance.kind === 'l2' ? EXPLODED ** 2 : EXPLODED;
    if (value <= exploded * before) return;
    const [from, to] = [before, value].map((reading) => reading.toPrecision(3));
    throw unstable(`at step ${step} the gauge has risen from ${from} to ${to}`, this.settings);
  }

  #gaugeRose(): boolean {
    const { best, gauge } = this.record;
    if (best === undefined) return false;
    return gauge.filter(({ step }) => step > best.step).length >= PATIENCE;
  }

  /** Everything that a checkpoint holds, as it is now. */
  checkpoint(): Checkpoint {
    return { state: this.state, record: this.record, best: this.#best };
  }
}
