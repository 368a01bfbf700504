/** How a worker is reached. The first way is a process of this machine (forked-host.ts); nothing else here knows that. */
import type { Line } from '../rpc/artifact-store';
import type { EndReason } from './exit-reason';

export interface WorkerHost {
  /** A new worker that has not said anything yet. Throws UserError when there can be none. */
  connect(): Promise<HostedWorker>;
}

/** A worker at the other end of a line: its messages, and the files that go with them. */
export interface HostedWorker extends Line {
  /** Where it is a process of this machine. */
  readonly pid?: number;
  /** Settles once, after its last message was read: "idle" when it ended by itself because nobody asked for anything. */
  readonly ended: Promise<EndReason | 'idle'>;
  /** "kill": at once, also in the middle of a step. "let-go": as soon as it has saved what a training has learned. */
  end(how: 'kill' | 'let-go'): void;
}

/** Where its messages go: the editor's log channel, or a terminal. */
export interface WorkerLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
