/** Errors across the process boundary: a UserError keeps its code and message, everything else becomes `internal`. */
import { ResponseError } from 'vscode-jsonrpc/node';
import { isCancelled, messageOf, UserError, type ErrorCode } from '../domain/errors';
import type { WireErrorData } from '../contract/protocol';

/** JSON-RPC wants a number; the code that programs decide by travels in `data`. */
const APPLICATION_ERROR = -31_000;

const CODES: Readonly<Record<ErrorCode, true>> = {
  'bad-checkpoint': true,
  unsupported: true,
  'bad-request': true,
  'bad-image': true,
  'not-found': true,
  io: true,
  'out-of-memory': true,
  device: true,
  cancelled: true,
  'worker-gone': true,
  'worker-down': true,
  protocol: true,
  internal: true,
};

/** What JavaScript itself says when a buffer does not fit. */
const OUT_OF_MEMORY = /array buffer allocation failed|invalid (typed )?array length|bad_alloc/i;

/** The UserError that stands for whatever a handler threw; an unexpected one keeps its message only. */
export function toUserError(error: unknown): UserError {
  if (error instanceof UserError) return error;
  if (isCancelled(error)) return new UserError('cancelled', 'The job was cancelled.', { cause: error });
  const message = messageOf(error);
  if (OUT_OF_MEMORY.test(message)) {
    return new UserError(
      'out-of-memory',
      `There is not enough memory (${message}). Make a smaller picture or fewer variants.`,
      { cause: error },
    );
  }
  return new UserError('internal', `An unexpected error happened: ${message}`, { cause: error });
}

export function toWire(error: unknown): ResponseError<WireErrorData> {
  const { code, message } = toUserError(error);
  return new ResponseError(APPLICATION_ERROR, message, { code });
}

/** The other end's error. One without our code comes from the JSON-RPC layer: the two ends do not understand each other. */
export function fromWire(error: unknown): UserError {
  if (error instanceof UserError) return error;
  const data: unknown = error instanceof ResponseError ? (error as ResponseError<unknown>).data : undefined;
  const code: unknown = typeof data === 'object' && data !== null && 'code' in data ? data.code : undefined;
  if (isErrorCode(code)) return new UserError(code, messageOf(error));
  return new UserError('protocol', messageOf(error), { cause: error });
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(CODES, code);
}
