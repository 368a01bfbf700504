/** The warm model on the right device: in automatic choice a device that fails in real work is replaced by the next one. */
import { messageOf, throwIfCancelled, UserError } from '../domain/errors';
import type { DeviceName, DeviceRequest } from '../domain/choices';
import { DeviceChooser } from './device-chooser';
import { WarmModel, type LoadedModel, type ModelRequest } from './warm-model';

export interface EngineJob extends Omit<ModelRequest, 'device'> {
  readonly device: DeviceRequest;
}

export interface EngineRun<T> {
  readonly value: T;
  readonly device: DeviceName;
  /** Devices that failed on the way, in a sentence each. */
  readonly notices: readonly string[];
}

export class Engine {
  readonly devices = new DeviceChooser();
  readonly model: WarmModel;

  constructor(cacheFolder: string) {
    this.model = new WarmModel(cacheFolder);
  }

  /** Loads the model if it is not warm and gives it to `work`; `work` runs again when its device is replaced. */
  async run<T>(
    { device: request, ...job }: EngineJob,
    work: (model: LoadedModel) => Promise<T>,
  ): Promise<EngineRun<T>> {
    const notices: string[] = [];
    for (;;) {
      throwIfCancelled(job.signal);
      const device = await this.devices.choose(request);
      try {
        const model = await this.model.load({ ...job, device });
        return { value: await work(model), device, notices };
      } catch (error) {
        if (request !== 'auto' || !mayBeTheDevice(error, device)) throw error;
        await this.model.release();
        this.devices.fail(device, messageOf(error));
        notices.push(`The device ${device} failed and is not used any more: ${messageOf(error)}`);
      }
    }
  }
}

function mayBeTheDevice(error: unknown, device: DeviceName): boolean {
  return device !== 'cpu' && error instanceof UserError && (error.code === 'device' || error.code === 'out-of-memory');
}
