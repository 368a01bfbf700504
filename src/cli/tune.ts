/** `fourstep tune`: a folder of icons becomes a style. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { UserError } from '../domain/errors';
import { slugOf } from '../domain/file-names';
import { probeNames } from '../domain/probe-names';
import { STYLE_FILES } from '../domain/style';
import { exists } from '../files/kind-of-path';
import { builtInModel, resolveModel, type ResolvedModel } from '../catalog/catalog';
import { stylesFolder } from '../catalog/styles';
import { workspaceAround } from '../catalog/workspace';
import type { DeviceRequest } from '../domain/device';
import { carriedBy } from '../contract/setting';
import { TRAINING, TRAINING_SET } from '../contract/training-settings';
import type {
  AskedTuneSettings,
  SavedTraining,
  ScanIconsResult,
  TuneParams,
  TunePlan,
  TuneResult,
} from '../contract/tune-api';
import type { Session } from './session';
import { typedSettings } from './setting-options';
import { goingOn, train, unfinishedTraining, type TrainingPlace } from './train';

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

export type TuneOutcome = { readonly draft: TuneDraft } | { readonly result: TuneResult };

/** Throws UserError; `cancelled` after Ctrl+C, which saves the training. */
export async function tune(session: Session, given: string, options: TuneOptions): Promise<TuneOutcome> {
  const folder = path.resolve(given);
  const name = slugOf(options.name);
  const root = await workspaceAround(folder, process.cwd());
  const styleDir = path.join(stylesFolder(root), name);
  const place = { folder, name, styleDir, root, device: options.device, replace: options.replace };
  const { currentColor, model: asked } = typedSettings(TRAINING_SET, options);
  const ofModel = asked === undefined ? '' : ` --model ${asked}`;
  const again = `fourstep tune ${given} --name ${name}${ofModel} --resume`;
  if (options.resume) return { result: await train(session, await saved(session, place, options), again) };
  if (!options.dryRun) await checkFree(session, styleDir, options);
  const model = await resolveModel(await session.catalog(), asked);
  const draft = await drafted(session, { folder, styleDir, model, options });
  if (options.dryRun) return { draft };
  const params: TuneParams = {
    ...place,
    jobId: randomUUID(),
    modelPath: model.folder,
    modelId: model.id,
    currentColor,
    icons: draft.scan.icons.map(({ id, caption, heldOut }) => ({ id, caption, heldOut })),
    styleWord: draft.styleWord,
    probes: draft.probes,
    settings: settingsOf(options),
    resume: false,
  };
  return { result: await train(session, params, again) };
}

interface DraftParts {
  readonly folder: string;
  readonly styleDir: string;
  readonly model: ResolvedModel;
  readonly options: TuneOptions;
}

async function drafted(session: Session, { folder, styleDir, model, options }: DraftParts): Promise<TuneDraft> {
  const { client, signal, status } = session;
  status.show('looking for icons');
  const { folder: modelPath } = model;
  const { currentColor, styleWord = '' } = typedSettings(TRAINING_SET, options);
  const scan = await client.request('scanIcons', { folder, modelPath, currentColor }, { signal });
  if (scan.icons.length === 0) throw nothingFound(folder, scan);
  status.show('measuring this machine');
  const { device } = options;
  const settings = settingsOf(options);
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

/** Refuses early what the worker would refuse after the scan, and names the options that help. */
async function checkFree({ client }: Session, styleDir: string, { name, replace }: TuneOptions): Promise<void> {
  if (replace) return;
  if (await exists(path.join(styleDir, STYLE_FILES.style))) {
    throw new UserError(
      'bad-request',
      `The style "${name}" exists in ${styleDir}. Choose another name, or give --replace.`,
    );
  }
  const { unfinished } = await client.request('tuneStatus', { styleDir });
  if (unfinished === undefined) return;
  throw new UserError(
    'bad-request',
    `${styleDir} holds a training that stopped at step ${unfinished.step} of ${unfinished.steps}. Give --resume to go on, or --replace to begin anew.`,
  );
}

/** The unfinished training, with the places of this call; more steps may be asked of it. */
async function saved(
  session: Session,
  place: Omit<TrainingPlace, 'modelPath' | 'modelId'>,
  options: TuneOptions,
): Promise<TuneParams> {
  const { steps, ...fixed } = settingsOf(options);
  const changed = [
    ...Object.keys(fixed),
    ...(typedSettings(TRAINING_SET, options).styleWord === undefined ? [] : ['style word']),
  ];
  const training = await unfinishedTraining(session, place.styleDir, { steps, changed });
  const { folder: modelPath, id: modelId } = await modelOf(training, session, options);
  return goingOn(training, { ...place, modelPath, modelId }, { steps, changed });
}

/** A record may name a built-in model. Any other one is opened only when the caller says where it is. */
async function modelOf({ modelId }: SavedTraining, session: Session, options: TuneOptions): Promise<ResolvedModel> {
  const catalog = await session.catalog();
  const { model } = typedSettings(TRAINING_SET, options);
  if (model !== undefined) return resolveModel(catalog, model);
  const builtIn = await builtInModel(catalog, modelId);
  if (builtIn !== undefined) return builtIn;
  throw new UserError(
    'bad-request',
    `The training began with the model "${modelId}", which is not built in. Say with --model where its folder is.`,
  );
}
