/** `fourstep tune`: a folder of icons becomes a style. */
import path from 'node:path';
import type { ResolvedModel } from '../catalog/catalog';
import { workspaceAround } from '../catalog/workspace';
import { carriedBy } from '../contract/setting';
import { TRAINING, TRAINING_SET } from '../contract/training-settings';
import type { AskedTuneSettings, ScanIconsResult, TuneIcon, TunePlan, TuneResult } from '../contract/tune-api';
import type { DeviceRequest } from '../domain/choices';
import { UserError } from '../domain/errors';
import { INK } from '../domain/style';
import { probeNames } from '../domain/probe-names';
import { checkTraining, resolveTraining, trainingModel, type TrainingIntent } from '../product/training';
import { placeOf, styleFolder, styleName } from '../product/training-place';
import type { Session } from './session';
import { typedSettings } from './setting-options';
import { OPTIONS, train } from './train';

export interface TuneOptions {
  readonly name: string;
  readonly device: DeviceRequest;
  readonly resume: boolean;
  readonly replace: boolean;
  readonly dryRun: boolean;
}

/** What a training would be, with --dry-run. */
export interface TuneDraft {
  readonly styleDir: string;
  readonly styleWord: string;
  readonly probes: readonly string[];
  readonly scan: ScanIconsResult;
  readonly plan: TunePlan;
}

/** What --json prints. */
export interface TuneReport extends Omit<TuneResult, 'path'> {
  readonly styleDir: string;
}

export type TuneOutcome = { readonly draft: TuneDraft } | { readonly result: TuneReport };

/** Throws UserError; `cancelled` after Ctrl+C, which saves the training. */
export async function tune(session: Session, given: string, options: TuneOptions): Promise<TuneOutcome> {
  const { device, replace, resume, dryRun } = options;
  const folder = path.resolve(given);
  const { model: asked, ...set } = typedSettings(TRAINING_SET, options);
  const aim = { kind: 'style', workspace: await workspaceAround(folder, process.cwd()), name: options.name } as const;
  const intent: TrainingIntent = { aim, folder, device, replace, resume, settings: settingsOf(options), ...set };
  const found = await session.client.request('tuneStatus', { place: placeOf(aim) });
  if (!dryRun) checkTraining(intent, found, OPTIONS);
  const began = resume ? found.unfinished?.saved.modelId : undefined;
  const model = await trainingModel(await session.catalog(), asked, began, 'Say with --model where its folder is');
  const draft = resume && !dryRun ? undefined : await drafted(session, styleFolder(aim), intent, model);
  if (dryRun && draft !== undefined) return { draft };
  const request = resolveTraining({ ...intent, icons: chosenIcons(draft) }, model, found, OPTIONS);
  const { path: styleDir, ...result } = await train(session, request, againOf(given, options, asked));
  return { result: { styleDir, ...result } };
}

function chosenIcons(draft: TuneDraft | undefined): TuneIcon[] {
  return (draft?.scan.icons ?? []).map(({ id, caption, heldOut }) => ({ id, caption, heldOut }));
}

function againOf(given: string, { name }: TuneOptions, model: string | undefined): string {
  return `fourstep tune ${given} --name ${styleName(name)}${model === undefined ? '' : ` --model ${model}`} --resume`;
}

async function drafted(
  { client, signal, status }: Session,
  styleDir: string,
  { folder, device, settings, styleWord = '', currentColor = INK }: TrainingIntent,
  { folder: modelPath }: ResolvedModel,
): Promise<TuneDraft> {
  status.show('looking for icons');
  const scan = await client.request('scanIcons', { folder, modelPath, currentColor }, { signal });
  if (scan.icons.length === 0) throw nothingFound(folder, scan);
  status.show('measuring this machine');
  const plan = await client.request('tunePlan', { modelPath, device, icons: scan.icons.length, settings }, { signal });
  status.clear();
  return { styleDir, styleWord, probes: probeNames(scan.icons), scan, plan };
}

function nothingFound(folder: string, { skipped }: ScanIconsResult): UserError {
  const [first] = skipped;
  const example = first === undefined ? '' : ` (${first.id}: ${first.reason})`;
  return new UserError(
    'not-found',
    `${folder} holds no icon that can be used; ${skipped.length} files were left out${example}. Choose a folder with SVG, PNG, WebP or ICO icons, or with icon components.`,
  );
}

function settingsOf(options: TuneOptions): AskedTuneSettings {
  return carriedBy(TRAINING, 'request', typedSettings(TRAINING, options));
}
