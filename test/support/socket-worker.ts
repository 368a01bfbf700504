/**
 * A worker that serves one client over a TCP socket of this machine, started by whom it may: `--cache-dir FOLDER --mirror FOLDER`; prints its
 * port. `--break-carrying N`: breaks the connection when it has sent half of the Nth file.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { serveOn } from '../../src/worker/serve';
import { socketLine } from './socket-line';

const { values } = parseArgs({
  options: {
    'cache-dir': { type: 'string', default: '' },
    mirror: { type: 'string', default: '' },
    'break-carrying': { type: 'string', default: '' },
  },
});
const server = createServer((socket) => {
  server.close();
  const line = socketLine(socket, values.mirror);
  let left = Number(values['break-carrying']);
  line.onCarry = () => {
    if (left > 0 && --left === 0) breakInTheMiddle(socket);
  };
  const service = serveOn(line, {
    cacheFolder: values['cache-dir'],
    idleMinutes: 0,
    rasterizerProgram: path.join(__dirname, 'rasterizer.js'),
    onIdle: () => undefined,
    onGarbage: () => process.exit(1),
  });
  process.on('exit', () => {
    service.abandon();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    void service.leave().finally(() => process.exit(0));
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});

/** The next frame is cut in two, and its second half never comes. */
function breakInTheMiddle(socket: Socket): void {
  const write = socket.write.bind(socket);
  socket.write = (bytes: string | Uint8Array) =>
    write(bytes.slice(0, bytes.length / 2), () => {
      socket.destroy();
    });
}
