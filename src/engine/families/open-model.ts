/** From a path to a model: its family found, its folder opened, its configs checked. */
import { UserError } from '../../domain/errors';
import { isFile } from '../../files/kind-of-path';
import {
  openIndexedFolder,
  readParts,
  wholeFolder,
  type IndexedFolder,
  type ModelFolder,
  type ModelFolderParts,
} from '../checkpoints/folder';
import type { ModelFamily } from './family';
import { foreignKind } from './foreign-models';
import { openSingleFile } from './single-file/open';
import { stableDiffusion, styledDiffusion } from './stable-diffusion';
import { stableDiffusionXL } from './stable-diffusion-xl';

/** Every family that can be opened; the first that knows a folder has it. */
const FAMILIES: readonly ModelFamily[] = [stableDiffusion, styledDiffusion, stableDiffusionXL];

export interface OpenedModel extends ModelFolder {
  readonly family: ModelFamily;
}

/**
 * Opens a complete model folder, or a checkpoint in one file. Configs are parsed JSON, not yet checked; weights are found, not read. Throws `unsupported` for a kind
 * of model that no family knows, `bad-checkpoint` or `not-found` with every part that is missing or broken.
 */
export async function openModel(path: string): Promise<OpenedModel> {
  if (await isFile(path)) return openSingleFile(path);
  const indexed = await openIndexedFolder(path);
  const family = familyOf(indexed);
  return { family, ...wholeFolder(await readParts(indexed, family.layout)) };
}

/** Opens whatever can be opened and lists everything that is wrong. Throws only when the folder is no model folder at all. */
export async function lookIntoModel(path: string): Promise<ModelFolderParts> {
  if (await isFile(path)) return { ...(await openSingleFile(path)), problems: [] };
  const indexed = await openIndexedFolder(path);
  try {
    return await readParts(indexed, familyOf(indexed).layout);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const parts = await readParts(indexed, { networks: [], tokenizers: {} });
    return { ...parts, problems: [error.message] };
  }
}

function familyOf({ index, file }: IndexedFolder): ModelFamily {
  const family = FAMILIES.find((each) => each.detects(index));
  if (family !== undefined) return family;
  throw new UserError(
    'unsupported',
    `${file}: this is ${foreignKind(index)}, which Fourstep cannot run. It runs ${FAMILIES.map(({ name }) => name).join('; ')}.`,
  );
}
