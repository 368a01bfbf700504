/** Files on their way over a line: paths become handles where a message leaves, and handles paths where it arrives. */
import { isHandle, translated, type Schema, type Translate } from '../contract/artifact';
import { isAbsolutePath } from '../contract/schema';
import { UserError } from '../domain/errors';
import type { ArtifactStore } from './artifact-store';

/** `value` as it travels. Throws `bad-request` naming a field that is no absolute path, and what the store throws. */
export function leaving(store: ArtifactStore, schema: Schema, value: unknown, name: string): Promise<unknown> {
  const put: Translate = (file, use, where) => {
    if (isAbsolutePath(file)) return store.put(file, use);
    throw new UserError('bad-request', `${where} is ${quoted(file)}; expected an absolute path.`);
  };
  return translated(schema, value, put, name);
}

/** `value` as this end uses it. Throws `bad-request` naming a field that holds no handle, and what the store throws. */
export function arriving(store: ArtifactStore, schema: Schema, value: unknown, name: string): Promise<unknown> {
  const get: Translate = (handle, use, where) => {
    if (isHandle(handle)) return store.get(handle, use);
    throw new UserError('bad-request', `${where} is ${quoted(handle)}; expected an artifact handle.`);
  };
  return translated(schema, value, get, name);
}

function quoted(text: string): string {
  const most = 120;
  return JSON.stringify(text.length > most ? `${text.slice(0, most)}…` : text);
}
