/** What both ends of the line between two processes must agree on. */
import type { ErrorCode } from '../domain/errors';

/** Checked in the first request; a mismatch is an error naming both versions. */
export const PROTOCOL_VERSION = 5;

/** `data` of a JSON-RPC error, so that the code survives the process boundary. */
export interface WireErrorData {
  readonly code: ErrorCode;
}
