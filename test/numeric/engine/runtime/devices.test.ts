import { describe, expect, it } from 'vitest';
import { chooseDevice, deviceOrder, differenceOf } from '../../../../src/engine/runtime/devices';
import { selfTestGraph, selfTestInput } from '../../../../src/engine/runtime/self-test';
import { createSession } from '../../../../src/engine/runtime/session';
import { float32 } from '../../../../src/engine/tensors/tensor';

describe('the device order', () => {
  it.each<NodeJS.Platform>(['linux', 'win32', 'darwin'])('ends with the CPU on %s', (platform) => {
    expect(deviceOrder(platform).at(-1)).toBe('cpu');
  });

  it('has DirectML on Windows only and Core ML on macOS only', () => {
    const having = (device: 'dml' | 'coreml'): string[] =>
      (['linux', 'win32', 'darwin'] as const).filter((platform) => deviceOrder(platform).includes(device));
    expect(having('dml')).toEqual(['win32']);
    expect(having('coreml')).toEqual(['darwin']);
  });
});

describe('chooseDevice', () => {
  it('takes a device that works and says why those before it were refused', async () => {
    const { chosen, devices } = await chooseDevice('auto');
    expect(devices.map(({ device }) => device)).toEqual(deviceOrder(process.platform));
    const at = devices.findIndex(({ device }) => device === chosen);
    expect(devices[at]!.status).toBe('chosen');
    for (const before of devices.slice(0, at)) {
      expect(before.status).toBe('refused');
      expect(before.reason).toMatch(/\w/);
    }
    for (const after of devices.slice(at + 1)) expect(after.status).toBe('untried');
  });

  it('takes the CPU when it is asked for, and tries no other', async () => {
    const { chosen, devices } = await chooseDevice('cpu');
    expect(chosen).toBe('cpu');
    expect(devices.filter(({ status }) => status !== 'untried')).toEqual([{ device: 'cpu', status: 'chosen' }]);
  });

  it('tries every device for a report', async () => {
    const { devices } = await chooseDevice('cpu', { all: true });
    expect(devices.filter(({ status }) => status === 'untried')).toEqual([]);
  });

  it('refuses a named device that this platform does not have, instead of taking another', async () => {
    const missing = process.platform === 'win32' ? 'coreml' : 'dml';
    await expect(chooseDevice(missing)).rejects.toMatchObject({
      name: 'UserError',
      code: 'device',
      message: expect.stringMatching(new RegExp(`'${missing}' was asked for.*backend not found`)) as string,
    });
  });
});

describe('the self-test', () => {
  it('gives values that a mistake would change', async () => {
    const session = await createSession(selfTestGraph('cpu'), { device: 'cpu', profile: 'fast' });
    const results = await session.run(selfTestInput());
    await session.release();
    for (const { data } of Object.values(results)) {
      const values = Array.from(data as Float32Array);
      expect(values.every(Number.isFinite)).toBe(true);
      expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.2);
    }
  });

  it('names the result that differs, also by NaN or by missing', () => {
    const good = { norm: float32([1, 2], [2]) };
    expect(differenceOf(good, { norm: float32([1.001, 2], [2]) })).toBeUndefined();
    expect(differenceOf(good, { norm: float32([1, 2.1], [2]) })).toMatch(/norm differs from the CPU by 0\.09/);
    expect(differenceOf(good, { norm: float32([NaN, 2], [2]) })).toMatch(/norm differs/);
    expect(differenceOf(good, {})).toMatch(/norm differs/);
  });
});
