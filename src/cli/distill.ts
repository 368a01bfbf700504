/** `fourstep distill`: an ordinary latent diffusion model becomes a few-step model by a LoRA. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Command } from 'commander';
import { DISTILLATION as DEFAULTS } from '../domain/distillation';
import { UserError } from '../domain/errors';
import type { DeviceRequest } from '../domain/device';
import { INK } from '../domain/ink';
import { carriedBy } from '../contract/setting';
import { DISTILLATION, DISTILLATION_OMEGA } from '../contract/training-settings';
import type { AskedTuneSettings, TuneParams, TuneResult } from '../contract/tune-api';
import type { Session } from './session';
import { goingOn, train, unfinishedTraining, type TrainingPlace } from './train';
import { addSettings, typedSettings } from './setting-options';

export interface DistillOptions {
  readonly data: string;
  readonly out: string;
  readonly device: DeviceRequest;
  readonly resume: boolean;
  readonly replace: boolean;
}

export interface DistillReport extends TuneResult {
  /** Absolute path of the LoRA. */
  readonly path: string;
}

export function addDistillOptions(command: Command): Command {
  command
    .description(
      'make an ordinary diffusion model draw in a few steps: learns a LoRA from its own answers; prints the path',
    )
    .argument('<model>', 'model folder in the diffusers layout; it is only read')
    .requiredOption('--data <folder>', 'pictures of the kind it shall draw; captions from captions.jsonl or file names')
    .requiredOption('--out <file>', 'the LoRA (.safetensors)');
  return addSettings(command, { ...DISTILLATION, ...DISTILLATION_OMEGA })
    .option('--resume', 'go on with the unfinished distillation into that file', false)
    .option('--replace', 'replace the file, or the unfinished distillation into it', false);
}

/** Throws UserError; `cancelled` after Ctrl+C, which saves the distillation. */
export async function distill(session: Session, model: string, options: DistillOptions): Promise<DistillReport> {
  const out = path.resolve(options.out);
  if (path.extname(out) !== '.safetensors') {
    throw new UserError('bad-request', `--out is ${options.out}; expected a file that ends in .safetensors.`);
  }
  const again = `fourstep distill ${model} --data ${options.data} --out ${options.out} --resume`;
  const result = await train(session, await request(session, { model: path.resolve(model), out, options }), again);
  return { ...result, path: out };
}

interface Request {
  readonly model: string;
  readonly out: string;
  readonly options: DistillOptions;
}

async function request(session: Session, { model, out, options }: Request): Promise<TuneParams> {
  const folder = path.resolve(options.data);
  const place: TrainingPlace = {
    modelPath: model,
    modelId: path.basename(model),
    device: options.device,
    folder,
    name: path.basename(out, '.safetensors'),
    // Removed when the LoRA is there.
    styleDir: `${out}.training`,
    root: path.dirname(out),
    replace: options.replace,
  };
  const settings = settingsOf(options);
  if (options.resume) {
    const { steps, ...fixed } = settings;
    const changes = { steps, changed: Object.keys(fixed) };
    return {
      ...goingOn(await unfinishedTraining(session, place.styleDir, changes), place, changes),
      distill: { out },
    };
  }
  session.status.show('looking for pictures');
  const { client, signal, terminal } = session;
  const { icons, skipped } = await client.request(
    'scanIcons',
    { folder, modelPath: model, currentColor: INK },
    { signal },
  );
  session.status.clear();
  for (const { id, reason } of skipped) terminal.note(`${id} is left out: ${reason}`);
  return {
    ...place,
    currentColor: INK,
    jobId: randomUUID(),
    icons: icons.map(({ id, caption, heldOut }) => ({ id, caption, heldOut })),
    styleWord: '',
    probes: [],
    settings,
    resume: false,
    distill: { out },
  };
}

function settingsOf(options: DistillOptions): AskedTuneSettings {
  const { omegaMin, omegaMax } = typedSettings(DISTILLATION_OMEGA, options);
  return {
    ...(omegaMin === undefined && omegaMax === undefined
      ? {}
      : { omega: [omegaMin ?? DEFAULTS.omega[0], omegaMax ?? DEFAULTS.omega[1]] }),
    ...carriedBy(DISTILLATION, 'request', typedSettings(DISTILLATION, options)),
  };
}
