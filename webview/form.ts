/** Prompt and settings of the panel. */
import { DRAWING } from '../src/contract/drawing-settings';
import type { PanelSettings, StyleOption } from '../src/contract/panel-page';
import { element, icon, setAttributes, setText } from './dom';
import { SettingRows } from './setting-rows';
import { text } from './strings';
import { StyleChoice } from './styles';

export interface FormActions {
  readonly onGenerate: () => void;
}

export class Form {
  readonly root: HTMLElement;
  readonly #styles = new StyleChoice();
  readonly #rows = new SettingRows(DRAWING, {
    values: { size: (value) => (value === String(DRAWING.size.off) ? text('modelSize') : `${value} × ${value}`) },
    off: text('suited'),
  });
  readonly #problem = element('p', { class: 'problem', role: 'alert' });
  readonly #generate = element('vscode-button', { id: 'generate' }, text('generate'));

  constructor({ onGenerate }: FormActions) {
    this.#addDice();
    this.root = element(
      'form',
      { class: 'form' },
      ...this.#rows.at('top'),
      element('div', { class: 'settings' }, ...this.#rows.at('line')),
      this.#styles.root,
      element(
        'details',
        {},
        element('summary', {}, text('more')),
        element('div', { class: 'more' }, ...this.#rows.at('more')),
      ),
      this.#problem,
      element('div', { class: 'actions' }, this.#generate),
    );
    this.#generate.addEventListener('click', onGenerate);
    this.#rows.control('prompt').addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) onGenerate();
    });
  }

  show(settings: PanelSettings): void {
    this.#rows.show(settings);
    this.#styles.choose(settings.styles);
  }

  /** The styles there are; to be called before `show`. */
  offerStyles(options: readonly StyleOption[]): void {
    this.#styles.offer(options);
  }

  /** The settings as typed; undefined, with the reason shown, when a number is none or there is no prompt. */
  read(): PanelSettings | undefined {
    const values = this.#rows.read();
    const problem = values.prompt === '' ? text('empty') : this.#rows.problem();
    setText(this.#problem, problem);
    return problem === '' ? { ...values, styles: this.#styles.chosen } : undefined;
  }

  setBusy(busy: boolean, again: boolean): void {
    setAttributes(this.#generate, { disabled: busy });
    setText(this.#generate, text(again ? 'generateAgain' : 'generate'));
  }

  /** A button beside the seed that draws another one. */
  #addDice(): void {
    const seed = this.#rows.control('seed');
    const attributes = { appearance: 'icon', 'aria-label': text('newSeed'), title: text('newSeed') };
    const dice = element('vscode-button', attributes, icon('sync'));
    dice.addEventListener('click', () => {
      seed.value = String(newSeed());
    });
    this.#rows.wrap('seed', (control) => element('div', { class: 'seed' }, control, dice));
  }
}

function newSeed(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) >>> 4;
}
