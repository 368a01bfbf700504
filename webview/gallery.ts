/** The gallery in the side bar: every generated picture of the workspace, as thumbnails. */
import type { FromGallery, GalleryItem, GalleryState, ToGallery } from '../src/contract/gallery-page';
import { appRoot, element, icon, setAttributes, setText } from './dom';
import { Host } from './host';
import { text } from './strings';
import { registerControls } from './toolkit';

type ItemAction = 'open' | 'reveal' | 'copy-path' | 'again';

registerControls();
const host = new Host<{ out: FromGallery; in: ToGallery; saved: object }>();
const status = element('p', { role: 'status', class: 'status' }, text('loading'));
const list = element('ul', { class: 'gallery', 'aria-label': text('list'), hidden: true });
const hint = element('p', { class: 'hint' }, text('hint'));
const generate = element('vscode-button', { id: 'generate' }, text('generate'));
const empty = element('div', { class: 'empty', hidden: true }, hint, generate);

generate.addEventListener('click', () => {
  host.send({ type: 'generate' });
});
appRoot().append(element('h1', { class: 'hidden' }, text('list')), status, empty, list);
host.listen(['state'], ({ state }) => {
  show(state);
});
host.send({ type: 'ready' });

function show({ loading, items, truncated }: GalleryState): void {
  setText(status, statusText({ loading, items, truncated }));
  setAttributes(status, { hidden: status.textContent === '' });
  setAttributes(empty, { hidden: loading || items.length > 0 });
  setAttributes(list, { hidden: items.length === 0 });
  list.replaceChildren(...items.map(thumbnail));
}

function statusText({ loading, items, truncated }: GalleryState): string {
  if (loading) return text('loading');
  if (items.length === 0) return text('empty');
  return truncated ? text('truncated', items.length) : '';
}

function thumbnail(item: GalleryItem): HTMLElement {
  const name = item.path.split('/').at(-1) ?? item.path;
  const open = element(
    'button',
    {
      class: 'thumbnail',
      title: `${item.path}\n${item.prompt}`,
      'aria-label': `${text('open')}: ${text('item', name, item.prompt)}`,
    },
    element('span', { class: 'checker' }, element('img', { src: item.uri, alt: '', loading: 'lazy' })),
    element('span', { class: 'caption' }, name),
  );
  open.addEventListener('click', () => {
    send('open', item);
  });
  const actions = element(
    'span',
    { class: 'item-actions' },
    action('again', 'sync', item, name),
    action('reveal', 'folder-opened', item, name),
    action('copy-path', 'copy', item, name),
  );
  return element('li', { class: 'item' }, open, actions);
}

const LABELS = { again: 'again', reveal: 'reveal', 'copy-path': 'copyPath', open: 'open' } as const;

function action(type: ItemAction, symbol: string, item: GalleryItem, name: string): HTMLElement {
  const label = text(LABELS[type]);
  const button = element(
    'button',
    { class: 'item-action', title: label, 'aria-label': `${label}: ${name}` },
    icon(symbol),
  );
  button.addEventListener('click', () => {
    send(type, item);
  });
  return button;
}

function send(type: ItemAction, { path }: GalleryItem): void {
  host.send({ type, path });
}
