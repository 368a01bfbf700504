/** Checks the setting that names another Node executable for the worker, before anything is started with it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { messageOf, UserError } from '../domain/errors';
import { OLDEST_NODE } from '../domain/version';
import { isMissing } from '../files/file-error';
import { workerEnvironment } from './environment';

const TIMEOUT_MS = 10_000;

/** Throws `not-found` or `unsupported` saying what was found instead of a Node.js that can run the worker. */
export async function checkNodePath(nodePath: string): Promise<void> {
  const version = await askVersion(nodePath);
  const [, major, minor] = /^v(\d+)\.(\d+)\.\d\S*$/.exec(version.trim()) ?? [];
  if (major === undefined || minor === undefined) {
    const said = version.trim().split('\n')[0]?.slice(0, 100) ?? '';
    throw wrong(nodePath, `it is not Node.js (asked for its version it said "${said}")`);
  }
  if (Number(major) > OLDEST_NODE.major || (Number(major) === OLDEST_NODE.major && Number(minor) >= OLDEST_NODE.minor))
    return;
  throw wrong(
    nodePath,
    `it is Node.js ${version.trim()}; the worker needs ${OLDEST_NODE.major}.${OLDEST_NODE.minor} or later`,
  );
}

async function askVersion(nodePath: string): Promise<string> {
  try {
    const env = workerEnvironment(process.env);
    const { stdout } = await promisify(execFile)(nodePath, ['--version'], {
      env,
      timeout: TIMEOUT_MS,
      windowsHide: true,
    });
    return stdout;
  } catch (error) {
    if (isMissing(error)) {
      throw new UserError(
        'not-found',
        `The Node.js executable ${nodePath} that the settings name for the worker does not exist. Correct or clear the setting.`,
      );
    }
    throw wrong(nodePath, `it cannot be run (${messageOf(error).split('\n')[0] ?? ''})`);
  }
}

function wrong(nodePath: string, what: string): UserError {
  return new UserError(
    'unsupported',
    `The settings name ${nodePath} as the Node.js executable for the worker, but ${what}. Correct or clear the setting.`,
  );
}
