import { expect, it } from 'vitest';
import { CrashPolicy } from '../../../src/host/crash-policy';

const MINUTE = 60_000;

function crashesAt(...times: number[]): CrashPolicy {
  let now = 0;
  const policy = new CrashPolicy(() => now);
  for (const time of times) {
    now = time;
    policy.record();
  }
  return policy;
}

it('two crashes are forgiven', () => {
  expect(crashesAt(0, 1000).isDown).toBe(false);
});

it('three crashes within three minutes keep the worker down', () => {
  expect(crashesAt(0, MINUTE, 2.9 * MINUTE).isDown).toBe(true);
});

it('three crashes in more than three minutes do not', () => {
  expect(crashesAt(0, MINUTE, 3.1 * MINUTE).isDown).toBe(false);
});

it('a reset forgets them', () => {
  const policy = crashesAt(0, 1, 2);
  policy.reset();
  expect(policy.isDown).toBe(false);
});
