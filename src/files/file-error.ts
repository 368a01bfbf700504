/** Turns what the file system reports into an error a user can act on. */
import { messageOf, UserError } from '../domain/errors';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied. Check the permissions of the file and its folders',
  EPERM: 'permission denied. Check the permissions of the file and its folders',
  EROFS: 'the disk is read-only. Choose another folder',
  ENOSPC: 'the disk is full. Free some space and try again',
  EDQUOT: 'the disk quota is used up. Free some space and try again',
  EISDIR: 'it is a folder, expected a file',
  ENOTDIR: 'a part of the path is a file, expected a folder',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its symbolic links lead in a circle',
};

/** The error to throw for a failed `verb` ("read", "write") of `file`; a UserError passes unchanged, an unknown error too. */
export function fileError(error: unknown, verb: string, file: string): unknown {
  if (error instanceof UserError || !(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  if (code === 'ENOENT') {
    return new UserError('not-found', `Cannot ${verb} ${file}: there is no such file or folder.`, { cause: error });
  }
  const reason = REASONS[code] ?? messageOf(error);
  return new UserError('io', `Cannot ${verb} ${file}: ${reason}.`, { cause: error });
}
