/** What package.json alone says: the version of this build, and the oldest Node.js that runs it. */
import { engines, version } from '../../package.json';

/** Goes into recipes and into the first message between processes. */
export const VERSION: string = version;

/** The oldest Node.js that has all that the worker calls (`zlib.crc32`: 20.15). */
export const OLDEST_NODE = oldestOf(engines.node);

/** ">=20.15" → { major: 20, minor: 15 } */
function oldestOf(range: string): { readonly major: number; readonly minor: number } {
  const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(range) ?? [];
  if (major === undefined || minor === undefined)
    throw new Error(`package.json: engines.node is "${range}", expected >=MAJOR.MINOR`);
  return { major: Number(major), minor: Number(minor) };
}
