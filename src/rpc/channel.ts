/** JSON-RPC over a child process's IPC channel; anything on it that is no JSON-RPC message ends the connection. */
import { inspect } from 'node:util';
import * as v from 'valibot';
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  createMessageConnection,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageConnection,
  type MessageReader,
  type MessageWriter,
} from 'vscode-jsonrpc/node';
import { UserError } from '../domain/errors';

/** The part of a ChildProcess, and of the process inside it, that carries messages. */
export interface IpcEndpoint {
  send?(message: object, handle: undefined, options: undefined, done: (error: Error | null) => void): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
}

const id = v.union([v.string(), v.number()]);
const params = v.exactOptional(v.record(v.string(), v.unknown()));
const envelope = v.union([
  v.object({ jsonrpc: v.literal('2.0'), method: v.literal('$/cancelRequest'), params: v.object({ id }) }),
  v.object({
    jsonrpc: v.literal('2.0'),
    method: v.pipe(
      v.string(),
      v.check((name) => name !== '$/cancelRequest'),
    ),
    id: v.exactOptional(id),
    params,
  }),
  v.object({ jsonrpc: v.literal('2.0'), id, result: v.unknown() }),
  v.object({ jsonrpc: v.literal('2.0'), id, error: v.looseObject({ code: v.number(), message: v.string() }) }),
]);

class IpcReader extends AbstractMessageReader implements MessageReader {
  constructor(
    private readonly endpoint: IpcEndpoint,
    private readonly onGarbage: (reason: UserError) => void,
  ) {
    super();
  }

  listen(callback: DataCallback): Disposable {
    const listener = (message: unknown): void => {
      if (v.is(envelope, message)) {
        callback(message);
        return;
      }
      // What follows garbage cannot be trusted either.
      this.endpoint.off('message', listener);
      this.onGarbage(new UserError('protocol', `Something that is no message arrived: ${describe(message)}.`));
    };
    this.endpoint.on('message', listener);
    return { dispose: () => this.endpoint.off('message', listener) };
  }
}

class IpcWriter extends AbstractMessageWriter implements MessageWriter {
  constructor(private readonly endpoint: IpcEndpoint) {
    super();
  }

  write(message: Message): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.endpoint.send === undefined) {
        reject(new Error('This process has no IPC channel.'));
        return;
      }
      // A message that cannot be serialized throws here. A late error only says that the other process is gone, which is
      // reported, with the reason, by whoever watches it.
      this.endpoint.send(message, undefined, undefined, () => {
        resolve();
      });
    });
  }

  end(): void {
    // The channel is closed by the process that owns it.
  }
}

/** A connection that is listening for nothing yet. `onGarbage` is called at most once. */
export function ipcConnection(endpoint: IpcEndpoint, onGarbage: (reason: UserError) => void): MessageConnection {
  const connection = createMessageConnection(new IpcReader(endpoint, onGarbage), new IpcWriter(endpoint));
  // Without a listener a failed write is thrown; its request is rejected in any case.
  connection.onError(() => undefined);
  return connection;
}

function describe(message: unknown): string {
  const text = inspect(message, { depth: 1, maxArrayLength: 10, maxStringLength: 80, breakLength: Infinity });
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
