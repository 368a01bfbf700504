/** A child process's IPC channel, with 'advanced' serialization, as an endpoint; the same at both of its ends. */
import type { MessageEndpoint } from './channel';

/** The part of a ChildProcess, and of the process inside it, that carries messages. */
export interface IpcProcess {
  send?(message: object, handle: undefined, options: undefined, done: (error: Error | null) => void): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
}

export function ipcEndpoint(process: IpcProcess): MessageEndpoint {
  return {
    send: (message) =>
      new Promise((resolve, reject) => {
        if (process.send === undefined) {
          reject(new Error('This process has no IPC channel.'));
          return;
        }
        // A message that cannot be serialized throws here; a late error says that the other process is gone.
        process.send(message, undefined, undefined, () => {
          resolve();
        });
      }),
    listen: (onMessage) => {
      process.on('message', onMessage);
      return () => process.off('message', onMessage);
    },
  };
}
