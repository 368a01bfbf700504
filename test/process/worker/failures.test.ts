import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WorkerClient } from '../../../src/host/worker-client';
import { PROTOCOL_VERSION } from '../../../src/contract/protocol';
import { buildPrograms } from '../../support/build-worker';
import {
  afterFirstStep,
  filesIn,
  isAlive,
  job,
  LONG,
  startClient,
  temporaryFolder,
  until,
} from '../../support/worker-harness';
import { containing, matching } from '../../support/matching';

let client: WorkerClient;
let log: string[];
let folder: string;
beforeEach(async () => {
  ({ client, log } = await startClient());
  folder = temporaryFolder();
});
afterEach(() => client.dispose());

/** Runs a job that writes previews, with another one behind it, and sends the signal in the middle. */
async function crashWith(signal: NodeJS.Signals): Promise<readonly unknown[]> {
  const onProgress = afterFirstStep(() => process.kill(client.status.pid!, signal));
  const calls = [
    client.request('generate', job(folder, LONG), { onProgress }),
    client.request('generate', job(folder)),
    client.request('generate', job(folder)),
  ];
  const settled = await Promise.allSettled(calls);
  return settled.map((result) => (result.status === 'rejected' ? result.reason : result.value) as unknown);
}

describe.skipIf(process.platform === 'win32').each([
  ['SIGKILL', /killed \(SIGKILL\).*memory/],
  ['SIGSEGV', /crashed in native code \(SIGSEGV\)/],
  ['SIGABRT', /crashed in native code \(SIGABRT\)/],
  ['SIGTERM', /ended by SIGTERM/],
] as const)('a worker that dies by %s in the middle of a step', (signal, text) => {
  it('settles every pending call with the reason, leaves no file, and the next job works', async () => {
    for (const reason of await crashWith(signal)) {
      expect(reason).toMatchObject({ code: 'worker-gone', message: matching(text) });
      expect(reason).toMatchObject({ message: containing('The log is in /path/of/the.log.') });
    }
    expect(filesIn(folder)).toEqual([]);
    expect(client.status).toEqual({ state: 'stopped' });
    const { variants } = await client.request('generate', job(folder));
    expect(filesIn(folder)).toEqual([path.basename(variants[0]!.path)]);
  });
});

describe('a worker that crashes again and again', () => {
  it('stays down after the third time, says where the log is, and comes back after a reset', async () => {
    for (let crash = 1; crash <= 3; crash++) {
      const onProgress = afterFirstStep(() => process.kill(client.status.pid!, 'SIGKILL'));
      const call = client.request('generate', job(folder, LONG), { onProgress });
      await expect(call).rejects.toMatchObject({
        code: 'worker-gone',
        message: containing(crash < 3 ? 'starts again with the next picture' : 'crashed 3 times within 3 minutes'),
      });
    }
    expect(client.status.state).toBe('down');
    await expect(client.request('generate', job(folder))).rejects.toMatchObject({
      code: 'worker-down',
      message: matching(/stays down.*The log is in \/path\/of\/the\.log\./),
    });
    client.reset();
    expect(client.status.state).toBe('stopped');
    await expect(client.request('generate', job(folder))).resolves.toMatchObject({ device: 'cpu' });
  });

  it('is not one that was stopped by hand', async () => {
    for (let stop = 0; stop < 4; stop++) {
      const call = client.request('generate', job(folder, LONG)).catch(() => undefined);
      await until(() => client.status.state === 'busy', 'the worker is busy');
      await client.stopNow();
      await call;
    }
    expect(client.status.state).toBe('stopped');
  });
});

describe.skipIf(process.platform === 'win32')('a worker without enough memory', () => {
  it('says so when the JavaScript heap is full', async () => {
    const small = path.join(temporaryFolder(), 'node');
    writeFileSync(small, `#!/bin/sh\nexec "${process.execPath}" --max-old-space-size=8 --max-semi-space-size=1 "$@"\n`);
    chmodSync(small, 0o755);
    const limited = await startClient({ nodePath: small });
    const call = limited.client.request('generate', job(folder, { width: 512, height: 512 }));
    await expect(call).rejects.toMatchObject({ code: 'out-of-memory', message: containing('memory') });
    expect(filesIn(folder)).toEqual([]);
    await limited.client.dispose();
  });

  it('says so when the operating system gives no more', async () => {
    const small = path.join(temporaryFolder(), 'node');
    writeFileSync(small, `#!/bin/sh\nulimit -v 1500000\nexec "${process.execPath}" "$@"\n`);
    chmodSync(small, 0o755);
    const limited = await startClient({ nodePath: small });
    const call = limited.client.request('generate', job(folder, { width: 512, height: 512 }));
    await expect(call).rejects.toMatchObject({ code: 'out-of-memory', message: containing('memory') });
    expect(filesIn(folder)).toEqual([]);
    await expect(limited.client.request('recipe', { path: '/no/such.png' })).rejects.toMatchObject({
      code: 'not-found',
    });
    await limited.client.dispose();
  });
});

