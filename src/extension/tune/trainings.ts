/** Runs one training a window, and shows it in the status bar and in a notification that can stop it. */
import * as vscode from 'vscode';
import { UserError } from '../../domain/errors';
import type { TrainingState } from '../../contract/tune-page';
import type { StatusItem } from '../status';
import { TrainingRun, type RunState, type TrainingRunOptions } from './training-run';

export class Trainings implements vscode.Disposable {
  readonly #onDidStart = new vscode.EventEmitter<TrainingRun>();
  readonly onDidStart = this.#onDidStart.event;
  #current: TrainingRun | undefined;

  constructor(private readonly status: StatusItem) {}

  /** The running training, or the last one. */
  get current(): TrainingRun | undefined {
    return this.#current;
  }

  get running(): boolean {
    return this.#current?.running === true;
  }

  /** Throws `bad-request` while another one runs. */
  begin(options: TrainingRunOptions): TrainingRun {
    if (this.running) {
      throw new UserError(
        'bad-request',
        vscode.l10n.t('A training is running already. Wait for it, or stop it first.'),
      );
    }
    const run = new TrainingRun(options);
    this.#current = run;
    const done = run.run();
    void this.#show(run, done);
    this.#onDidStart.fire(run);
    return run;
  }

  dispose(): void {
    this.#onDidStart.dispose();
  }

  async #show(run: TrainingRun, done: Promise<unknown>): Promise<void> {
    const title = vscode.l10n.t('Learning the style "{0}"', run.options.request.goal.name);
    const location = vscode.ProgressLocation.Notification;
    await vscode.window.withProgress({ location, title, cancellable: true }, async (progress, token) => {
      let shown = 0;
      const show = (state: RunState): void => {
        if (state.screen !== 'training') return;
        const part = state.steps === 0 ? 0 : (100 * state.step) / state.steps;
        progress.report({ message: phaseText(state), increment: Math.max(part - shown, 0) });
        shown = Math.max(part, shown);
        this.status.showTraining(phaseText(state));
      };
      const watch = run.onChange(show);
      token.onCancellationRequested(() => void run.act('stop').catch(() => undefined));
      show(run.state);
      await done;
      watch.dispose();
      this.status.showTraining(undefined);
    });
  }
}

/** "Step 120 of 400, 3 min left" */
export function phaseText({ phase, step, steps, secondsLeft }: TrainingState): string {
  switch (phase) {
    case 'queued':
      return vscode.l10n.t('Waiting for the running job …');
    case 'loading':
      return vscode.l10n.t('Loading the model …');
    case 'preparing':
      return vscode.l10n.t('Drawing and encoding the icons …');
    case 'training':
      return secondsLeft === undefined
        ? vscode.l10n.t('Step {0} of {1}', step, steps)
        : vscode.l10n.t('Step {0} of {1}, {2} left', step, steps, duration(secondsLeft));
    case 'paused':
      return vscode.l10n.t('Paused at step {0} of {1}', step, steps);
    case 'stopping':
      return vscode.l10n.t('Stopping; what was learned is kept …');
    case 'saving':
      return vscode.l10n.t('Saving the style …');
  }
}

/** "45 s", "3 min", "1 h 20 min" */
export function duration(seconds: number): string {
  if (seconds < 90) return vscode.l10n.t('{0} s', Math.ceil(seconds));
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90
    ? vscode.l10n.t('{0} min', minutes)
    : vscode.l10n.t('{0} h {1} min', Math.floor(minutes / 60), minutes % 60);
}
