/** The review: which icons, under which names, and how long it will take. */
import type { FromTunePage, ReviewState, ToTunePage } from '../../src/contract/tune-page';
import { ICON_COUNT } from '../../src/domain/limits';
import { element, setAttributes, setText } from '../dom';
import { text } from '../strings';
import { button, duration, gigabytes } from './controls';
import { IconList } from './icon-list';
import { TuneFormView } from './tune-form';

type Estimate = Extract<ToTunePage, { type: 'estimate' }>;

export class ReviewScreen {
  readonly root: HTMLElement;
  readonly #list: IconList;
  readonly #form: TuneFormView;
  readonly #counts = element('p', { class: 'hint', role: 'status' });
  readonly #estimate = element('p', { id: 'estimate', role: 'status' }, text('estimating'));
  readonly #problem = element('p', { class: 'problem', role: 'alert' });
  readonly #start: HTMLElement;

  constructor(
    private readonly state: ReviewState,
    private readonly send: (message: FromTunePage) => void,
  ) {
    this.#list = new IconList(state, (icon) => {
      send({ type: 'edit-icon', id: icon.id, caption: icon.caption, excluded: icon.excluded });
      this.#count();
    });
    this.#form = new TuneFormView(state.form, (form) => {
      send({ type: 'edit-form', form });
    });
    this.#start = button('start', 'primary', () => {
      this.#begin();
    });
    this.root = element(
      'section',
      { class: 'review' },
      element('p', {}, text('intro', state.icons.length, state.folder)),
      ...this.#unfinished(),
      this.#form.root,
      this.#estimate,
      this.#problem,
      element('div', { class: 'line' }, this.#start, ...this.#otherButtons()),
      this.#counts,
      this.#list.root,
      ...this.#skipped(),
    );
    this.#count();
  }

  showEstimate({ seconds, memoryBytes }: Estimate): void {
    setText(this.#estimate, text('estimate', duration(seconds), gigabytes(memoryBytes), this.state.modelLine));
  }

  #begin(): void {
    setText(this.#problem, this.#form.problem());
    if (this.#problem.textContent === '') this.send({ type: 'start' });
  }

  #count(): void {
    const chosen = this.#list.icons.filter(({ excluded }) => !excluded);
    const heldOut = chosen.filter((icon) => icon.heldOut).length;
    setText(
      this.#counts,
      chosen.length < ICON_COUNT.least
        ? text('tooFew', ICON_COUNT.least, chosen.length)
        : text('counts', chosen.length - heldOut, heldOut, this.#list.icons.length - chosen.length),
    );
    setAttributes(this.#start, { disabled: chosen.length < ICON_COUNT.least });
  }

  #otherButtons(): HTMLElement[] {
    const captions = button('saveCaptions', 'secondary', () => {
      this.send({ type: 'save-captions' });
    });
    setAttributes(captions, { title: text('saveCaptionsHint') });
    const again = button('rescan', 'secondary', () => {
      this.send({ type: 'rescan' });
    });
    return [captions, again];
  }

  #unfinished(): HTMLElement[] {
    const { unfinished, trainedBy } = this.state;
    if (trainedBy !== undefined) {
      return [element('div', { class: 'line notice' }, element('p', {}, text('trainedElsewhere', trainedBy)))];
    }
    if (unfinished === undefined) return [];
    const goOn = button('goOn', 'primary', () => {
      this.send({ type: 'go-on' });
    });
    const words = element('p', {}, text('unfinished', unfinished.step, unfinished.steps));
    return [element('div', { class: 'line notice' }, words, goOn)];
  }

  #skipped(): HTMLElement[] {
    const { skipped } = this.state;
    if (skipped.length === 0) return [];
    const rows = skipped.map(({ id, reason }) => element('li', {}, element('code', {}, id), ` ${reason}`));
    return [
      element(
        'details',
        { class: 'skipped' },
        element('summary', {}, text('skipped', skipped.length)),
        element('ul', {}, ...rows),
      ),
    ];
  }
}
