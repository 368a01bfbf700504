/** Loads ONNX Runtime, never with its telemetry, and says plainly when its binary for this platform is missing. */
import type * as OnnxRuntime from 'onnxruntime-node';
import { messageOf, UserError } from '../../domain/errors';
import { NO_TELEMETRY } from '../../domain/telemetry';

export type Runtime = typeof OnnxRuntime;

/** Platforms that onnxruntime-node 1.30 has binaries for. */
const SUPPORTED: ReadonlySet<string> = new Set([
  'linux-x64',
  'linux-arm64',
  'darwin-arm64',
  'win32-x64',
  'win32-arm64',
]);

/** Throws UserError 'device' when the native binding cannot be loaded, or would send telemetry. */
export async function loadRuntime(): Promise<Runtime> {
  refuseTelemetry(process.env);
  try {
    const runtime = await import('onnxruntime-node');
    // Warnings on standard error are about graph details that nobody can act on.
    runtime.env.logLevel = 'error';
    return runtime;
  } catch (error) {
    throw runtimeUnavailable(`${process.platform}-${process.arch}`, error);
  }
}

/** The library looks at its environment once, when it is loaded: whoever starts the process has to set this. */
function refuseTelemetry(env: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(NO_TELEMETRY)) {
    if (env[name] === value) continue;
    throw new UserError(
      'device',
      `ONNX Runtime is not loaded, because it would send telemetry: the environment must have ${name}=${value} when this ` +
        `process starts, and ${env[name] === undefined ? 'has no such variable' : `says ${env[name]}`}.`,
    );
  }
}

/** The error for a binding that did not load on `platform` ('darwin-x64'). */
export function runtimeUnavailable(platform: string, cause: unknown): UserError {
  const advice = SUPPORTED.has(platform)
    ? `Install the Fourstep package made for ${platform}, or run 'npm install' again in a checkout`
    : `There is no ONNX Runtime for ${platform}; it exists for ${[...SUPPORTED].join(', ')}`;
  return new UserError(
    'device',
    `ONNX Runtime, which computes the pictures, could not be loaded on ${platform}. ${advice}. (${firstLine(messageOf(cause))})`,
    { cause },
  );
}

/** ONNX Runtime's messages run over many lines; the first says what happened. */
export function firstLine(message: string): string {
  return (
    message
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '') ?? message
  );
}
