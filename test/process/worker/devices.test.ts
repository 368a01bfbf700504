import { describe, expect, it } from 'vitest';
import { DeviceChooser } from '../../../src/worker/device-chooser';

describe('the choice of a device', () => {
  it('goes on with the next one when a device has failed in real work, and remembers why', async () => {
    const devices = new DeviceChooser();
    for (const device of ['cuda', 'dml', 'coreml', 'webgpu'] as const)
      devices.fail(device, `${device} ran out of memory`);
    await expect(devices.choose('auto')).resolves.toBe('cpu');
    const report = await devices.report('auto');
    expect(report.chosen).toBe('cpu');
    expect(report.devices).toContainEqual({ device: 'webgpu', status: 'refused', reason: 'webgpu ran out of memory' });
    expect(report.devices).toContainEqual({ device: 'cpu', status: 'chosen' });
  });

  it('gives up, with every reason, when nothing is left', async () => {
    const devices = new DeviceChooser();
    for (const device of ['cuda', 'dml', 'coreml', 'webgpu', 'cpu'] as const) devices.fail(device, `${device} broke`);
    await expect(devices.choose('auto')).rejects.toThrow(/No device can compute.*webgpu broke.*cpu broke/);
  });
});
