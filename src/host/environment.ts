/** The environment of a worker: ours, without what steers Node, Electron or VS Code in this process, and without telemetry. */
import { NO_TELEMETRY } from '../domain/telemetry';

/** On Windows names are the same in any case, so another spelling of ours must go. */
const DROPPED = /^(NODE_OPTIONS|NODE_CHANNEL_.*|NODE_INSPECT.*|VSCODE_.*|ELECTRON_.*|ORT_DISABLE_TELEMETRY)$/i;

/** Under Electron, ELECTRON_RUN_AS_NODE makes its executable behave as Node; Node itself ignores it. */
export function workerEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(own).filter(([name]) => !DROPPED.test(name));
  return { ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: '1', ...NO_TELEMETRY };
}
