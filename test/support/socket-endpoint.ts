/** Messages over a TCP socket, each with its length before it, serialized as between a process and its child. */
import type { Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';
import type { MessageEndpoint } from '../../src/rpc/channel';

const LENGTH_BYTES = 4;

export function socketEndpoint(socket: Socket): MessageEndpoint {
  return {
    send: (message) => {
      const body = serialize(message);
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32LE(body.length);
      return new Promise((resolve) => {
        socket.write(Buffer.concat([length, body]), () => {
          resolve();
        });
      });
    },
    listen: (onMessage) => {
      let received = Buffer.alloc(0);
      const onData = (chunk: Buffer): void => {
        received = Buffer.concat([received, chunk]);
        for (;;) {
          const end = LENGTH_BYTES + (received.length < LENGTH_BYTES ? Infinity : received.readUInt32LE());
          if (received.length < end) return;
          const body = received.subarray(LENGTH_BYTES, end);
          received = received.subarray(end);
          onMessage(deserialize(body));
        }
      };
      socket.on('data', onData);
      return () => socket.off('data', onData);
    },
  };
}
