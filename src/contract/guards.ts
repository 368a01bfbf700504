/** The run-time check of what arrives at the worker. */
import * as v from 'valibot';
import { UserError } from '../domain/errors';
import { problemOf } from './schema';
import { workerRequests, type WorkerApi, type WorkerMethod } from './worker-api';

/** Throws `bad-request` naming the method, the field, what was expected and what was found. */
export function parseParams<M extends WorkerMethod>(method: M, params: unknown): WorkerApi[M]['params'] {
  const parsed = v.safeParse(workerRequests[method], params);
  if (parsed.success) return parsed.output;
  const { issues } = parsed;
  const at = v.getDotPath(issues[0]) === null ? '' : `${method}.`;
  throw new UserError('bad-request', `${at}${problemOf(issues, method)}.`);
}
