/** `fourstep distill`: an ordinary latent diffusion model becomes a few-step model by a LoRA. */
import path from 'node:path';
import type { Command } from 'commander';
import { DISTILLATION as DEFAULTS } from '../domain/distillation';
import { UserError } from '../domain/errors';
import type { DeviceRequest } from '../domain/choices';
import { INK } from '../domain/style';
import { carriedBy } from '../contract/setting';
import { DISTILLATION, DISTILLATION_OMEGA } from '../contract/training-settings';
import type { AskedTuneSettings, TuneIcon, TuneParams, TuneResult } from '../contract/tune-api';
import { checkTraining, resolveTraining, type TrainingIntent } from '../product/training';
import { placeOf } from '../product/training-place';
import type { Session } from './session';
import { OPTIONS, train } from './train';
import { addSettings, typedSettings } from './setting-options';

export interface DistillOptions {
  readonly data: string;
  readonly out: string;
  readonly device: DeviceRequest;
  readonly resume: boolean;
  readonly replace: boolean;
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
export async function distill(session: Session, model: string, options: DistillOptions): Promise<TuneResult> {
  const out = path.resolve(options.out);
  if (path.extname(out) !== '.safetensors') {
    throw new UserError('bad-request', `--out is ${options.out}; expected a file that ends in .safetensors.`);
  }
  const again = `fourstep distill ${model} --data ${options.data} --out ${options.out} --resume`;
  return train(session, await request(session, { model: path.resolve(model), out, options }), again);
}

interface Request {
  readonly model: string;
  readonly out: string;
  readonly options: DistillOptions;
}

async function request(session: Session, { model, out, options }: Request): Promise<Omit<TuneParams, 'jobId'>> {
  const { device, replace, resume } = options;
  const folder = path.resolve(options.data);
  const aim = { kind: 'distillation', out } as const;
  const intent: TrainingIntent = { aim, folder, device, replace, resume, settings: settingsOf(options) };
  const found = await session.client.request('tuneStatus', { place: placeOf(aim) });
  checkTraining(intent, found, OPTIONS);
  const icons = resume ? [] : await pictures(session, folder, model);
  return resolveTraining({ ...intent, icons }, { id: path.basename(model), folder: model }, found, OPTIONS);
}

async function pictures(
  { client, signal, status, terminal }: Session,
  folder: string,
  modelPath: string,
): Promise<TuneIcon[]> {
  status.show('looking for pictures');
  const scan = await client.request('scanIcons', { folder, modelPath, currentColor: INK }, { signal });
  status.clear();
  for (const { id, reason } of scan.skipped) terminal.note(`${id} is left out: ${reason}`);
  return scan.icons.map(({ id, caption, heldOut }) => ({ id, caption, heldOut }));
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
