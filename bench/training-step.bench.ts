/**
 * One training step: of the built-in model with the default settings, and of a full SD1.5 UNet (random weights, 512×512, batch 1,
 * LoRA rank 8 on all attention projections) with each way of making values again for the backward pass.
 * Options: --only built-in|full, --modes none,attention,blocks, --size N (default 512), --repeats N, --keep (the checkpoint),
 * --smoke (a narrow UNet and small pictures: only shows that it runs).
 * Needs 5.2 GB of disk in out/bench while it runs.
 */
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readCatalog, resolveModel } from '../src/catalog/catalog';
import { openModel } from '../src/engine/families/open-model';
import { unetDenoiser } from '../src/engine/families/unet-denoiser';
import { loadModel } from '../src/engine/sampling/load';
import { NoiseSchedule } from '../src/engine/sampling/schedule';
import { parseSchedulerConfig } from '../src/engine/sampling/scheduler-config';
import { parseUNetConfig } from '../src/engine/networks/unet-config';
import type { GraphForm } from '../src/engine/graph/graph';
import { openAsFloat32 } from '../src/engine/checkpoints/fp32-cache';
import { openWeights } from '../src/engine/checkpoints/safetensors';
import { trainable, type TrainableModel } from '../src/engine/training/training-sessions';
import { LORA_BLOCK_NAMES } from '../src/engine/training/lora-targets';
import { TRAINING_DEFAULTS } from '../src/engine/training/settings';
import { writeUNet } from './full-size/checkpoint';
import { configs } from './full-size/configs';
import { describeMachine } from './support/machine';
import { gigabytes } from './support/memory';
import { watched } from './support/watched-process';
import { measureStep, type StepTimes } from './training-step/measure-step';

const MODES = ['none', 'attention', 'blocks'] as const;
type Mode = (typeof MODES)[number];

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    modes: { type: 'string', default: MODES.join(',') },
    size: { type: 'string' },
    repeats: { type: 'string' },
    keep: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    /** Set by the benchmark itself: measure this and print it. */
    measure: { type: 'string' },
  },
});
const KIND = values.smoke ? 'smoke' : 'full';
const FOLDER = path.resolve(`out/bench/training-step-${KIND}-model`);
const CACHE = path.resolve(`out/bench/training-step-${KIND}-cache`);
const PIXELS_PER_LATENT = 8;

async function main(): Promise<void> {
  if (values.measure !== undefined) {
    console.log(JSON.stringify(await measured(values.measure)));
    return;
  }
  console.log(describeMachine());
  if (values.only !== 'full') await report('built-in');
  if (values.only === 'built-in') return;
  try {
    for (const mode of values.modes.split(',')) await report(mode);
  } finally {
    if (!values.keep) for (const made of [FOLDER, CACHE]) rmSync(made, { recursive: true, force: true });
  }
}

/** In a process of its own, which is watched. */
async function report(what: string): Promise<void> {
  const passed = process.argv.slice(2);
  const { stdout, peak, peakPrivate } = await watched(process.execPath, [
    process.argv[1] ?? '',
    ...passed,
    '--measure',
    what,
  ]);
  const times = JSON.parse(stdout) as StepTimes;
  const { load, step, forward, gradients, draws, rest, parameters } = times;
  const ms = (seconds: number): string => `${(1000 * seconds).toFixed(seconds < 0.1 ? 1 : 0)} ms`;
  const ratio = (part: number): string => (part / forward).toFixed(2);
  console.log(
    `| ${what} | ${ms(step)} | ${ms(forward)} | ${ms(gradients)} = ${ratio(gradients)} × forward (backward ${ratio(gradients - forward)}) | ${ms(draws)} draws, ${ms(rest)} optimiser | ${gigabytes(peak)}, ${gigabytes(peakPrivate)} private | load ${load.toFixed(1)} s, ${parameters} trained |`,
  );
}

async function measured(what: string): Promise<StepTimes> {
  return what === 'built-in' ? measureBuiltIn() : measureFullSize(what as Mode);
}

async function measureBuiltIn(): Promise<StepTimes> {
  const { folder } = await resolveModel(await readCatalog('models'));
  const model = await loadModel(await openModel(folder), { device: 'cpu', cacheFolder: CACHE });
  const { sizeFactor, defaultSize } = model.pipeline.info;
  const { batchSize, rank, targets, blocks } = TRAINING_DEFAULTS;
  return measureStep(trainable(model), {
    batchSize,
    size: defaultSize.width / sizeFactor,
    conditioning: model.parts.design.text.shapes,
    rank,
    targets,
    blocks,
    form: { differentiable: true, provider: 'cpu', backward: 'fast' },
    repeats: Number(values.repeats ?? (values.smoke ? 1 : 15)),
  });
}

async function measureFullSize(mode: Mode): Promise<StepTimes> {
  const form: GraphForm = { differentiable: true, provider: 'cpu', backward: 'small' };
  const repeats = Number(values.repeats ?? (values.smoke ? 1 : 3));
  const size = Number(values.size ?? (values.smoke ? 64 : 512)) / PIXELS_PER_LATENT;
  const { width, model } = await fullSizeUNet();
  return measureStep(model, {
    batchSize: 1,
    size,
    conditioning: { context: [1, 77, width] },
    rank: 8,
    targets: ['attention'],
    blocks: LORA_BLOCK_NAMES,
    form: mode === 'none' ? form : { ...form, recompute: mode },
    repeats,
  });
}

/** With the width of its text. */
async function fullSizeUNet(): Promise<{ readonly width: number; readonly model: TrainableModel }> {
  const file = path.join(FOLDER, 'unet/diffusion_pytorch_model.safetensors');
  if (!existsSync(file)) writeUNet(FOLDER, values.smoke);
  const config = parseUNetConfig(configs(values.smoke)['unet/config.json'], 'unet/config.json');
  const model: TrainableModel = {
    denoiser: unetDenoiser(config, 'unet'),
    weights: await openAsFloat32(await openWeights(file), { component: 'unet', folder: CACHE }),
    schedule: fullSizeSchedule(),
    device: 'cpu',
    origin: FOLDER,
    emptyPrompt: () => Promise.reject(new Error('There is no text encoder here.')),
  };
  return { width: config.crossAttentionDim, model };
}

function fullSizeSchedule(): NoiseSchedule {
  return new NoiseSchedule(
    parseSchedulerConfig(configs(values.smoke)['scheduler/scheduler_config.json'], 'scheduler', 'LCMScheduler'),
  );
}

void main();
