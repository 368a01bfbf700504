/** Turns what the file system reports into an error a user can act on. */
import { messageOf, UserError } from '../domain/errors';

interface Reason {
  readonly what: string;
  /** What to do about a file, and about a folder that is to be written into. */
  readonly file?: string;
  readonly folder?: string;
}

const ANOTHER_FOLDER = 'Choose another folder';
const FULL = { file: 'Free some space and try again', folder: 'Free some space and try again' };
const DENIED = {
  what: 'permission denied',
  file: 'Check the permissions of the file and its folders',
  folder: ANOTHER_FOLDER,
};

const REASONS: Readonly<Record<string, Reason>> = {
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: { what: 'the disk is read-only', file: ANOTHER_FOLDER, folder: ANOTHER_FOLDER },
  ENOSPC: { what: 'the disk is full', ...FULL },
  EFBIG: { what: "the file would be larger than this disk or this program's limit allows", folder: ANOTHER_FOLDER },
  EDQUOT: { what: 'the disk quota is used up', ...FULL },
  EISDIR: { what: 'it is a folder, expected a file' },
  ENOTDIR: { what: 'a part of the path is a file, expected a folder', folder: ANOTHER_FOLDER },
  ENAMETOOLONG: { what: 'the name is too long' },
  ELOOP: { what: 'its symbolic links lead in a circle' },
};

/** The error to throw for a failed `verb` ("read", "write") of `file`; a UserError passes unchanged, an unknown error too. */
export function fileError(error: unknown, verb: string, file: string): unknown {
  if (error instanceof UserError || codeOf(error) === undefined) return error;
  if (isMissing(error)) {
    return new UserError('not-found', `Cannot ${verb} ${file}: there is no such file or folder.`, { cause: error });
  }
  return new UserError('io', `Cannot ${verb} ${file}: ${reasonOf(error, 'file')}.`, { cause: error });
}

/** The error to throw when a file cannot be written into `folder`, a job's output folder. */
export function outputFolderError(error: unknown, folder: string): UserError {
  const reason = isMissing(error) ? 'it does not exist. Create it or choose another folder' : reasonOf(error, 'folder');
  return new UserError('io', `Cannot write into the output folder ${folder}: ${reason}.`, { cause: error });
}

/** The file system found nothing at the path. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

function reasonOf(error: unknown, place: 'file' | 'folder'): string {
  const reason = REASONS[codeOf(error) ?? ''];
  if (reason === undefined) return messageOf(error);
  const advice = reason[place];
  return advice === undefined ? reason.what : `${reason.what}. ${advice}`;
}
