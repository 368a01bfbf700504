/** A host whose workers are reached through a socket, and know nothing of the process that asks them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { WorkerHost } from '../../src/host/worker-host';
import { buildPrograms } from './build-worker';
import { socketEndpoint } from './socket-endpoint';
import { temporaryFolder } from './worker-harness';

export const socketHost: WorkerHost = {
  connect: async () => {
    const { socketWorker } = await buildPrograms();
    const program = spawn(process.execPath, [socketWorker, '--cache-dir', temporaryFolder()], {
      env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [port] = (await once(program.stdout, 'data')) as [Buffer];
    const socket = connect(Number(port.toString()), '127.0.0.1');
    await once(socket, 'connect');
    socket.on('error', () => undefined);
    return {
      endpoint: socketEndpoint(socket),
      ended: once(socket, 'close').then(() => ({
        code: 'worker-gone',
        sentence: 'The connection to the worker broke.',
      })),
      end: (how) => {
        if (how === 'kill') program.kill('SIGKILL');
        else socket.end();
      },
    };
  },
};
