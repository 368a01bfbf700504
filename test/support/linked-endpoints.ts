/** Two ends of a channel inside one process; messages are copied as the 'advanced' serialization of child processes copies them. */
import { EventEmitter } from 'node:events';
import { deserialize, serialize } from 'node:v8';
import type { MessageEndpoint } from '../../src/rpc/channel';

export interface LinkedEndpoint extends MessageEndpoint {
  /** Puts anything on the channel, as a broken program could. */
  sendRaw(message: unknown): void;
}

class Endpoint extends EventEmitter implements LinkedEndpoint {
  other: Endpoint | undefined;

  send(message: object): Promise<void> {
    this.sendRaw(message);
    return Promise.resolve();
  }

  listen(onMessage: (message: unknown) => void): () => void {
    this.on('message', onMessage);
    return () => this.off('message', onMessage);
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
