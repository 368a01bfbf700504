/** A training's progress on the status line. */
import type { TuneProgress } from '../contract/tune-api';
import type { StatusLine } from './console';
import { durationText } from './values';

const PHASES: Readonly<Record<TuneProgress['phase'], string>> = {
  queued: 'waiting',
  loading: 'loading the model',
  preparing: 'reading the icons',
  training: 'training',
  paused: 'paused',
  saving: 'saving the style',
};

export class TuneStatus {
  #loss = '';
  #gauge = '';
  #left = '';

  constructor(private readonly status: StatusLine) {}

  /** Off a terminal there is a line for each phase and each reading of the gauge. */
  update({ phase, step, steps, loss, gauge, secondsLeft, device }: TuneProgress): void {
    if (loss !== undefined) this.#loss = `, loss ${loss.value.toPrecision(3)}`;
    if (gauge !== undefined) this.#gauge = `, gauge ${gauge.value.toPrecision(4)} at step ${gauge.step}`;
    if (secondsLeft !== undefined) this.#left = `, ${durationText(secondsLeft)} left`;
    const count = step === undefined || steps === undefined ? '' : `, ${step} of ${steps}`;
    const on = device === undefined ? '' : ` (${device})`;
    if (phase === 'training')
      this.status.show(`${PHASES.training}${this.#gauge}`, `${count}${this.#loss}${this.#left}${on}`);
    else this.status.show(PHASES[phase], phase === 'preparing' ? count : '');
  }
}
