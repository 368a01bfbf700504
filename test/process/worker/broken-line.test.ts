import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WorkerClient } from '../../../src/host/worker-client';
import type { HostedWorker } from '../../../src/host/worker-host';
import { messageConnection } from '../../../src/rpc/channel';
import { PROTOCOL_VERSION } from '../../../src/contract/protocol';
import { containing, matching } from '../../support/matching';
import { reached, socketHost, type SocketHostOptions } from '../../support/socket-host';
import { socketLine } from '../../support/socket-line';
import { endless, styleAt, tuneSetup } from '../../support/tuning';
import { afterFirstStep, filesIn, job, LONG, startClient, temporaryFolder } from '../../support/worker-harness';

let client: WorkerClient;
let sockets: Socket[];
let folder: string;
beforeEach(() => {
  sockets = [];
  folder = temporaryFolder();
});
afterEach(() => client.dispose());

async function connected(options: SocketHostOptions = {}): Promise<void> {
  const host = socketHost({ onConnect: (socket) => sockets.push(socket), ...options });
  ({ client } = await startClient({ host }));
}

const GONE = { code: 'worker-gone', message: matching(/^The connection (to the worker )?broke/) };

/** The next frame of our end is cut in two, and its second half never comes. */
function breakInTheMiddle(socket: Socket): void {
  const write = socket.write.bind(socket);
  socket.write = (bytes: string | Uint8Array) =>
    write(bytes.slice(0, bytes.length / 2), () => {
      socket.destroy();
    });
}

describe('a connection that breaks', () => {
  it('while a job runs fails it with the reason, leaves nothing of it, and the next job gets a new one', async () => {
    await connected();
    const onProgress = afterFirstStep(() => sockets[0]?.destroy());
    await expect(client.request('generate', job(folder, LONG), { onProgress })).rejects.toMatchObject(GONE);
    expect(filesIn(folder)).toEqual([]);
    await expect(client.request('generate', job(folder))).resolves.toMatchObject({ device: 'cpu' });
    expect(sockets).toHaveLength(2);
  });

  it('in the middle of a request does the same', async () => {
    await connected();
    await client.request('devices', { device: 'cpu' });
    breakInTheMiddle(sockets[0]!);
    await expect(client.request('generate', job(folder))).rejects.toMatchObject(GONE);
    expect(filesIn(folder)).toEqual([]);
    await expect(client.request('generate', job(folder))).resolves.toMatchObject({ device: 'cpu' });
  });

  it('in the middle of a file that a job needs does the same', async () => {
    await connected();
    const { variants } = await client.request('generate', job(folder));
    const init = { path: variants[0]!.path, strength: 0.5 };
    const out = temporaryFolder();
    // The request is whole; then the worker asks for the picture.
    sockets[0]!.once('data', () => {
      breakInTheMiddle(sockets[0]!);
    });
    const call = client.request('generate', job(out, { init }));
    await expect(call).rejects.toMatchObject(GONE);
    expect(filesIn(out)).toEqual([]);
    expect(existsSync(init.path)).toBe(true);
    await expect(client.request('generate', job(out, { init }))).resolves.toMatchObject({ device: 'cpu' });
  });

  it.each([
    ['a preview', '1', { previews: true }],
    ['the second of two results', '2', { count: 2 }],
  ])('in the middle of %s leaves no half of it, and none of the others', async (_what, carried, changes) => {
    await connected({ args: ['--break-carrying', carried] });
    await expect(client.request('generate', job(folder, changes))).rejects.toMatchObject(GONE);
    expect(filesIn(folder)).toEqual([]);
  });

  it('while a training runs loses nothing of it: the worker saves it, and the next connection goes on', async () => {
    await connected({ mirror: temporaryFolder() });
    const request = endless(await tuneSetup());
    const { styleDir } = request.goal;
    const call = client.request('tune', request, {
      onProgress: ({ loss }) => {
        if (loss?.step === 3) sockets[0]?.destroy();
      },
    });
    await expect(call).rejects.toMatchObject(GONE);
    expect(existsSync(path.join(styleDir, 'style.json'))).toBe(false);
    const status = await client.request('tuneStatus', { ...styleAt(styleDir), freeWithin: 60 });
    expect(status).toMatchObject({ finished: false, unfinished: { saved: { kind: 'style' } } });
    const { step } = status.unfinished!;
    expect(step).toBeGreaterThanOrEqual(3);
    const goesOn = { ...request, resume: true, settings: { ...request.settings, steps: step + 2 } };
    await expect(client.request('tune', goesOn)).resolves.toMatchObject({ path: styleDir, steps: step + 2 });
    expect(existsSync(path.join(styleDir, 'style.json'))).toBe(true);
  });
});

describe('a worker of another protocol version, behind a socket', () => {
  it('is refused by name with both versions', async () => {
    const server = createServer((socket) => {
      const { endpoint } = socketLine(socket, temporaryFolder());
      const worker = messageConnection(endpoint, () => undefined);
      worker.onRequest('hello', () => ({ protocol: PROTOCOL_VERSION + 1, engine: '9.9.9', pid: 1 }));
      worker.listen();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const connect = async (): Promise<HostedWorker> => {
      const { socket, hosted } = await reached((server.address() as AddressInfo).port, () => socket.destroy());
      return hosted;
    };
    ({ client } = await startClient({ host: { connect } }));
    await expect(client.request('devices', { device: 'cpu' })).rejects.toMatchObject({
      code: 'protocol',
      message: containing(
        `test 0.0.0 speaks protocol version ${PROTOCOL_VERSION}, worker 9.9.9 speaks version ${PROTOCOL_VERSION + 1}`,
      ),
    });
    expect(client.status.state).toBe('stopped');
    server.close();
  });
});
