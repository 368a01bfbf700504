/** The training while it runs: where it is, how it goes, what it draws. */
import type { FromTunePage, TrainingState } from '../../src/contract/tune-page';
import { element, setAttributes, setText } from '../dom';
import { text } from '../strings';
import { button, duration, gigabytes } from './controls';
import { curves } from './curves';
import { probeGrid } from './probes';

export class TrainingScreen {
  readonly root: HTMLElement;
  readonly #bar = element('progress', { 'aria-labelledby': 'status', max: '1' });
  readonly #status = element('p', { id: 'status', role: 'status' });
  readonly #device = element('span', { class: 'hint' });
  readonly #curves = element('div', {});
  readonly #probes = element('div', {});
  readonly #pause: HTMLElement;
  readonly #resume: HTMLElement;
  readonly #stop: HTMLElement;
  readonly #discard: HTMLElement;
  #drawn: TrainingState | undefined;

  constructor(state: TrainingState, send: (message: FromTunePage) => void) {
    const act = (type: 'pause' | 'resume' | 'stop' | 'discard', appearance: 'primary' | 'secondary'): HTMLElement =>
      button(type, appearance, () => {
        send({ type });
      });
    this.#pause = act('pause', 'secondary');
    this.#resume = act('resume', 'primary');
    this.#stop = act('stop', 'secondary');
    this.#discard = act('discard', 'secondary');
    this.root = element(
      'section',
      { class: 'training' },
      element('h2', {}, text('training', state.name)),
      element(
        'div',
        { class: 'progress' },
        this.#bar,
        element('div', { class: 'line' }, this.#status, this.#device),
        element('div', { class: 'line' }, this.#pause, this.#resume, this.#stop, this.#discard),
      ),
      this.#curves,
      element('p', { class: 'hint' }, text('gaugeHint')),
      this.#probes,
    );
    this.update(state);
  }

  update(state: TrainingState): void {
    const { phase, step, steps } = state;
    const words = statusText(state);
    if (this.#status.textContent !== words) setText(this.#status, words);
    setText(this.#device, deviceText(state));
    setAttributes(this.#bar, { value: steps > 0 && phase !== 'loading' ? String(step / steps) : undefined });
    const inTraining = phase === 'training';
    setAttributes(this.#pause, { hidden: phase === 'paused', disabled: !inTraining });
    setAttributes(this.#resume, { hidden: phase !== 'paused' });
    setAttributes(this.#stop, { disabled: !(inTraining || phase === 'paused') });
    setAttributes(this.#discard, { disabled: phase === 'saving' });
    const before = this.#drawn;
    this.#drawn = state;
    if (before?.loss !== state.loss || before.gauge !== state.gauge) this.#curves.replaceChildren(curves(state));
    if (before?.probes !== state.probes) {
      this.#probes.replaceChildren(probeGrid(state.probes, text('now', state.probeStep)));
    }
  }
}

function statusText({ phase, step, steps, secondsLeft }: TrainingState): string {
  switch (phase) {
    case 'training':
      return secondsLeft === undefined
        ? text('working', step, steps)
        : text('workingLeft', step, steps, duration(secondsLeft));
    case 'paused':
      return text('paused', step, steps);
    default:
      return text(phase);
  }
}

function deviceText({ device, memoryBytes }: TrainingState): string {
  if (device === undefined) return '';
  return memoryBytes === undefined ? text('device', device) : text('deviceMemory', device, gigabytes(memoryBytes));
}
