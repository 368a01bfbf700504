/** A host whose workers are reached through a socket, share no disk with it, and know nothing of the process that asks them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { HostedWorker, WorkerHost } from '../../src/host/worker-host';
import { buildPrograms } from './build-worker';
import { socketLine } from './socket-line';
import { temporaryFolder } from './worker-harness';

export interface SocketHostOptions {
  /** Called with every new connection, for tests that break it. */
  readonly onConnect?: (socket: Socket) => void;
  /** The workers' folder for files; a new one each when absent. */
  readonly mirror?: string;
  /** More arguments for the worker. */
  readonly args?: readonly string[];
}

export function socketHost({ onConnect, mirror, args = [] }: SocketHostOptions = {}): WorkerHost {
  return {
    connect: async () => {
      const { socketWorker } = await buildPrograms();
      const folders = ['--cache-dir', temporaryFolder(), '--mirror', mirror ?? temporaryFolder()];
      const program = spawn(process.execPath, [socketWorker, ...folders, ...args], {
        env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [port] = (await once(program.stdout, 'data')) as [Buffer];
      const { socket, hosted } = await reached(Number(port.toString()), () => program.kill('SIGKILL'));
      onConnect?.(socket);
      return hosted;
    },
  };
}

/** Whatever serves at a port of this machine. */
export async function reached(
  port: number,
  kill: () => void,
): Promise<{ readonly socket: Socket; readonly hosted: HostedWorker }> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  const hosted: HostedWorker = {
    ...socketLine(socket),
    ended: once(socket, 'close').then(() => ({
      code: 'worker-gone',
      sentence: 'The connection to the worker broke',
    })),
    end: (how) => {
      if (how === 'kill') kill();
      else socket.end();
    },
  };
  return { socket, hosted };
}
