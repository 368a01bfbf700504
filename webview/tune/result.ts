/** The finished style: what came of it, before and after side by side, and how to use it. */
import type { FinishedState, FromTunePage } from '../../src/contract/tune-page';
import { element } from '../dom';
import { text } from '../strings';
import { button } from './controls';
import { curves } from './curves';
import { probeGrid } from './probes';

export class ResultScreen {
  readonly root: HTMLElement;

  constructor(state: FinishedState, send: (message: FromTunePage) => void) {
    const act = (id: string, type: 'use-style' | 'reveal-style' | 'rescan'): HTMLElement =>
      button(id, type === 'use-style' ? 'primary' : 'secondary', () => {
        send({ type });
      });
    this.root = element(
      'section',
      { class: 'result' },
      element('h2', {}, text('finished', state.name)),
      element('p', { role: 'status' }, `${endText(state)} ${text('savedIn', state.folder)}`),
      element('ul', { class: 'notices' }, ...state.notices.map((notice) => element('li', {}, notice))),
      element(
        'div',
        { class: 'line' },
        act('useStyle', 'use-style'),
        act('reveal', 'reveal-style'),
        act('back', 'rescan'),
      ),
      probeGrid(state.probes, text('after', state.bestStep)),
      curves(state),
      element('p', { class: 'hint' }, text('gaugeHint')),
    );
  }
}

function endText({ ended, steps, bestStep }: FinishedState): string {
  const key = { finished: 'endedFinished', stopped: 'endedStopped', 'gauge-rose': 'endedGauge' }[ended];
  return text(key, steps, bestStep);
}
