/** The fine-tuning page: one screen at a time, as the host says. */
import type { FromTunePage, RememberedTuning, ToTunePage, TuneState } from '../src/contract/tune-page';
import { appRoot, element } from './dom';
import { Host } from './host';
import { text } from './strings';
import { registerControls } from './toolkit';
import { failedScreen, scanningScreen } from './tune/plain-screens';
import { ReviewScreen } from './tune/review';
import { ResultScreen } from './tune/result';
import { TrainingScreen } from './tune/training';

registerControls();
const host = new Host<{ out: FromTunePage; in: ToTunePage; saved: RememberedTuning }>();
const send = (message: FromTunePage): void => {
  host.send(message);
};
const place = element('div', {});
let training: TrainingScreen | undefined;
let review: ReviewScreen | undefined;

appRoot().append(element('h1', {}, text('title')), place);
host.listen(['state', 'estimate', 'remember'], (message) => {
  if (message.type === 'state') show(message.state);
  else if (message.type === 'estimate') review?.showEstimate(message);
  else host.remember(message.tuning);
});
send({ type: 'ready' });

function show(state: TuneState): void {
  if (state.screen === 'training' && training !== undefined) {
    training.update(state);
    return;
  }
  training = undefined;
  review = undefined;
  place.replaceChildren(screenOf(state));
}

function screenOf(state: TuneState): HTMLElement {
  switch (state.screen) {
    case 'scanning':
      return scanningScreen(state);
    case 'review':
      review = new ReviewScreen(state, send);
      return review.root;
    case 'training':
      training = new TrainingScreen(state, send);
      return training.root;
    case 'finished':
      return new ResultScreen(state, send).root;
    case 'failed':
      return failedScreen(state, send);
  }
}
