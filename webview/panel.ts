/** The variants panel. The host owns the state; this page draws it and keeps only the choice of cards. */
import type { FromPanel, PanelSettings, PanelState, ToPanel } from '../src/contract/panel-page';
import { Cards } from './cards';
import { appRoot, element, icon, setAttributes, setText } from './dom';
import { Form } from './form';
import { Host } from './host';
import { BUSY, Progress } from './progress';
import { text } from './strings';
import { registerControls } from './toolkit';

interface Saved {
  readonly settings: PanelSettings;
  readonly selected: readonly number[];
}

registerControls();
const host = new Host<{ out: FromPanel; in: ToPanel; saved: Saved }>();
const form = new Form({ onGenerate: generate });
const progress = new Progress({
  onStop: stop,
  onStopNow: () => {
    host.send({ type: 'stop-now' });
  },
  onRetry: generate,
  onShowLog: () => {
    host.send({ type: 'show-log' });
  },
});
const cards = new Cards({ onSelection: selectionChanged, onSave: save, onStop: stop });
// No span: the toolkit makes spans in buttons as wide as an icon.
const saveLabel = element('div', {}, text('save'));
const saveButton = element(
  'vscode-button',
  { id: 'save', disabled: true },
  element('span', { slot: 'start' }, icon('save')),
  saveLabel,
);
const modelLine = element('span', { class: 'model' });
let shown: PanelState | undefined;

saveButton.addEventListener('click', save);
appRoot().append(
  element('h1', { class: 'hidden' }, text('grid')),
  form.root,
  progress.root,
  cards.root,
  element('footer', {}, saveButton, element('span', { id: 'keys', class: 'keys' }, text('keys')), modelLine),
);
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') stop();
});
cards.restore(host.saved.selected ?? []);
host.listen(['state'], ({ state }) => {
  show(state);
});
host.send({ type: 'ready' });

function show(state: PanelState): void {
  const before = shown;
  shown = state;
  const started = state.phase === 'loading' && before?.phase !== 'loading';
  if (started) cards.clear();
  form.offerStyles(state.styles);
  if (before?.settings !== state.settings) showSettings(state.settings, before?.settings);
  const busy = BUSY.has(state.phase);
  form.setBusy(busy, state.cards.length > 0);
  progress.update(state);
  cards.update(state);
  setAttributes(cards.root, { hidden: state.cards.length === 0 });
  setText(modelLine, state.modelLine);
  selectionChanged(cards.selected);
  // Only from work to done: a state that is sent again must not take the focus away.
  if (state.phase === 'done' && before !== undefined && BUSY.has(before.phase)) cards.focus();
}

/** What the user is typing stays: the form is filled only when the host's settings are others than before. */
function showSettings(settings: PanelSettings, before: PanelSettings | undefined): void {
  if (before !== undefined && JSON.stringify(before) === JSON.stringify(settings)) return;
  form.show(settings);
  host.save({ settings });
}

function generate(): void {
  if (shown !== undefined && BUSY.has(shown.phase)) return;
  const settings = form.read();
  if (settings !== undefined) host.send({ type: 'generate', settings });
}

function stop(): void {
  if (shown !== undefined && BUSY.has(shown.phase)) host.send({ type: 'stop' });
}

function save(): void {
  const indices = cards.selected;
  if (indices.length > 0) host.send({ type: 'save', indices });
}

function selectionChanged(selected: readonly number[]): void {
  setAttributes(saveButton, { disabled: selected.length === 0 });
  setText(saveLabel, selected.length === 0 ? text('save') : text('saveCount', selected.length));
  host.save({ selected });
}
