import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { PROTOCOL_VERSION } from '../../../src/contract/protocol';
import { buildPrograms } from '../../support/build-worker';
import { temporaryFolder } from '../../support/worker-harness';
import { matching } from '../../support/matching';

/** The worker without a client, so that anything can be sent to it. */
async function rawWorker(
  args = ['--cache-dir', temporaryFolder()],
): Promise<{ child: ChildProcess; errors: () => string }> {
  const { worker } = await buildPrograms();
  const child = fork(worker, args, {
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  });
  let text = '';
  child.stderr?.on('data', (data: Buffer) => (text += data.toString()));
  return { child, errors: () => text };
}

const hello = (protocol: number): object => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'hello',
  params: { protocol, client: 'test 1.0' },
});

/** The next message that is a reply. */
function reply(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      if (typeof message === 'object' && 'id' in message) resolve(message);
    });
  });
}

describe('the worker process by itself', () => {
  it('refuses a client with another protocol version and names both', async () => {
    const { child } = await rawWorker();
    child.send(hello(999));
    expect(await reply(child)).toMatchObject({
      error: {
        data: { code: 'protocol' },
        message: matching(
          new RegExp(`test 1\\.0 speaks protocol version 999, worker \\S+ speaks version ${PROTOCOL_VERSION}`),
        ),
      },
    });
    child.kill('SIGKILL');
  });

  it.each([
    ['a string', 'garbage'],
    ['an object', { hello: 'world' }],
    ['bytes', new Uint8Array(1_000_000)],
  ])('ends with a reason when garbage arrives: %s', async (_name, garbage) => {
    const { child, errors } = await rawWorker();
    child.send(hello(PROTOCOL_VERSION));
    await reply(child);
    child.send(garbage);
    expect(await once(child, 'exit')).toEqual([76, null]);
    expect(errors()).toContain('Something that is not a message arrived');
  });

  it('ends when its client is gone', async () => {
    const { child } = await rawWorker();
    child.send(hello(PROTOCOL_VERSION));
    await reply(child);
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('is not ended by the Ctrl+C of its terminal', async () => {
    const { child } = await rawWorker();
    child.send(hello(PROTOCOL_VERSION));
    await reply(child);
    child.kill('SIGINT');
    child.send(hello(PROTOCOL_VERSION));
    expect(await reply(child)).toMatchObject({ result: { protocol: PROTOCOL_VERSION } });
    child.kill('SIGKILL');
  });

  it('explains itself when it is started without what it needs', async () => {
    const { child, errors } = await rawWorker([]);
    expect(await once(child, 'exit')).toEqual([2, null]);
    expect(errors()).toContain('started by Fourstep');
  });
});
