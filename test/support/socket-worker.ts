/** A worker that serves one client over a TCP socket of this machine, started by whom it may: `--cache-dir FOLDER`; prints its port. */
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { serveOn } from '../../src/worker/serve';
import { socketEndpoint } from './socket-endpoint';

const { values } = parseArgs({ options: { 'cache-dir': { type: 'string', default: '' } } });
const server = createServer((socket) => {
  server.close();
  const service = serveOn(socketEndpoint(socket), {
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
