/** Name, style words and settings of a training. */
import type { TuneForm } from '../../src/contract/tune-page-api';
import { element } from '../dom';
import { text } from '../strings';
import type { ValueControl } from '../toolkit';
import { textField } from './controls';

interface NumberRange {
  readonly least: number;
  readonly most: number;
}

type NumberName = keyof TuneForm['settings'];

const RANGES: Readonly<Record<NumberName, NumberRange>> = {
  steps: { least: 1, most: 100_000 },
  rank: { least: 1, most: 256 },
  learningRate: { least: 1e-6, most: 0.1 },
  seed: { least: 0, most: 1e9 },
};
const NAMES = Object.keys(RANGES) as NumberName[];

export class TuneFormView {
  readonly root: HTMLElement;
  readonly #name: ValueControl;
  readonly #styleWord: ValueControl;
  readonly #numbers: Readonly<Record<NumberName, ValueControl>>;

  constructor(form: TuneForm, onChange: (form: TuneForm) => void) {
    this.#name = textField('styleName', form.name);
    this.#styleWord = textField('styleWord', form.styleWord, '32');
    const number = (name: NumberName): ValueControl => textField(name, String(form.settings[name]), '9');
    this.#numbers = {
      steps: number('steps'),
      rank: number('rank'),
      learningRate: number('learningRate'),
      seed: number('seed'),
    };
    this.root = element(
      'form',
      { class: 'form' },
      element('div', { class: 'settings' }, this.#name, this.#styleWord),
      element(
        'details',
        {},
        element('summary', {}, text('advanced')),
        element('div', { class: 'settings' }, ...Object.values(this.#numbers)),
      ),
    );
    this.root.addEventListener('change', () => {
      if (this.problem() === undefined) onChange(this.#read());
    });
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
    });
  }

  /** What is wrong with what was typed. */
  problem(): string | undefined {
    if (this.#name.value.trim() === '') return text('badName');
    const wrong = NAMES.find((name) => {
      const { least, most } = RANGES[name];
      const value = this.#number(name);
      const whole = name === 'learningRate' || Number.isInteger(value);
      return !(value >= least && value <= most && whole);
    });
    return wrong && text('badNumber', text(wrong), RANGES[wrong].least, RANGES[wrong].most);
  }

  #read(): TuneForm {
    const [steps, rank, learningRate, seed] = [
      this.#number('steps'),
      this.#number('rank'),
      this.#number('learningRate'),
      this.#number('seed'),
    ];
    return {
      name: this.#name.value.trim(),
      styleWord: this.#styleWord.value.trim(),
      settings: { steps, rank, learningRate, seed },
    };
  }

  #number(name: NumberName): number {
    const typed = this.#numbers[name].value.trim().replace(',', '.');
    return typed === '' ? NaN : Number(typed);
  }
}
