/** The icons of the set: thumbnail, editable caption, in or out. Thousands are made in parts, so that the page stays quick. */
import { printable } from '../../src/domain/printable';
import type { ReviewIcon, ReviewState } from '../../src/contract/tune-page';
import { element, icon as symbol, setAttributes } from '../dom';
import { text } from '../strings';

/** Cards made at once; more come while the user scrolls. */
const PART = 120;

export class IconList {
  readonly root: HTMLElement;
  readonly #icons: ReviewIcon[];
  readonly #list = element('ul', { class: 'icons', 'aria-label': text('icons') });
  readonly #end = element('div', { class: 'end', 'aria-hidden': 'true' });
  readonly #onEnd = new IntersectionObserver((entries) => {
    if (entries.some(({ isIntersecting }) => isIntersecting)) this.#more();
  });
  #shown: ReviewIcon[];

  constructor(
    { icons, groups }: ReviewState,
    private readonly onChange: (icon: ReviewIcon) => void,
  ) {
    this.#icons = [...icons];
    this.#shown = this.#icons;
    this.root = element('div', {}, ...this.#groupChoice(groups), this.#list, this.#end);
    this.#more();
  }

  get icons(): readonly ReviewIcon[] {
    return this.#icons;
  }

  #groupChoice(groups: ReviewState['groups']): HTMLElement[] {
    if (groups.length < 2) return [];
    const choice = element(
      'select',
      { id: 'group', 'aria-label': text('group') },
      element('option', { value: '' }, text('allGroups', this.#icons.length)),
      ...groups.map(({ id, label, count }) => element('option', { value: id }, `${label} (${count})`)),
    );
    choice.addEventListener('change', () => {
      this.#shown = this.#icons.filter(({ group }) => choice.value === '' || group === choice.value);
      this.#list.replaceChildren();
      this.#more();
    });
    return [choice];
  }

  #more(): void {
    const from = this.#list.children.length;
    this.#list.append(...this.#shown.slice(from, from + PART).map((icon) => this.#card(icon.id)));
    setAttributes(this.#end, { hidden: this.#list.children.length >= this.#shown.length });
    // Observed anew: an end that stays in sight is reported only once.
    this.#onEnd.unobserve(this.#end);
    this.#onEnd.observe(this.#end);
  }

  #card(id: string): HTMLElement {
    const icon = this.#find(id);
    const caption = element('input', { type: 'text', 'aria-label': text('caption', id), title: id });
    caption.value = printable(icon.caption);
    caption.addEventListener('change', () => {
      this.#set({ ...this.#find(id), caption: caption.value });
    });
    const toggle = element('button', { class: 'item-action', type: 'button' });
    const card = element(
      'li',
      { class: 'icon' },
      element('span', { class: 'checker' }, element('img', { src: icon.uri, alt: '', loading: 'lazy' })),
      caption,
      ...(icon.heldOut ? [element('span', { class: 'badge', title: text('heldOutHint') }, text('heldOut'))] : []),
      toggle,
    );
    const show = ({ excluded }: ReviewIcon): void => {
      const label = text(excluded ? 'include' : 'exclude', icon.caption);
      setAttributes(toggle, { 'aria-label': label, title: label, 'aria-pressed': String(excluded) });
      toggle.replaceChildren(symbol(excluded ? 'add' : 'close'));
      card.classList.toggle('excluded', excluded);
    };
    toggle.addEventListener('click', () => {
      const current = this.#find(id);
      show(this.#set({ ...current, excluded: !current.excluded }));
    });
    show(icon);
    return card;
  }

  #find(id: string): ReviewIcon {
    const icon = this.#icons.find((other) => other.id === id);
    if (icon === undefined) throw new Error(`no icon ${id}`);
    return icon;
  }

  #set(icon: ReviewIcon): ReviewIcon {
    const at = this.#icons.findIndex(({ id }) => id === icon.id);
    this.#icons[at] = icon;
    const shown = this.#shown.findIndex(({ id }) => id === icon.id);
    if (shown >= 0) this.#shown[shown] = icon;
    this.onChange(icon);
    return icon;
  }
}
