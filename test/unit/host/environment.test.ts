import { expect, it } from 'vitest';
import { workerEnvironment } from '../../../src/host/environment';

it('a worker inherits the environment, but nothing that steers Node, Electron or VS Code', () => {
  const own = {
    PATH: '/bin',
    LD_LIBRARY_PATH: '/lib',
    NODE_OPTIONS: '--inspect',
    VSCODE_INSPECTOR_OPTIONS: '{}',
    VSCODE_IPC_HOOK: '/x',
    ELECTRON_NO_ASAR: '1',
    NODE_CHANNEL_FD: '3',
  };
  expect(workerEnvironment(own)).toEqual({
    PATH: '/bin',
    LD_LIBRARY_PATH: '/lib',
    ELECTRON_RUN_AS_NODE: '1',
    ORT_DISABLE_TELEMETRY: '1',
  });
});

it.each(['ORT_DISABLE_TELEMETRY', 'ort_disable_telemetry'])('a worker sends no telemetry, whatever %s says', (name) => {
  const { ORT_DISABLE_TELEMETRY: ours, ...rest } = workerEnvironment({ [name]: '0' });
  expect(ours).toBe('1');
  expect(rest).toEqual({ ELECTRON_RUN_AS_NODE: '1' });
});
