/** The workspace's styles, each switched on or off and with its strength. */
import { LORA_WEIGHT } from '../src/contract/drawing-settings';
import type { ChosenStyle, StyleOption } from '../src/contract/panel-page';
import { element, setAttributes, setText } from './dom';
import { text } from './strings';

const STEP = 0.05;

interface Row {
  readonly option: StyleOption;
  readonly box: HTMLInputElement;
  readonly strength: HTMLInputElement;
  readonly value: HTMLElement;
}

export class StyleChoice {
  readonly root = element('fieldset', { class: 'styles', hidden: true });
  #rows: Row[] = [];

  /** Rows are made anew only when there are other styles: what the user is moving stays. */
  offer(options: readonly StyleOption[]): void {
    if (JSON.stringify(options) === JSON.stringify(this.#rows.map(({ option }) => option))) return;
    const chosen = this.chosen;
    this.#rows = options.map(rowOf);
    this.root.replaceChildren(
      element('legend', {}, text('styles')),
      ...this.#rows.map(({ option, box, strength, value }) => {
        const label = element('label', { title: option.refusal }, box, option.name);
        const refusal = option.refusal === undefined ? [] : [element('span', { class: 'hint' }, option.refusal)];
        return element('div', { class: 'style' }, label, strength, value, ...refusal);
      }),
    );
    setAttributes(this.root, { hidden: options.length === 0 });
    this.choose(chosen);
  }

  choose(styles: readonly ChosenStyle[]): void {
    for (const row of this.#rows) {
      const style = styles.find(({ name }) => name === row.option.name);
      row.box.checked = style !== undefined && row.option.refusal === undefined;
      if (style !== undefined) row.strength.value = String(style.weight);
      show(row);
    }
  }

  get chosen(): ChosenStyle[] {
    return this.#rows
      .filter(({ box }) => box.checked)
      .map(({ option, strength }) => ({ name: option.name, weight: Number(strength.value) }));
  }
}

function rowOf(option: StyleOption): Row {
  const refused = option.refusal !== undefined;
  const row: Row = {
    option,
    box: element('input', { type: 'checkbox', disabled: refused }),
    strength: element('input', {
      type: 'range',
      min: String(LORA_WEIGHT.usual.least),
      max: String(LORA_WEIGHT.usual.most),
      step: String(STEP),
      'aria-label': text('strength', option.name),
    }),
    value: element('output', {}),
  };
  row.strength.value = String(LORA_WEIGHT.default);
  row.box.addEventListener('change', () => {
    show(row);
  });
  row.strength.addEventListener('input', () => {
    show(row);
  });
  return row;
}

function show({ box, strength, value }: Row): void {
  setAttributes(strength, { disabled: !box.checked });
  setText(value, `${Math.round(100 * Number(strength.value))} %`);
}
