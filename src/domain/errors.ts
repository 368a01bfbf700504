/** The two kinds of failure Fourstep knows: expected ones are shown as they are, all others are logged with a stack. */

/** What went wrong, for code that has to decide and for the wire between processes. */
export type ErrorCode =
  | 'bad-checkpoint' // a model file or folder breaks its format
  | 'unsupported' // a valid input asks for something the engine does not do
  | 'bad-request' // a parameter is out of its range
  | 'bad-image' // an image file cannot be used
  | 'not-found'
  | 'io' // disk full, read-only, permission
  | 'out-of-memory'
  | 'device' // no execution provider could be used, or the forced one refused
  | 'cancelled'
  | 'worker-gone' // the worker process died or was stopped
  | 'worker-down' // it died too often and stays down
  | 'protocol' // the two ends do not speak the same version
  | 'internal';

/**
 * An expected failure. The message is shown to the user as it is, so it says what was expected,
 * what was found, where (file, tensor, field), and what to do about it.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Why a file is left out of an icon set: an ordinary finding, told in the list of skipped files. Its message goes behind a file's name: "it holds
 * a script".
 */
export class SkippedIcon extends Error {
  override readonly name = 'SkippedIcon';
}

/** True for a cancelled call, whoever raised it (our own error, an AbortSignal, a fetch). */
export function isCancelled(error: unknown): boolean {
  return (
    (error instanceof UserError && error.code === 'cancelled') ||
    (error instanceof Error && error.name === 'AbortError')
  );
}

/** Throws the `cancelled` error when the signal has fired. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new UserError('cancelled', 'The job was cancelled.');
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
