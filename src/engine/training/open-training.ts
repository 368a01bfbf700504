/** The front door of training: a model, encoded examples and settings in, a LoRA out. */
import { UserError } from '../../domain/errors';
import { readCheckpoint, saveCheckpoint, type Checkpoint } from './checkpoint';
import { timePairs } from './consistency';
import { DrawSource } from './draw';
import { FEWEST_TO_DECIDE, Gauge } from './gauge';
import { initialLora, targetLayers, type LoraMatrices } from './lora-targets';
import { withoutEffect, type LoraFeeds } from './networks';
import { feedsOf } from './optimizer-step';
import { ddimStep, sameNoise, type SecondPoint } from './second-point';
import type { TrainingSettings } from './settings';
import { pairsAt } from './shrinking-skip';
import { Trainer, type TrainerHooks, type TrainerParts, type TrainingEnd } from './trainer';
import { checkIdentity, type TrainingRecord } from './training-record';
import { trainingSessions, type SessionOptions, type TrainableModel, type TrainingSessions } from './training-sessions';
import type { EncodedExample } from './training-set';
import { checkMatrices, freshState, type TrainingState } from './training-state';

export interface TrainingExamples {
  readonly learned: readonly EncodedExample[];
  /** The gauge's. */
  readonly heldOut: readonly EncodedExample[];
  /** SHA-256 over all of them, hex. */
  readonly hash: string;
}

export interface TrainingRequest {
  readonly model: TrainableModel;
  /** SHA-256 of the model's weights, hex. */
  readonly modelHash: string;
  /** 'style': consistency training on the examples alone (LCF). 'distillation': with the model itself as teacher (LCD). */
  readonly goal: 'style' | 'distillation';
  readonly examples: TrainingExamples;
  readonly settings: TrainingSettings;
  /** A checkpoint to go on from. */
  readonly resumeFrom?: string | undefined;
  /** Makes the sessions when it is this training's turn. */
  readonly turn?: TrainerHooks['turn'];
  /** Sessions that are shared with other trainings of the same shapes; whoever made them releases them. */
  readonly sessions?: TrainingSessions;
}

/** A training that is ready to run. */
export interface Training {
  readonly state: TrainingState;
  readonly record: TrainingRecord;
  readonly parts: TrainerParts;
  run(hooks: TrainerHooks): Promise<TrainingEnd>;
  /** What was learned: the target network's matrices where the gauge was lowest, or as they are now. */
  lora(): LoraMatrices;
  /** Step whose matrices `lora` gives. */
  loraStep(): number;
  /** Matrices for drawing with the target network's session: as they are now, or adding nothing. */
  feeds(which: 'now' | 'unchanged'): LoraFeeds;
  /** Throws `io`; the checkpoint that was there stays. */
  save(file: string): Promise<void>;
  release(): Promise<void>;
}

/**
 * Throws `bad-request` when no layer is meant, when a consistency model is to be distilled, or when a training goes on with another model,
 * other examples or other settings; `bad-checkpoint` for a damaged checkpoint.
 */
export async function openTraining(request: TrainingRequest): Promise<Training> {
  const { model, settings, resumeFrom } = request;
  const turn = request.turn ?? (<T>(work: () => Promise<T>): Promise<T> => work());
  if (request.goal === 'distillation') checkTeacher(model);
  const fresh = freshCheckpoint(request);
  const checkpoint = resumeFrom === undefined ? fresh : await checkedCheckpoint(resumeFrom, fresh);
  const sessions = request.sessions ?? (await turn(() => trainingSessions(model, sessionOptions(request))));
  try {
    const parts = await trainerParts(request, sessions, checkpoint.state);
    const trainer = new Trainer(parts, settings, checkpoint);
    return {
      state: trainer.state,
      record: trainer.record,
      parts,
      run: (hooks) => trainer.run(hooks),
      lora: () => trainer.result,
      loraStep: () => trainer.resultStep,
      feeds: (which) =>
        which === 'now' ? feedsOf(trainer.state, 'average') : withoutEffect(feedsOf(trainer.state, 'value')),
      save: (file) => saveCheckpoint(file, trainer.checkpoint()),
      release: () => (request.sessions === undefined ? sessions.release() : Promise.resolve()),
    };
  } catch (error) {
    if (request.sessions === undefined) await sessions.release();
    throw error;
  }
}

/** How a training begins. */
export function freshCheckpoint({ model, modelHash, examples, settings }: TrainingRequest): Checkpoint {
  const { weights } = model;
  return {
    state: freshState(initialLora(weights, targetLayers(weights, settings), settings.seed)),
    record: {
      identity: { model: modelHash, data: examples.hash, settings },
      loss: [],
      gauge: [],
      best: undefined,
    },
    best: new Map(),
  };
}

/** `fresh`: how the same training would begin. */
async function checkedCheckpoint(file: string, { record, state }: Checkpoint): Promise<Checkpoint> {
  const checkpoint = await readCheckpoint(file);
  checkIdentity(checkpoint.record.identity, record.identity, file);
  checkMatrices(checkpoint.state, state, file);
  return checkpoint;
}

/** What the sessions of a training must be made for; trainings that agree in it may share them. */
export function sessionOptions({
  model,
  examples,
  settings,
}: Pick<TrainingRequest, 'model' | 'examples' | 'settings'>): SessionOptions {
  const [example] = examples.learned;
  if (example === undefined) throw new Error('There are no examples to train on');
  const [, , height = 1, width = 1] = example.latents.shape;
  return {
    lora: targetLayers(model.weights, settings),
    sizes: { batch: settings.batchSize, height, width, ...model.denoiser.lengths(example.conditioning) },
    distance: settings.distance,
    weighting: settings.weighting,
  };
}

async function trainerParts(
  request: TrainingRequest,
  sessions: TrainingSessions,
  state: TrainingState,
): Promise<TrainerParts> {
  const { model, examples, settings } = request;
  const { schedule, denoiser } = model;
  const { online, target } = sessions;
  const pairs = timePairs(schedule, settings.skip, settings.start);
  const { learned, heldOut } = examples;
  return {
    schedule,
    online,
    target,
    secondPoint: await secondPointOf(request, sessions, state),
    draws: new DrawSource(learned, pairsAt(schedule, settings), denoiser, settings),
    gauge: heldOut.length === 0 ? undefined : new Gauge(target, heldOut, { ...settings, pairs }),
    gaugeDecides: heldOut.length >= FEWEST_TO_DECIDE,
  };
}

/** What tells a style from distillation. The teacher runs in the target network's session, so that the weights are loaded once. */
async function secondPointOf(
  { goal, model }: TrainingRequest,
  { target }: TrainingSessions,
  state: TrainingState,
): Promise<SecondPoint> {
  const { schedule, denoiser, emptyPrompt } = model;
  if (goal === 'style') return sameNoise(schedule);
  const unchanged = withoutEffect(feedsOf(state, 'value'));
  return ddimStep({
    design: denoiser,
    schedule,
    unconditional: await emptyPrompt(),
    session: { run: (feeds) => target.session.run({ ...feeds, ...unchanged }) },
  });
}

/** Throws `bad-request` for a model that takes guidance as an embedding: it is an LCM already. */
function checkTeacher({ denoiser, origin }: TrainableModel): void {
  if (denoiser.guidanceWidth === undefined) return;
  throw new UserError(
    'bad-request',
    `${origin} is a latent consistency model already (its UNet has time_cond_proj_dim ${denoiser.guidanceWidth}). Distil an ordinary latent diffusion model, or fine-tune this one.`,
  );
}
