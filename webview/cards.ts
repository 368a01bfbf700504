/** The variants as a listbox: look, choose by click or keyboard. */
import type { PanelState, VariantCard } from '../src/contract/panel-page';
import { element, icon, setAttributes, setText } from './dom';
import { text } from './strings';

export interface CardActions {
  readonly onSelection: (selected: readonly number[]) => void;
  readonly onSave: () => void;
  readonly onStop: () => void;
}

interface Card {
  readonly root: HTMLElement;
  readonly image: HTMLImageElement;
  readonly caption: HTMLElement;
}

export class Cards {
  readonly root = element('div', {
    class: 'cards',
    id: 'cards',
    role: 'listbox',
    'aria-multiselectable': 'true',
    'aria-label': text('grid'),
    'aria-describedby': 'keys',
  });
  readonly #actions: CardActions;
  readonly #selected = new Set<number>();
  #cards: Card[] = [];
  #state: readonly VariantCard[] = [];
  #active = 0;

  constructor(actions: CardActions) {
    this.#actions = actions;
    this.root.addEventListener('keydown', (event) => {
      if (this.#key(event)) event.preventDefault();
    });
  }

  /** Chosen variants that are finished, in order. */
  get selected(): number[] {
    return this.#state.filter(({ index, finished }) => finished && this.#selected.has(index)).map(({ index }) => index);
  }

  restore(selected: readonly number[]): void {
    for (const index of selected) this.#selected.add(index);
  }

  clear(): void {
    this.#selected.clear();
    this.#active = 0;
  }

  update({ cards }: PanelState): void {
    this.#state = cards;
    if (this.#cards.length !== cards.length) {
      this.#cards = cards.map((_, i) => this.#make(i));
      this.root.replaceChildren(...this.#cards.map(({ root }) => root));
    }
    cards.forEach((card, i) => {
      this.#show(i, card);
    });
  }

  focus(): void {
    this.#cards[this.#active]?.root.focus();
  }

  #make(i: number): Card {
    const image = element('img', { alt: '' });
    const caption = element('span', { class: 'caption' });
    const root = element(
      'div',
      { class: 'card', role: 'option' },
      element('div', { class: 'checker' }, image),
      caption,
      element('span', { class: 'tick' }, icon('check')),
    );
    // Small icons are shown enlarged, and smoothing would blur them; a picture larger than its card is made smaller, smoothly.
    image.addEventListener('load', () => {
      image.classList.toggle('enlarged', image.naturalWidth < image.clientWidth);
    });
    root.addEventListener('click', () => {
      this.#activate(i);
      this.#toggle(i);
    });
    return { root, image, caption };
  }

  #show(i: number, state: VariantCard): void {
    const card = this.#cards[i];
    if (card === undefined) return;
    const { root, image, caption } = card;
    if (state.uri !== undefined && image.getAttribute('src') !== state.uri) image.src = state.uri;
    setAttributes(image, { hidden: state.uri === undefined });
    // The caption names the option: what is seen and what is read out are the same words.
    const label = state.finished ? text('variant', i + 1, state.seed) : text('variantPending', i + 1);
    setText(caption, state.savedAs === undefined ? label : `${label}, ${text('saved', state.savedAs)}`);
    setAttributes(root, {
      'aria-selected': String(this.#selected.has(state.index)),
      'aria-busy': state.finished ? undefined : 'true',
      'aria-disabled': state.finished ? undefined : 'true',
      tabindex: i === this.#active ? '0' : '-1',
    });
  }

  #key(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const move = this.#moveFor(event.key);
    if (move !== undefined) {
      this.#activate(Math.min(Math.max(move, 0), this.#cards.length - 1));
      this.focus();
      return true;
    }
    if (event.key === ' ') this.#toggle(this.#active);
    else if (event.key === 'Enter') this.#enter();
    else if (event.key === 'Escape') this.#actions.onStop();
    else if (/^[1-9]$/.test(event.key)) this.#toggle(Number(event.key) - 1);
    else return false;
    return true;
  }

  #moveFor(key: string): number | undefined {
    const columns = this.#columns();
    const moves: Readonly<Record<string, number>> = {
      ArrowRight: this.#active + 1,
      ArrowLeft: this.#active - 1,
      ArrowDown: this.#active + columns,
      ArrowUp: this.#active - columns,
      Home: 0,
      End: this.#cards.length - 1,
    };
    return moves[key];
  }

  #columns(): number {
    const top = this.#cards[0]?.root.offsetTop;
    return Math.max(this.#cards.filter(({ root }) => root.offsetTop === top).length, 1);
  }

  /** Enter with nothing chosen means the one in focus. */
  #enter(): void {
    if (this.selected.length === 0) this.#toggle(this.#active);
    this.#actions.onSave();
  }

  #activate(i: number): void {
    this.#active = i;
    this.#refresh();
  }

  #toggle(i: number): void {
    const card = this.#state[i];
    if (!card?.finished) return;
    if (!this.#selected.delete(card.index)) this.#selected.add(card.index);
    this.#refresh();
    this.#actions.onSelection(this.selected);
  }

  #refresh(): void {
    this.#state.forEach((card, i) => {
      this.#show(i, card);
    });
  }
}
