/** What the features share: one object, made at activation, passed by hand. */
import type * as vscode from 'vscode';
import type { Scratch } from './generate/scratch';
import type { StatusItem } from './status';
import type { ExtensionWorker } from './worker';

export interface Services {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly worker: ExtensionWorker;
  readonly status: StatusItem;
  readonly scratch: Scratch;
  /** The message to show for whatever was thrown; what is not expected is logged with its stack. */
  explain(error: unknown): string;
}
