/** Controls and words that the screens of fine-tuning share. */
import { element } from '../dom';
import { text } from '../strings';
import type { ValueControl } from '../toolkit';

export function button(id: string, appearance: 'primary' | 'secondary', onClick: () => void): HTMLElement {
  const made = element('vscode-button', { id, appearance }, text(id));
  made.addEventListener('click', onClick);
  return made;
}

/** A text field with its label; `size` in characters. */
export function textField(id: string, value: string, size = '24'): ValueControl {
  const field = element('vscode-text-field', { id, size }, text(id)) as ValueControl;
  field.value = value;
  return field;
}

/** "45 s", "3 min", "1 h 20 min" */
export function duration(seconds: number): string {
  if (seconds < 90) return text('seconds', Math.ceil(seconds));
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? text('minutes', minutes) : text('hours', Math.floor(minutes / 60), minutes % 60);
}

/** "1.4 GB" */
export function gigabytes(bytes: number): string {
  return text('memory', (bytes / 1e9).toFixed(1));
}
