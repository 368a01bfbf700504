/** Two ends of an IPC channel inside one process; messages are copied as 'advanced' serialization copies them. */
import { EventEmitter } from 'node:events';
import { deserialize, serialize } from 'node:v8';
import type { IpcEndpoint } from '../../src/rpc/channel';

export interface LinkedEndpoint extends IpcEndpoint {
  /** Puts anything on the channel, as a broken program could. */
  sendRaw(message: unknown): void;
}

class Endpoint extends EventEmitter implements LinkedEndpoint {
  other: Endpoint | undefined;

  send(message: object, _handle: undefined, _options: undefined, done: (error: Error | null) => void): boolean {
    this.sendRaw(message);
    done(null);
    return true;
  }

  sendRaw(message: unknown): void {
    const copy: unknown = deserialize(serialize(message));
    setImmediate(() => this.other?.emit('message', copy));
  }
}

export function linkedEndpoints(): readonly [LinkedEndpoint, LinkedEndpoint] {
  const [a, b] = [new Endpoint(), new Endpoint()];
  a.other = b;
  b.other = a;
  return [a, b];
}
