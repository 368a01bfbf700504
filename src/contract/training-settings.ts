/** The settings of a training: everything about them that is known outside of the engine. */
import { DISTILLATION as DISTILLATION_DEFAULTS } from '../domain/distillation';
import { INK } from '../domain/style';
import { TRAINING_RANGES } from '../domain/limits';
import type { Settings } from './setting';

/** Of fine-tuning on an icon set. */
export const TRAINING = {
  steps: {
    kind: 'number',
    range: TRAINING_RANGES.steps,
    usual: { least: 1, most: 100_000, whole: true },
    terminal: { flags: '--steps <n>', help: 'training steps', otherwise: 'what suits the number of icons' },
    form: { place: 'line', control: 'field', width: 9 },
    request: 'when-set',
  },
  rank: {
    kind: 'number',
    range: TRAINING_RANGES.rank,
    usual: { least: 1, most: 256, whole: true },
    terminal: { flags: '--rank <n>', help: 'rank of the low-rank addition: how much it can learn' },
    form: { place: 'line', control: 'field', width: 9 },
    request: 'when-set',
  },
  alpha: { kind: 'number', range: TRAINING_RANGES.alpha, request: 'when-set' },
  learningRate: {
    kind: 'number',
    range: TRAINING_RANGES.learningRate,
    usual: { least: 1e-6, most: 0.1 },
    terminal: { flags: '--lr <rate>', help: 'learning rate' },
    form: { place: 'line', control: 'field', width: 9 },
    request: 'when-set',
  },
  batchSize: { kind: 'number', range: TRAINING_RANGES.batchSize, request: 'when-set' },
  seed: {
    kind: 'number',
    range: TRAINING_RANGES.seed,
    usual: { least: 0, most: 1e9, whole: true },
    terminal: { flags: '--seed <n>', help: 'for every random choice of the training' },
    form: { place: 'line', control: 'field', width: 9 },
    request: 'when-set',
  },
  checkpointEvery: {
    kind: 'number',
    range: TRAINING_RANGES.checkpointEvery,
    terminal: { flags: '--checkpoint-every <n>', help: 'steps after which the state is saved' },
    request: 'when-set',
  },
} as const satisfies Settings;

/** Of the set that is learned from, and of the model. */
export const TRAINING_SET = {
  styleWord: {
    kind: 'text',
    default: '',
    terminal: {
      flags: '--style-word <words>',
      help: 'put behind every caption',
      otherwise: 'none; words that a small model does not know blur what it draws',
    },
  },
  currentColor: {
    kind: 'text',
    default: INK,
    terminal: { flags: '--ink <colour>', help: 'CSS colour for icons that take the colour of the text' },
    editor: {
      key: 'tune.inkColor',
      order: 15,
      scope: 'resource',
      description:
        'CSS colour that `currentColor` stands for when icons are drawn for fine-tuning, or `theme`: dark on light themes, light on dark ones.',
    },
  },
  model: {
    kind: 'text',
    default: '',
    terminal: { flags: '--model <id or folder>', help: 'model to tune', otherwise: 'the built-in one' },
  },
} as const satisfies Settings;

/** Of Latent Consistency Distillation. */
export const DISTILLATION = {
  ...TRAINING,
  steps: {
    ...TRAINING.steps,
    terminal: { flags: '--steps <n>', help: 'training steps', otherwise: String(DISTILLATION_DEFAULTS.steps) },
  },
  rank: {
    ...TRAINING.rank,
    terminal: {
      flags: '--rank <n>',
      help: 'rank of the low-rank addition',
      otherwise: String(DISTILLATION_DEFAULTS.rank),
    },
  },
  learningRate: {
    ...TRAINING.learningRate,
    terminal: { flags: '--lr <rate>', help: 'learning rate', otherwise: String(DISTILLATION_DEFAULTS.learningRate) },
  },
  batchSize: {
    ...TRAINING.batchSize,
    terminal: {
      flags: '--batch <n>',
      help: 'pictures in each step',
      otherwise: String(DISTILLATION_DEFAULTS.batchSize),
    },
  },
} as const satisfies Settings;

/** The ends of the range of the teacher's guidance w. */
export const DISTILLATION_OMEGA = {
  omegaMin: {
    kind: 'number',
    range: TRAINING_RANGES.omega,
    terminal: {
      flags: '--omega-min <w>',
      help: 'least guidance w of the teacher',
      otherwise: String(DISTILLATION_DEFAULTS.omega[0]),
    },
  },
  omegaMax: {
    kind: 'number',
    range: TRAINING_RANGES.omega,
    terminal: {
      flags: '--omega-max <w>',
      help: 'most guidance w of the teacher',
      otherwise: String(DISTILLATION_DEFAULTS.omega[1]),
    },
  },
} as const satisfies Settings;
