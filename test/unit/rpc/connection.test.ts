import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/domain/errors';
import { messageConnection } from '../../../src/rpc/channel';
import { WorkerConnection } from '../../../src/rpc/connection';
import { ENGINE_KINDS, STORE_KINDS, type ParamsOf, type ResultOf, type ServedKind } from '../../../src/contract/jobs';
import { localArtifacts as artifacts } from '../../../src/rpc/local-artifacts';
import { serveWorker, type Serve, type WorkerServer } from '../../../src/rpc/server';
import { PROTOCOL_VERSION } from '../../../src/contract/protocol';
import { type RecipeResult } from '../../../src/contract/worker-api';
import { linkedEndpoints, type LinkedEndpoint } from '../../support/linked-endpoints';
import { containing } from '../../support/matching';

const unused = (): Promise<never> => Promise.reject(new Error('not part of this test'));
type Handlers = {
  readonly [K in ServedKind]?: (params: ParamsOf<K>, signal: AbortSignal) => Promise<ResultOf<K>>;
};

interface Pair {
  readonly connection: WorkerConnection;
  readonly clientEnd: LinkedEndpoint;
  readonly workerEnd: LinkedEndpoint;
  readonly garbage: UserError[];
  readonly server: WorkerServer;
}

function connect(handlers: Handlers): Pair {
  const [clientEnd, workerEnd] = linkedEndpoints();
  const garbage: UserError[] = [];
  const serve: Serve<ServedKind> = (kind, params, signal) => {
    const handler: Handlers[typeof kind] = handlers[kind];
    return handler === undefined ? unused() : handler(params, signal);
  };
  const server = serveWorker({ endpoint: workerEnd, artifacts }, serve, {
    kinds: [...ENGINE_KINDS, ...STORE_KINDS],
    identity: { engine: '1.2.3', pid: 42 },
    onError: () => undefined,
    onGarbage: (reason) => garbage.push(reason),
  });
  const connection = new WorkerConnection({ endpoint: clientEnd, artifacts }, (reason) => garbage.push(reason));
  return { connection, clientEnd, workerEnd, garbage, server };
}

const path = '/a.png';

