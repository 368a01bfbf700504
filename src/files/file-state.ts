/** Whether a file is still the one it was. */
import { stat } from 'node:fs/promises';

/**
 * Size, times and number of a file, links followed. A replaced or rewritten file has another state, also when it has the same size and
 * somebody gave it the same time of modification: the time of the last change and the number cannot be set. Throws the system's error.
 */
export async function fileState(file: string): Promise<string> {
  const { size, mtimeNs, ctimeNs, ino } = await stat(file, { bigint: true });
  return `${size} ${mtimeNs} ${ctimeNs} ${ino}`;
}