describe('a worker that cannot be started', () => {
  it('because its program is missing', async () => {
    const missing = await startClient({ workerPath: '/no/such/worker.js' });
    const call = missing.client.request('devices', { device: 'auto' });
    await expect(call).rejects.toMatchObject({
      code: 'not-found',
      message: containing('/no/such/worker.js'),
    });
    expect(missing.client.status.state).toBe('stopped');
  });

  it('because the chosen Node does not exist', async () => {
    const missing = await startClient({ nodePath: '/no/such/node' });
    const call = missing.client.request('devices', { device: 'auto' });
    await expect(call).rejects.toMatchObject({ code: 'not-found', message: containing('/no/such/node') });
  });

  it('because it fails at once: the message quotes its last words, and three failures keep it down', async () => {
    const broken = await startClient({ workerPath: program('throw new Error("Cannot find module onnxruntime");') });
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(broken.client.request('devices', { device: 'auto' })).rejects.toMatchObject({
        code: 'worker-gone',
        message: matching(/ended with exit code 1\..*Cannot find module onnxruntime/),
      });
    }
    await expect(broken.client.request('devices', { device: 'auto' })).rejects.toMatchObject({ code: 'worker-down' });
  });
});

/** A program that a client starts in the worker's place. */
function program(source: string): string {
  const file = path.join(temporaryFolder(), 'worker.js');
  writeFileSync(file, source);
  return file;
}

describe('a program that does not speak our protocol', () => {
  it('because it is another version: the message names both', async () => {
    const later = program(`process.on('message', ({ id }) => {
      process.send({ jsonrpc: '2.0', id, result: { protocol: ${PROTOCOL_VERSION + 1}, engine: '9.9.9', pid: 1 } });
    });`);
    const { client: other } = await startClient({ workerPath: later });
    await expect(other.request('devices', { device: 'auto' })).rejects.toMatchObject({
      code: 'protocol',
      message: containing(
        `test 0.0.0 speaks protocol version ${PROTOCOL_VERSION}, worker 9.9.9 speaks version ${PROTOCOL_VERSION + 1}`,
      ),
    });
    expect(other.status.state).toBe('stopped');
  });

  it.each([
    ['before the hello', `process.send('garbage');`],
    [
      'after it',
      `process.on('message', ({ id, method }) => {
      if (method === 'hello') process.send({ jsonrpc: '2.0', id, result: { protocol: ${PROTOCOL_VERSION}, engine: '0', pid: 1 } });
      else process.send(new Uint8Array(100));
    });`,
    ],
  ])('because it sends garbage %s: every pending call fails with the reason', async (_when, source) => {
    const { client: other } = await startClient({ workerPath: program(`setInterval(() => {}, 1000);${source}`) });
    const calls = await Promise.allSettled([
      other.request('devices', { device: 'auto' }),
      other.request('recipe', { path: '/a.png' }),
    ]);
    for (const call of calls) expect(call).toMatchObject({ status: 'rejected', reason: { code: 'protocol' } });
    expect(other.status.state).toBe('stopped');
  });

  it('because it prints only: output goes to the log and does no harm', async () => {
    const { worker } = await buildPrograms();
    const noisy = program(
      `console.log('{"jsonrpc":"2.0"} noise'); console.error('more noise'); require(${JSON.stringify(worker)});`,
    );
    const { client: other, log: lines } = await startClient({ workerPath: noisy });
    await expect(other.request('devices', { device: 'cpu' })).resolves.toMatchObject({ chosen: 'cpu' });
    expect(lines).toContain('[worker] more noise');
    await other.dispose();
  });
});

describe('a worker that is not needed', () => {
  it('ends after its idle time without being counted as a crash, and the next call starts another', async () => {
    const { client: idle, log: lines } = await startClient({ idleMinutes: 0.2 / 60 });
    const pids = new Set<number>();
    for (let round = 0; round < 4; round++) {
      await idle.request('devices', { device: 'cpu' });
      pids.add(idle.status.pid!);
      await until(() => idle.status.state === 'stopped', 'the worker has ended');
    }
    expect(pids.size).toBe(4);
    expect(lines.filter((line) => line.includes('because it was idle'))).toHaveLength(4);
  });

  it('does not end while it works, however short the idle time is', async () => {
    const { client: idle } = await startClient({ idleMinutes: 0.05 / 60 });
    await expect(idle.request('generate', job(folder, { count: 8, steps: 20 }))).resolves.toMatchObject({
      device: 'cpu',
    });
    await idle.dispose();
  });

  it('answers a call that comes just when it ends', async () => {
    const { client: idle } = await startClient({ idleMinutes: 0.05 / 60 });
    for (let call = 0; call < 12; call++) {
      await expect(idle.request('recipe', { path: '/no/such.png' })).rejects.toMatchObject({ code: 'not-found' });
      await new Promise((resolve) => setTimeout(resolve, 45 + call));
    }
    await idle.dispose();
  });

  it('ends when its client is disposed of, also in the middle of a step', async () => {
    let pid = 0;
    let disposed: Promise<void> | undefined;
    const onProgress = afterFirstStep(() => {
      pid = client.status.pid!;
      disposed = client.dispose();
    });
    await expect(client.request('generate', job(folder, LONG), { onProgress })).rejects.toMatchObject({
      code: 'worker-gone',
    });
    await disposed;
    expect(isAlive(pid)).toBe(false);
    expect(filesIn(folder)).toEqual([]);
    await expect(client.request('devices', { device: 'cpu' })).rejects.toMatchObject({ code: 'worker-gone' });
    expect(log.join()).toContain('Fourstep was closed.');
  });
});
