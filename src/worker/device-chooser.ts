/** Which device this worker computes on: chosen once by self-test, and again without those that failed in real work. */
import { messageOf, UserError } from '../domain/errors';
import { chooseDevice, deviceOrder } from '../engine/runtime/devices';
import type { DeviceName, DeviceRequest } from '../domain/choices';
import type { DeviceReport, DevicesResult } from '../contract/worker-api';

export class DeviceChooser {
  readonly #failed = new Map<DeviceName, string>();
  readonly #chosen = new Map<DeviceRequest, DeviceName>();

  /** Throws `device` when the forced device, or every device, refuses. */
  async choose(request: DeviceRequest): Promise<DeviceName> {
    const known = this.#chosen.get(request);
    if (known !== undefined) return known;
    const chosen =
      request === 'auto' && this.#failed.size > 0 ? await this.#next() : (await chooseDevice(request)).chosen;
    this.#chosen.set(request, chosen);
    return chosen;
  }

  /** Takes a device out of the automatic choice for as long as this worker lives. */
  fail(device: DeviceName, reason: string): void {
    this.#failed.set(device, reason);
    this.#chosen.delete('auto');
  }

  /** Tries every device of the platform and says what became of each. */
  async report(request: DeviceRequest): Promise<DevicesResult> {
    const { devices } = await chooseDevice(request, { all: true });
    const chosen = await this.choose(request);
    return { chosen, devices: devices.map((report) => this.#corrected(report, chosen)) };
  }

  #corrected(report: DeviceReport, chosen: DeviceName): DeviceReport {
    const { device, status } = report;
    const reason = this.#failed.get(device);
    if (device === chosen) return { device, status: 'chosen' };
    if (reason !== undefined) return { device, status: 'refused', reason };
    return status === 'chosen' ? { device, status: 'available' } : report;
  }

  async #next(): Promise<DeviceName> {
    const reasons = [...this.#failed].map(([device, reason]) => `${device}: ${reason}`);
    for (const device of deviceOrder(process.platform)) {
      if (this.#failed.has(device)) continue;
      try {
        return (await chooseDevice(device)).chosen;
      } catch (error) {
        reasons.push(messageOf(error));
      }
    }
    throw new UserError('device', `No device can compute the picture. ${reasons.join('; ')}`);
  }
}
