/** The styles of a workspace: `.fourstep/styles/<name>/`, as fine-tuning leaves them and as a repository may bring them. */
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, UserError } from '../domain/errors';
import { withoutMark } from '../domain/text-bytes';
import { LIMITS, readRegular } from '../files/regular-file';
import { isFile, isFolder } from '../files/kind-of-path';
import { STYLE_FILES } from '../domain/style';
import { parseStyleFile, type StyleFile } from '../contract/style-file';

export interface Style {
  /** The folder's name, which is unique in a workspace. */
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
  /** Absolute path of the LoRA file, inside the styles' folder also when links are followed. */
  readonly loraPath: string;
  readonly file: StyleFile;
}

export interface StyleProblem {
  /** Absolute path of the folder that holds no usable style. */
  readonly folder: string;
  readonly reason: string;
}

export interface Styles {
  /** By name, in alphabetical order; whether one fits a model is the caller's to compare (`file.model`). */
  readonly styles: readonly Style[];
  readonly problems: readonly StyleProblem[];
}

/** Absolute path of the folder that holds a workspace's styles; it need not exist. */
export function stylesFolder(workspaceFolder: string): string {
  return path.join(path.resolve(workspaceFolder), '.fourstep', 'styles');
}

/** Reads all styles. Never throws for what it finds; a workspace without any gives two empty lists. */
export async function readStyles(workspaceFolder: string): Promise<Styles> {
  const parent = stylesFolder(workspaceFolder);
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  const styles: Style[] = [];
  const problems: StyleProblem[] = [];
  for (const { name } of entries.filter((entry) => entry.isDirectory()).sort(byName)) {
    const folder = path.join(parent, name);
    try {
      const style = await readStyle(folder);
      if (style !== undefined) styles.push(style);
    } catch (error) {
      problems.push({ folder, reason: messageOf(error) });
    }
  }
  return { styles, problems };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

/** undefined for a training that has not finished yet. Throws with the reason why the folder holds no usable style. */
async function readStyle(folder: string): Promise<Style | undefined> {
  const description = path.join(folder, STYLE_FILES.style);
  if (!(await isFile(description)) && (await isFolder(path.join(folder, STYLE_FILES.training)))) {
    return undefined;
  }
  const file = parse(await read(description), description);
  return { name: path.basename(folder), folder, loraPath: await checkedLora(folder), file };
}

async function read(file: string): Promise<string> {
  if (!(await isFile(file))) throw new UserError('not-found', `${file} is missing; it describes the style.`);
  return (await readRegular(file, { most: LIMITS.config, code: 'bad-request' })).toString('utf8');
}

function parse(json: string, file: string): StyleFile {
  let value: unknown;
  try {
    value = JSON.parse(withoutMark(json));
  } catch (error) {
    throw new UserError('bad-request', `${file} is not valid JSON: ${messageOf(error)}.`, { cause: error });
  }
  return parseStyleFile(value, file);
}

/** A link could lead to any file of the machine; a style's weights lie with it. */
async function checkedLora(folder: string): Promise<string> {
  const file = path.join(folder, STYLE_FILES.lora);
  if (!(await isFile(file))) throw new UserError('not-found', `${file} is missing; it holds the weights.`);
  const home = await realpath(folder);
  if (path.dirname(await realpath(file)) === home) return file;
  throw new UserError('bad-request', `${file} is a link that leads out of its folder. Put the file itself there.`);
}

/** The style of that name. Throws `not-found` naming those there are, and what is wrong with it when that is known. */
export function styleNamed({ styles, problems }: Styles, name: string): Style {
  const style = styles.find((one) => one.name === name);
  if (style !== undefined) return style;
  const problem = problems.find(({ folder }) => path.basename(folder) === name);
  if (problem !== undefined) throw new UserError('not-found', `The style "${name}" cannot be used: ${problem.reason}`);
  const known = styles.map((one) => one.name).join(', ');
  throw new UserError(
    'not-found',
    `There is no style "${name}" in this workspace; ${known === '' ? 'it has none yet' : `there are: ${known}`}.`,
  );
}
