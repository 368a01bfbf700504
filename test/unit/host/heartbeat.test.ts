import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startHeartbeat } from '../../../src/host/heartbeat';

const never = (): Promise<never> => new Promise(() => undefined);

async function silences(isAwaited: boolean, ask: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const stop = startHeartbeat({ silentSeconds: 0.12, isAwaited: () => isAwaited, ask, onSilent: () => count++ });
  await wait(1000);
  stop();
  return count;
}

it('tells once of a process that does not answer', async () => {
  expect(await silences(true, never)).toBe(1);
});

it('is content with any answer, and does not ask when nobody waits', async () => {
  expect(await silences(true, () => Promise.resolve())).toBe(0);
  expect(await silences(true, () => Promise.reject(new Error('no such method')))).toBe(0);
  expect(await silences(false, never)).toBe(0);
});

it('does not count the time in which this process itself was asleep', async () => {
  let silent = false;
  const stop = startHeartbeat({
    silentSeconds: 1.2,
    isAwaited: () => true,
    ask: never,
    onSilent: () => (silent = true),
  });
  // Nothing ticks while the thread is held.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
  await wait(300);
  stop();
  expect(silent).toBe(false);
});
