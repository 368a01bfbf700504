/** Small helpers to make elements; text is always text, never HTML, and always printable: captions and prompts come from strangers' files. */
import { printableLines } from '../src/domain/printable';

type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/** An element with attributes (true = present, false and undefined = absent) and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes?: Attributes,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K];
export function element(tag: string, attributes?: Attributes, ...children: (Node | string)[]): HTMLElement;
export function element(tag: string, attributes: Attributes = {}, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  made.append(...children.map((child) => (typeof child === 'string' ? printableLines(child) : child)));
  return made;
}

export function setAttributes(target: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) target.removeAttribute(name);
    else target.setAttribute(name, value === true ? '' : printableLines(value));
  }
}

export function setText(target: Element, content: string): void {
  target.textContent = printableLines(content);
}

/** A codicon; decorative, so hidden from screen readers. */
export function icon(name: string): HTMLElement {
  return element('span', { class: `codicon codicon-${name}`, 'aria-hidden': 'true' });
}

/** The page's only root element. */
export function appRoot(): HTMLElement {
  const root = document.getElementById('app');
  if (root === null) throw new Error('the page has no #app element');
  return root;
}
