/** Turns what ONNX Runtime throws into our errors. */
import { messageOf, UserError, type ErrorCode } from '../../domain/errors';
import type { DeviceName } from '../../domain/choices';
import { firstLine } from './runtime';

/** Texts of the allocators: C++ runtime, the operating system (ENOMEM), ONNX Runtime’s arena, CUDA, Direct3D, Dawn. */
const OUT_OF_MEMORY =
  /bad[_ ]?alloc|out of memory|OUT_?OF_?MEMORY|failed to allocate memory|cannot allocate memory|allocation fail|array buffer allocation failed|Invalid Buffer/i;

/** `doing`: "Loading graph unet", for the message. */
export function translateError(error: unknown, doing: string, device: DeviceName): UserError {
  if (error instanceof UserError) return error;
  const message = messageOf(error);
  const code = codeOf(message, device);
  const text = `${doing} on ${device} failed: ${firstLine(message)}`;
  return new UserError(code, code === 'out-of-memory' ? `${text}. ${memoryAdvice(device)}` : text, { cause: error });
}

function codeOf(message: string, device: DeviceName): ErrorCode {
  if (OUT_OF_MEMORY.test(message)) return 'out-of-memory';
  return device === 'cpu' ? 'internal' : 'device';
}

function memoryAdvice(device: DeviceName): string {
  const elsewhere = device === 'cpu' ? 'close other programs' : 'use the CPU';
  return `There is not enough memory: make a smaller picture or fewer variants at once, or ${elsewhere}.`;
}