describe('the connection to the worker', () => {
  it('begins with a hello that says who is there', async () => {
    await expect(connect({}).connection.hello('test')).resolves.toEqual({
      protocol: PROTOCOL_VERSION,
      engine: '1.2.3',
      pid: 42,
    });
  });

  it('refuses everything before the hello', async () => {
    const { connection } = connect({ recipe: () => Promise.resolve({}) });
    await expect(connection.request('recipe', { path })).rejects.toMatchObject({ code: 'protocol' });
  });

  it('refuses another version and names both', async () => {
    const { connection } = connect({});
    const hello = connection.request('hello', { protocol: 7, client: 'extension 9.9.9' });
    await expect(hello).rejects.toMatchObject({
      code: 'protocol',
      message: containing(`extension 9.9.9 speaks protocol version 7, worker 1.2.3 speaks version ${PROTOCOL_VERSION}`),
    });
  });

  it.each([
    [
      'an older one',
      { protocol: PROTOCOL_VERSION - 1, engine: '0.0.9', pid: 1 },
      `speaks version ${PROTOCOL_VERSION - 1}`,
    ],
    [
      'a later one',
      { protocol: PROTOCOL_VERSION + 1, engine: '9.9.9', pid: 1 },
      `speaks version ${PROTOCOL_VERSION + 1}`,
    ],
    ['one that does not say', {}, 'worker of an unknown release speaks version unknown'],
  ])('refuses a worker of another version: %s', async (_, answer, message) => {
    const [clientEnd, workerEnd] = linkedEndpoints();
    const worker = messageConnection(workerEnd, () => undefined);
    worker.onRequest('hello', () => answer);
    worker.listen();
    const hello = new WorkerConnection({ endpoint: clientEnd, artifacts }, () => undefined).hello('extension 1.0.0');
    await expect(hello).rejects.toMatchObject({ code: 'protocol', message: containing(message) });
    await expect(hello).rejects.toThrow(/reload the window, or install Fourstep again/);
  });

  it('keeps the code and the message of an expected failure', async () => {
    const { connection } = connect({ recipe: () => Promise.reject(new UserError('bad-image', 'no picture')) });
    await connection.hello('test');
    await expect(connection.request('recipe', { path })).rejects.toEqual(new UserError('bad-image', 'no picture'));
  });

  it('says so when a handler fails unexpectedly, and serves the next call', async () => {
    let calls = 0;
    const recipe = (): Promise<RecipeResult> => {
      if (calls++ === 0) throw new TypeError('a bug');
      return Promise.resolve({ parameters: 'p' });
    };
    const { connection } = connect({ recipe });
    await connection.hello('test');
    await expect(connection.request('recipe', { path })).rejects.toMatchObject({ code: 'internal' });
    await expect(connection.request('recipe', { path })).resolves.toEqual({ parameters: 'p' });
  });

  it('reports memory that could not be had as such', async () => {
    const recipe = (): Promise<RecipeResult> => Promise.resolve({ parameters: String(new Uint8Array(2 ** 53)) });
    const { connection } = connect({ recipe });
    await connection.hello('test');
    await expect(connection.request('recipe', { path })).rejects.toMatchObject({ code: 'out-of-memory' });
  });

  it('refuses parameters that do not fit', async () => {
    const { connection } = connect({ recipe: () => Promise.resolve({}) });
    await connection.hello('test');
    await expect(connection.request('recipe', { path: 'relative' })).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('passes cancellation to the handler', async () => {
    const abort = new AbortController();
    const { connection } = connect({
      inspect: (_params, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new UserError('cancelled', 'stopped'));
          });
          abort.abort();
        }),
    });
    await connection.hello('test');
    const call = connection.request('inspect', { modelPath: '/m' }, { signal: abort.signal });
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('does not send a call that is cancelled already', async () => {
    const { connection } = connect({ inspect: unused });
    await connection.hello('test');
    const call = connection.request('inspect', { modelPath: '/m' }, { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('delivers events in order', async () => {
    const { connection, server } = connect({ recipe: () => Promise.resolve({}) });
    const seen: string[] = [];
    connection.onLog(({ message }) => seen.push(message));
    await connection.hello('test');
    server.log({ level: 'info', message: 'one' });
    server.log({ level: 'info', message: 'two' });
    await connection.request('recipe', { path });
    expect(seen).toEqual(['one', 'two']);
  });

  it('settles what is pending, and everything later, with the reason it was closed for', async () => {
    const { connection } = connect({ inspect: () => new Promise(() => undefined) });
    await connection.hello('test');
    const pending = [1, 2].map(() => connection.request('inspect', { modelPath: '/m' }));
    const reason = new UserError('worker-gone', 'it died');
    connection.close(reason);
    for (const call of pending) await expect(call).rejects.toBe(reason);
    await expect(connection.request('recipe', { path })).rejects.toBe(reason);
  });
});

describe.each<[string, unknown]>([
  ['a string', 'garbage'],
  ['null', null],
  ['another protocol', { jsonrpc: '1.0', method: 'hello' }],
  ['a cancellation of nothing', { jsonrpc: '2.0', method: '$/cancelRequest' }],
  ['parameters that are no object', { jsonrpc: '2.0', method: 'hello', id: 1, params: 'x' }],
  ['an error without a code', { jsonrpc: '2.0', id: 1, error: 'x' }],
  ['bytes', new Uint8Array(1000)],
])('garbage on the channel: %s', (_name, message) => {
  it('ends the worker’s end, once, with a reason', async () => {
    const { clientEnd, garbage } = connect({});
    clientEnd.sendRaw(message);
    clientEnd.sendRaw(message);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(garbage).toHaveLength(1);
    expect(garbage[0]).toMatchObject({ code: 'protocol', message: containing('not a message') });
  });

  it('ends the client’s end, once, with a reason', async () => {
    const { workerEnd, garbage } = connect({});
    workerEnd.sendRaw(message);
    workerEnd.sendRaw(message);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(garbage).toHaveLength(1);
  });
});

describe('strange but well-formed messages', () => {
  it('do no harm: unknown methods are answered, replies to nobody are ignored', async () => {
    const { connection, clientEnd, workerEnd, garbage } = connect({});
    clientEnd.sendRaw({ jsonrpc: '2.0', id: 99, method: 'no-such-method', params: {} });
    workerEnd.sendRaw({ jsonrpc: '2.0', id: 12_345, result: 'nobody asked' });
    workerEnd.sendRaw({ jsonrpc: '2.0', method: 'no/such/event', params: {} });
    await expect(connection.hello('test')).resolves.toMatchObject({ pid: 42 });
    expect(garbage).toEqual([]);
  });
});
