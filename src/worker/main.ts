/** The worker as a process of its own: forked by host/forked-host.ts, serves that process over its IPC channel, ends with it. */
import { writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../domain/errors';
import { ipcEndpoint } from '../rpc/ipc-endpoint';
import { localArtifacts } from '../rpc/local-artifacts';
import { serveOn } from './serve';

/** sysexits.h: internal software error, remote error in protocol. */
const EXIT_BUG = 70;
const EXIT_PROTOCOL = 76;
const EXIT_USAGE = 2;

function main(): void {
  const { values } = parseArgs({
    options: { 'idle-minutes': { type: 'string', default: '10' }, 'cache-dir': { type: 'string' } },
  });
  const cacheFolder = values['cache-dir'];
  const idleMinutes = Number(values['idle-minutes']);
  if (process.send === undefined || cacheFolder === undefined || !(idleMinutes >= 0)) {
    endWith(
      EXIT_USAGE,
      'This program is started by Fourstep: --cache-dir <folder> [--idle-minutes <n>], with an IPC channel.',
    );
  }
  // The editor, its windows and the user's own programs come first.
  os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);
  const line = { endpoint: ipcEndpoint(process), artifacts: localArtifacts };
  const service = serveOn(line, {
    cacheFolder,
    idleMinutes,
    rasterizerProgram: path.join(__dirname, 'rasterizer.js'),
    onIdle: () => process.exit(0),
    onGarbage: (reason) => {
      endWith(EXIT_PROTOCOL, reason.message);
    },
  });
  process.on('exit', () => {
    service.abandon();
  });
  // The window or terminal is gone, and nobody is left to work for; what a training has learned is kept.
  process.on('disconnect', () => {
    void service.leave().finally(() => process.exit(0));
  });
}

function endWith(code: number, message: string): never {
  // Written at once: on Windows a pipe's stream would lose it at the exit.
  writeSync(2, `${message}\n`);
  process.exit(code);
}

// Ctrl+C in a terminal, and closing it, reach the whole process group; the client decides what they mean.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('uncaughtException', (error) => {
  endWith(
    EXIT_BUG,
    `The worker stopped because of a bug: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`,
  );
});
main();
