/** Name, style words and settings of a training. */
import type { TuneForm } from '../../src/contract/tune-page';
import { TRAINING } from '../../src/contract/training-settings';
import { element } from '../dom';
import { SettingRows } from '../setting-rows';
import { text } from '../strings';
import type { ValueControl } from '../toolkit';
import { textField } from './controls';

export class TuneFormView {
  readonly root: HTMLElement;
  readonly #name: ValueControl;
  readonly #styleWord: ValueControl;
  readonly #rows = new SettingRows(TRAINING);

  constructor(form: TuneForm, onChange: (form: TuneForm) => void) {
    this.#name = textField('styleName', form.name);
    this.#styleWord = textField('styleWord', form.styleWord, '32');
    this.#rows.show(form.settings);
    this.root = element(
      'form',
      { class: 'form' },
      element('div', { class: 'settings' }, this.#name, this.#styleWord),
      element(
        'details',
        {},
        element('summary', {}, text('advanced')),
        element('div', { class: 'settings' }, ...this.#rows.at('line')),
      ),
    );
    this.root.addEventListener('change', () => {
      if (this.problem() === '') onChange(this.#read());
    });
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
    });
  }

  /** What is wrong with what was typed; '' when nothing is. */
  problem(): string {
    return this.#name.value.trim() === '' ? text('badName') : this.#rows.problem();
  }

  #read(): TuneForm {
    return {
      name: this.#name.value.trim(),
      styleWord: this.#styleWord.value.trim(),
      settings: this.#rows.read(),
    };
  }
}
