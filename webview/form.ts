/** Prompt and settings of the panel. */
import type { PanelSettings, StyleOption } from '../src/contract/webview-api';
import { element, icon, setAttributes, setText } from './dom';
import { text } from './strings';
import { StyleChoice } from './styles';
import type { ValueControl } from './toolkit';

const STEPS = [1, 2, 4, 6, 8];
const COUNTS = [1, 2, 4, 6, 8];
/** 0 = the model's own size. */
const SIZES = [0, 64, 128, 256, 512, 768];
const MAX_GUIDANCE = 20;

export interface FormActions {
  readonly onGenerate: () => void;
}

export class Form {
  readonly root: HTMLElement;
  readonly #styles = new StyleChoice();
  readonly #prompt: ValueControl;
  readonly #negative: ValueControl;
  readonly #steps: ValueControl;
  readonly #count: ValueControl;
  readonly #size: ValueControl;
  readonly #guidance: ValueControl;
  readonly #seed: ValueControl;
  readonly #problem = element('p', { class: 'problem', role: 'alert' });
  readonly #generate = element('vscode-button', { id: 'generate' }, text('generate'));

  constructor({ onGenerate }: FormActions) {
    this.#prompt = control(
      'vscode-text-area',
      { id: 'prompt', rows: '2', resize: 'vertical', placeholder: text('promptPlaceholder') },
      text('prompt'),
    );
    this.#negative = control('vscode-text-field', { id: 'negative' }, text('negativePrompt'));
    this.#steps = dropdown('steps', STEPS.map(String));
    this.#count = dropdown('variants', COUNTS.map(String));
    this.#size = dropdown('size', SIZES.map(String), (value) =>
      value === '0' ? text('modelSize') : `${value} × ${value}`,
    );
    this.#guidance = control('vscode-text-field', { id: 'guidance', size: '5' }, text('guidance'));
    this.#seed = control('vscode-text-field', { id: 'seed', size: '11' }, text('seed'));
    const dice = element(
      'vscode-button',
      { appearance: 'icon', 'aria-label': text('newSeed'), title: text('newSeed') },
      icon('sync'),
    );
    dice.addEventListener('click', () => {
      this.#seed.value = String(newSeed());
    });
    this.root = element(
      'form',
      { class: 'form' },
      this.#prompt,
      element(
        'div',
        { class: 'settings' },
        labelled('steps', this.#steps),
        labelled('variants', this.#count),
        labelled('size', this.#size),
        this.#guidance,
        element('div', { class: 'seed' }, this.#seed, dice),
      ),
      this.#styles.root,
      element('details', {}, element('summary', {}, text('more')), this.#negative),
      this.#problem,
      element('div', { class: 'actions' }, this.#generate),
    );
    this.#generate.addEventListener('click', onGenerate);
    this.#prompt.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) onGenerate();
    });
  }

  show(settings: PanelSettings): void {
    this.#prompt.value = settings.prompt;
    this.#negative.value = settings.negativePrompt;
    choose(this.#steps, settings.steps);
    choose(this.#count, settings.count);
    choose(this.#size, settings.size);
    this.#guidance.value = String(settings.guidance);
    this.#seed.value = String(settings.seed);
    this.#styles.choose(settings.styles);
  }

  /** The styles there are; to be called before `show`. */
  offerStyles(options: readonly StyleOption[]): void {
    this.#styles.offer(options);
  }

  /** The settings as typed; undefined, with the reason shown, when a number is none or there is no prompt. */
  read(): PanelSettings | undefined {
    setText(this.#problem, '');
    const guidance = this.#number(this.#guidance, MAX_GUIDANCE);
    const seed = this.#number(this.#seed, Number.MAX_SAFE_INTEGER);
    const prompt = this.#prompt.value.trim();
    if (prompt === '') setText(this.#problem, text('empty'));
    if (prompt === '' || guidance === undefined || seed === undefined) return undefined;
    return {
      prompt,
      negativePrompt: this.#negative.value.trim(),
      steps: Number(this.#steps.value),
      count: Number(this.#count.value),
      size: Number(this.#size.value),
      guidance,
      seed: Math.floor(seed),
      styles: this.#styles.chosen,
    };
  }

  setBusy(busy: boolean, again: boolean): void {
    setAttributes(this.#generate, { disabled: busy });
    setText(this.#generate, text(again ? 'generateAgain' : 'generate'));
  }

  #number(field: ValueControl, max: number): number | undefined {
    const value = Number(field.value.trim().replace(',', '.'));
    if (field.value.trim() !== '' && Number.isFinite(value) && value >= 0 && value <= max) return value;
    setText(this.#problem, `${field.textContent.trim()}: ${text('badNumber', 0, max)}`);
    return undefined;
  }
}

function control(tag: string, attributes: Readonly<Record<string, string>>, label: string): ValueControl {
  return element(tag, attributes, label) as ValueControl;
}

function dropdown(
  id: string,
  values: readonly string[],
  label: (value: string) => string = (value) => value,
): ValueControl {
  return element(
    'vscode-dropdown',
    { id, 'aria-label': text(id) },
    ...values.map((value) => element('vscode-option', { value }, label(value))),
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
function choose(field: ValueControl, value: number): void {
  const wanted = String(value);
  if (![...field.children].some((option) => option.getAttribute('value') === wanted)) {
    field.append(element('vscode-option', { value: wanted }, wanted));
  }
  field.value = wanted;
  // The toolkit reads its options only after they are connected.
  requestAnimationFrame(() => {
    field.value = wanted;
  });
}

function newSeed(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) >>> 4;
}
