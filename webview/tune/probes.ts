/** The probe grid: each name before and after, side by side. */
import type { ProbePair } from '../../src/contract/tune-page';
import { element } from '../dom';
import { text } from '../strings';

/** `after` names the right-hand pictures. */
export function probeGrid(probes: readonly ProbePair[], after: string): HTMLElement {
  const picture = (uri: string | undefined, label: string): HTMLElement =>
    element(
      'figure',
      {},
      element(
        'span',
        { class: 'checker' },
        uri === undefined
          ? element('span', { class: 'not-yet' }, text('notYet'))
          : element('img', { src: uri, alt: '' }),
      ),
      element('figcaption', {}, label),
    );
  const pair = ({ name, before, after: now }: ProbePair): HTMLElement =>
    element(
      'li',
      { class: 'probe' },
      element('span', { class: 'caption' }, name),
      element('div', { class: 'pair' }, picture(before, text('before')), picture(now, after)),
    );
  return element(
    'section',
    { class: 'probes' },
    element('h2', {}, text('probes')),
    element('ul', {}, ...probes.map(pair)),
  );
}
