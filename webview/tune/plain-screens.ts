/** The screens without much on them: looking through the folder, and failure. */
import type { FailedState, FromTunePage, ScanningState } from '../../src/contract/tune-page';
import { element } from '../dom';
import { text } from '../strings';
import { button } from './controls';

export function scanningScreen({ folder }: ScanningState): HTMLElement {
  return element(
    'section',
    { class: 'progress' },
    element('progress', { 'aria-labelledby': 'status' }),
    element('p', { id: 'status', role: 'status' }, text('scanning', folder)),
  );
}

export function failedScreen({ error, canResume }: FailedState, send: (message: FromTunePage) => void): HTMLElement {
  const back = button('back', canResume ? 'secondary' : 'primary', () => {
    send({ type: 'rescan' });
  });
  const retry = button('retry', 'primary', () => {
    send({ type: 'go-on' });
  });
  const log = button('showLog', 'secondary', () => {
    send({ type: 'show-log' });
  });
  return element(
    'section',
    {},
    element('h2', {}, text('failed')),
    element('p', { class: 'error', role: 'alert' }, error),
    element('div', { class: 'line' }, ...(canResume ? [retry] : []), back, log),
  );
}
