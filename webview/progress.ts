/** What is going on, as a bar, as words, and for screen readers. */
import type { PanelState } from '../src/contract/panel-page';
import { element, setAttributes, setText } from './dom';
import { text } from './strings';

export interface ProgressActions {
  readonly onStop: () => void;
  readonly onStopNow: () => void;
  readonly onRetry: () => void;
  readonly onShowLog: () => void;
}

export const BUSY = new Set<PanelState['phase']>(['queued', 'loading', 'working', 'stopping']);

export class Progress {
  readonly root: HTMLElement;
  readonly #bar = element('progress', { 'aria-labelledby': 'status', max: '1' });
  readonly #status = element('p', { id: 'status', role: 'status' });
  readonly #error = element('p', { class: 'error', role: 'alert' });
  readonly #notices = element('ul', { class: 'notices' });
  readonly #stop = button('stop', 'secondary');
  readonly #stopNow = button('stopNow', 'secondary', text('stopNowHint'));
  readonly #retry = button('retry', 'primary');
  readonly #log = button('showLog', 'secondary');

  constructor(actions: ProgressActions) {
    this.#stop.addEventListener('click', actions.onStop);
    this.#stopNow.addEventListener('click', actions.onStopNow);
    this.#retry.addEventListener('click', actions.onRetry);
    this.#log.addEventListener('click', actions.onShowLog);
    this.root = element(
      'section',
      { class: 'progress' },
      this.#bar,
      element('div', { class: 'line' }, this.#status, this.#stop, this.#stopNow),
      this.#error,
      element('div', { class: 'line' }, this.#retry, this.#log),
      this.#notices,
    );
  }

  update(state: PanelState): void {
    const busy = BUSY.has(state.phase);
    const words = statusText(state);
    // Written only when it changes: a live region repeats whatever is set.
    if (this.#status.textContent !== words) setText(this.#status, words);
    setAttributes(this.#bar, {
      hidden: !busy,
      value: state.step > 0 ? String(state.step / Math.max(state.steps, 1)) : undefined,
    });
    setAttributes(this.#stop, { hidden: !busy, disabled: state.phase === 'stopping' });
    setAttributes(this.#stopNow, { hidden: !state.canStopNow });
    const failed = state.phase === 'failed';
    const error = failed ? (state.error ?? '') : '';
    if (this.#error.textContent !== error) setText(this.#error, error);
    setAttributes(this.#error, { hidden: !failed });
    setAttributes(this.#retry, { hidden: !failed && state.phase !== 'stopped' });
    setAttributes(this.#log, { hidden: !failed });
    this.#notices.replaceChildren(...state.notices.map((notice) => element('li', {}, notice)));
  }
}

function statusText(state: PanelState): string {
  switch (state.phase) {
    case 'idle':
      return state.settings.prompt === '' ? text('empty') : text('idle');
    case 'queued':
      return text('queued', state.position ?? 1);
    case 'working':
      return state.step === 0
        ? text('starting')
        : text('working', state.step, state.steps, Math.ceil(state.secondsLeft ?? 0));
    case 'done':
      return text('done', state.cards.length);
    case 'loading':
    case 'stopping':
    case 'stopped':
    case 'failed':
      return text(state.phase);
  }
}

function button(id: string, appearance: 'primary' | 'secondary', title?: string): HTMLElement {
  return element('vscode-button', { id, appearance, title, hidden: true }, text(id));
}
