/** JSON-RPC over whatever carries messages; anything on it that is no JSON-RPC message ends the connection. */
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

/** One end of what carries messages between a worker and who asks it: an IPC channel, a socket. Bytes travel as bytes. */
export interface MessageEndpoint {
  /**
   * Settles when the message is on its way. Throws for what cannot be serialized, and not when the other end is gone: that is reported, with
   * the reason, by whoever watches it.
   */
  send(message: object): Promise<void>;
  /** Returns what ends it. */
  listen(onMessage: (message: unknown) => void): () => void;
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

class EndpointReader extends AbstractMessageReader implements MessageReader {
  constructor(
    private readonly endpoint: MessageEndpoint,
    private readonly onGarbage: (reason: UserError) => void,
  ) {
    super();
  }

  listen(callback: DataCallback): Disposable {
    const dispose = this.endpoint.listen((message) => {
      if (v.is(envelope, message)) {
        callback(message);
        return;
      }
      // What follows garbage cannot be trusted either.
      dispose();
      this.onGarbage(new UserError('protocol', `Something that is not a message arrived: ${describe(message)}.`));
    });
    return { dispose };
  }
}

class EndpointWriter extends AbstractMessageWriter implements MessageWriter {
  constructor(private readonly endpoint: MessageEndpoint) {
    super();
  }

  write(message: Message): Promise<void> {
    return this.endpoint.send(message);
  }

  end(): void {
    // The endpoint is closed by whoever opened it.
  }
}

/** A connection that is listening for nothing yet. `onGarbage` is called at most once. */
export function messageConnection(
  endpoint: MessageEndpoint,
  onGarbage: (reason: UserError) => void,
): MessageConnection {
  const connection = createMessageConnection(new EndpointReader(endpoint, onGarbage), new EndpointWriter(endpoint));
  // Without a listener a failed write is thrown; its request is rejected in any case.
  connection.onError(() => undefined);
  return connection;
}

function describe(message: unknown): string {
  const text = inspect(message, { depth: 1, maxArrayLength: 10, maxStringLength: 80, breakLength: Infinity });
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
