/** Rows of a form, made from the declarations of the settings: shown, read and checked in the same way everywhere. */
import { isWithin } from '../src/domain/range';
import {
  namesWith,
  usualRange,
  type FormRow,
  type NamesWith,
  type NumberSetting,
  type Setting,
  type Settings,
  type ValuesOf,
} from '../src/contract/setting';
import { element } from './dom';
import { text } from './strings';
import type { ValueControl } from './toolkit';

interface Row {
  readonly setting: Setting;
  readonly place: FormRow['place'];
  readonly control: ValueControl;
  /** The control with its label. */
  root: HTMLElement;
}

/** How a value of a list is shown, where it does not say it itself. */
export type ValueText = (value: string) => string;

export interface RowTexts {
  /** By the names of the settings. */
  readonly values?: Readonly<Record<string, ValueText>>;
  /** For a value that is left to the model; needed where a setting has one. */
  readonly off?: string;
}

export class SettingRows<S extends Settings> {
  readonly #rows: ReadonlyMap<NamesWith<S, 'form'>, Row>;

  constructor(settings: S, texts: RowTexts = {}) {
    const rows = namesWith(settings, 'form').map((name) => [name, rowOf(name, settings[name], texts)] as const);
    this.#rows = new Map(rows);
  }

  control(name: NamesWith<S, 'form'>): ValueControl {
    return this.#row(name).control;
  }

  /** Puts something around a row; before the rows are placed. */
  wrap(name: NamesWith<S, 'form'>, around: (root: HTMLElement) => HTMLElement): void {
    const row = this.#row(name);
    row.root = around(row.root);
  }

  /** The rows of a part of the form, in the order of their declarations. */
  at(place: FormRow['place']): HTMLElement[] {
    return [...this.#rows.values()].filter((row) => row.place === place).map(({ root }) => root);
  }

  show(values: ValuesOf<S, 'form'>): void {
    for (const [name, { setting, control }] of this.#rows) {
      if (setting.form?.control === 'list') choose(control, String(values[name]));
      else control.value = isOff(setting, values[name]) ? '' : String(values[name]);
    }
  }

  /** The values as they were typed; NaN for a number that is none. */
  read(): ValuesOf<S, 'form'> {
    const values = [...this.#rows].map(([name, { setting, control }]) => {
      const typed = control.value.trim();
      return [name, setting.kind === 'number' ? numberIn(setting, typed) : typed] as const;
    });
    return Object.fromEntries(values) as ValuesOf<S, 'form'>;
  }

  /** What is wrong with the first value that is; '' when nothing is. */
  problem(): string {
    for (const { setting, control } of this.#rows.values()) {
      if (setting.kind !== 'number' || setting.form?.control === 'list') continue;
      const range = usualRange(setting);
      if (isWithin(numberIn(setting, control.value), range)) continue;
      const words = range.whole === true ? 'badWhole' : 'badNumber';
      return text(words, control.textContent.trim(), range.least, range.most);
    }
    return '';
  }

  #row(name: NamesWith<S, 'form'>): Row {
    const row = this.#rows.get(name);
    if (row === undefined) throw new Error(`there is no row ${name}`);
    return row;
  }
}

/** What people type: a comma is a point, and an empty field leaves it to the model where that can be. */
function numberIn({ off = NaN }: NumberSetting, typed: string): number {
  const plain = typed.trim().replace(',', '.');
  return plain === '' ? off : Number(plain);
}

function isOff(setting: Setting, value: unknown): boolean {
  return 'off' in setting && value === setting.off;
}

function rowOf(name: string, setting: Setting | undefined, { values: valueTexts = {}, off }: RowTexts): Row {
  if (setting?.form === undefined) throw new Error(`${name} has no row`);
  const { place, control: kind, width, offered = [], titles } = setting.form;
  const offText = 'off' in setting ? needed(off, name) : '';
  if (kind === 'list') {
    const plainText = (value: string): string =>
      'off' in setting && value === String(setting.off) ? offText : (titles?.[value] ?? value);
    const values = setting.kind === 'choice' ? setting.choices : offered.map(String);
    const control = dropdown(name, values, valueTexts[name] ?? plainText);
    return { setting, place, control, root: labelled(name, control) };
  }
  const control = kind === 'area' ? textArea(name) : textField(name, width, offText);
  return { setting, place, control, root: control };
}

function needed(offText: string | undefined, name: string): string {
  if (offText === undefined) throw new Error(`${name} can be left to the model, and there is no text for that`);
  return offText;
}

function textArea(id: string): ValueControl {
  const placeholder = text(`${id}Placeholder`);
  return element('vscode-text-area', { id, rows: '2', resize: 'vertical', placeholder }, text(id)) as ValueControl;
}

function textField(id: string, width: number | undefined, placeholder: string): ValueControl {
  const size = width === undefined ? {} : { size: String(width) };
  const hint = placeholder === '' ? {} : { placeholder };
  return element('vscode-text-field', { id, ...size, ...hint }, text(id)) as ValueControl;
}

function dropdown(id: string, values: readonly string[], valueText: ValueText): ValueControl {
  return element(
    'vscode-dropdown',
    { id, 'aria-label': text(id) },
    ...values.map((value) => element('vscode-option', { value }, valueText(value))),
  ) as ValueControl;
}

/** The toolkit's dropdown has no label of its own. */
function labelled(id: string, field: ValueControl): HTMLElement {
  return element(
    'div',
    { class: 'field' },
    element('span', { class: 'label', 'aria-hidden': 'true' }, text(id)),
    field,
  );
}

/** A value that the list lacks (from a setting) is added to it. */
function choose(field: ValueControl, wanted: string): void {
  if (![...field.children].some((option) => option.getAttribute('value') === wanted)) {
    field.append(element('vscode-option', { value: wanted }, wanted));
  }
  field.value = wanted;
  // The toolkit reads its options only after they are connected.
  requestAnimationFrame(() => {
    field.value = wanted;
  });
}
