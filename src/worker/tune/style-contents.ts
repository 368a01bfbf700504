/** What may lie in a style's folder. A folder with anything else belongs to somebody else, and nothing in it is replaced or deleted. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../domain/errors';
import { STYLE_FILES } from '../../domain/style';
import { fileError, isMissing } from '../../files/file-error';
import { TEMPORARY_EXTENSION } from '../../files/replace-file';

/** Names of the files of a training that is not finished. */
export const TRAINING_FILES = {
  checkpoint: 'checkpoint.safetensors',
  examples: 'examples.safetensors',
  request: 'request.json',
  owner: 'owner',
  ignore: '.gitignore',
} as const;

interface Contents {
  readonly files: RegExp;
  readonly folders: Readonly<Record<string, Contents>>;
}

/** What file managers and git leave in any folder. */
const ANYWHERE = [/\.DS_Store/, /Thumbs\.db/, /desktop\.ini/i, /\.git(?:keep|ignore|attributes)/];
const UNFINISHED = new RegExp(`.*${TEMPORARY_EXTENSION.replace('.', String.raw`\.`)}`);

const STYLE: Contents = {
  files: anyOf(STYLE_FILES.style, STYLE_FILES.lora),
  folders: {
    [STYLE_FILES.samples]: { files: anyOf(/\d{1,9}-(?:before|after)\.png/), folders: {} },
    [STYLE_FILES.training]: {
      files: anyOf(...Object.values(TRAINING_FILES), /probe-\d{1,9}-\d{1,9}\.png/),
      folders: {},
    },
  },
};

function anyOf(...names: readonly (string | RegExp)[]): RegExp {
  const sources = [...names, ...ANYWHERE, UNFINISHED].map((name) =>
    typeof name === 'string' ? name.replaceAll('.', String.raw`\.`) : name.source,
  );
  return new RegExp(`^(?:${sources.join('|')})$`);
}

/** Throws `bad-request` naming the first entry that is no part of a style, a link among them. A missing folder holds nothing. */
export async function checkStyleContents(styleDir: string): Promise<void> {
  await check(styleDir, STYLE, styleDir);
}

async function check(folder: string, { files, folders }: Contents, styleDir: string): Promise<void> {
  for (const entry of await entriesOf(folder)) {
    const place = path.join(folder, entry.name);
    const inner = Object.hasOwn(folders, entry.name) ? folders[entry.name] : undefined;
    if (inner !== undefined && entry.isDirectory()) await check(place, inner, styleDir);
    else if (!entry.isFile() || !files.test(entry.name)) throw foreign(place, entry, styleDir);
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw fileError(error, 'read', folder);
  }
}

function foreign(place: string, entry: Dirent, styleDir: string): UserError {
  const what = entry.isSymbolicLink() ? 'a link, which' : 'something that';
  return new UserError(
    'bad-request',
    `${place} is ${what} no training of Fourstep has made, so nothing in ${styleDir} is replaced. Choose another name, or move it away.`,
  );
}
