/** Chooses the device: the platform's order, each one tried with a small self-test before it is trusted. */
import { messageOf, UserError } from '../../domain/errors';
import type { Tensor } from '../tensors/tensor';
import type { DeviceName } from '../../domain/choices';
import { firstLine, loadRuntime } from './runtime';
import { selfTestGraph, selfTestInput } from './self-test';
import { createSession } from './session';

export interface DeviceReport {
  readonly device: DeviceName;
  readonly status: 'chosen' | 'available' | 'refused' | 'untried';
  /** Why it was refused, in ONNX Runtime's words where they help. */
  readonly reason?: string;
}

export interface DeviceChoice {
  readonly chosen: DeviceName;
  /** One report for every device of the platform, in the order of preference. */
  readonly devices: readonly DeviceReport[];
}

/** Largest difference from the CPU that the self-test's values of about 1 may have: TF32 and fast maths pass, errors not. */
const TOLERANCE = 0.01;

/** Fastest first; the CPU is always last. */
export function deviceOrder(platform: NodeJS.Platform): readonly DeviceName[] {
  if (platform === 'win32') return ['cuda', 'dml', 'webgpu', 'cpu'];
  if (platform === 'darwin') return ['coreml', 'webgpu', 'cpu'];
  return ['cuda', 'webgpu', 'cpu'];
}

/**
 * 'auto' takes the first device of the platform's order that passes the self-test. A named device is taken or
 * refused with UserError 'device', never replaced. `all` tries every device for the report.
 */
export async function chooseDevice(
  request: DeviceName | 'auto',
  { platform = process.platform, all = false }: { platform?: NodeJS.Platform; all?: boolean } = {},
): Promise<DeviceChoice> {
  await loadRuntime();
  const order = deviceOrder(platform);
  const candidates = request === 'auto' || order.includes(request) ? order : [...order, request];
  const devices: DeviceReport[] = [];
  let chosen: DeviceName | undefined;
  for (const device of candidates) {
    const wanted = request === 'auto' ? chosen === undefined : device === request;
    if (!wanted && !all) {
      devices.push({ device, status: 'untried' });
      continue;
    }
    const reason = await selfTest(device);
    if (reason === undefined && wanted) chosen = device;
    devices.push(
      reason === undefined
        ? { device, status: wanted ? 'chosen' : 'available' }
        : { device, status: 'refused', reason },
    );
  }
  if (chosen === undefined) throw refused(request, devices);
  return { chosen, devices };
}

function refused(request: DeviceName | 'auto', devices: readonly DeviceReport[]): UserError {
  const reasons = devices
    .filter(({ reason }) => reason !== undefined)
    .map(({ device, reason }) => `${device}: ${reason ?? ''}`);
  return request === 'auto'
    ? new UserError('device', `No device could run the self-test. ${reasons.join('; ')}`)
    : new UserError(
        'device',
        `The device '${request}' was asked for and cannot be used. ${reasons.find((it) => it.startsWith(request)) ?? ''} Choose another device or 'auto'.`,
      );
}

/** The reason why the device cannot be used, or undefined. */
async function selfTest(device: DeviceName): Promise<string | undefined> {
  try {
    const expected = await runSelfTest('cpu');
    return device === 'cpu' ? undefined : differenceOf(expected, await runSelfTest(device));
  } catch (error) {
    return firstLine(messageOf(error instanceof UserError && error.cause !== undefined ? error.cause : error));
  }
}

async function runSelfTest(device: DeviceName): Promise<Record<string, Tensor>> {
  // Core ML leaves single operators to the CPU by design; any other device that does would be slower than the CPU.
  const deviceOnly = device !== 'cpu' && device !== 'coreml';
  const session = await createSession(selfTestGraph(device), { device, profile: 'fast', deviceOnly });
  try {
    return await session.run(selfTestInput());
  } finally {
    await session.release();
  }
}

/** Names the output that differs from the CPU's, if one does. */
export function differenceOf(
  expected: Readonly<Record<string, Tensor>>,
  found: Readonly<Record<string, Tensor>>,
): string | undefined {
  for (const [name, { data }] of Object.entries(expected)) {
    const other = found[name]?.data;
    for (let i = 0; i < data.length; i++) {
      const difference = Math.abs(Number(data[i]) - Number(other?.[i]));
      // Written so that NaN counts as different.
      if (!(difference <= TOLERANCE)) return `wrong results: ${name} differs from the CPU by ${difference} at ${i}`;
    }
  }
  return undefined;
}
