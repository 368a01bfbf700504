import { afterEach, describe, expect, it } from 'vitest';
import { loadRuntime } from '../../../../src/engine/runtime/runtime';
import { containing } from '../../../support/matching';

afterEach(() => {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
});

describe('the runtime', () => {
  it('is loaded by tests without telemetry, too', async () => {
    expect(process.env['ORT_DISABLE_TELEMETRY']).toBe('1');
    await expect(loadRuntime()).resolves.toHaveProperty('InferenceSession');
  });

  it.each(['0', 'true', ''])('is not loaded where the variable says "%s"', async (value) => {
    process.env['ORT_DISABLE_TELEMETRY'] = value;
    await expect(loadRuntime()).rejects.toMatchObject({ code: 'device', message: containing('telemetry') });
  });

  it('is not loaded where the variable is missing', async () => {
    delete process.env['ORT_DISABLE_TELEMETRY'];
    await expect(loadRuntime()).rejects.toMatchObject({ message: containing('has no such variable') });
  });
});
