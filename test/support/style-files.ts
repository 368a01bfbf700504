/** Style folders as fine-tuning leaves them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { StyleFile } from '../../src/contract/style-file';
import { BUILT_IN_ID } from './built-in-model';

export function styleFile(changes: Partial<StyleFile> = {}): StyleFile {
  return {
    version: 1,
    name: 'House',
    styleWord: 'house style',
    model: { id: BUILT_IN_ID, sha256: 'a'.repeat(64) },
    rank: 4,
    alpha: 4,
    targets: ['attention'],
    steps: 300,
    learningRate: 0.001,
    seed: 1,
    dataHash: 'b'.repeat(64),
    engine: '0.1.0',
    created: '2026-11-23T12:00:00.000Z',
    samples: [{ prompt: 'fox, house style', before: 'samples/1-before.png', after: 'samples/1-after.png' }],
    ...changes,
  };
}

/** Writes `.fourstep/styles/<name>/` and returns its path. `description` is JSON text or what becomes it. */
export function writeStyle(
  workspace: string,
  name: string,
  description: unknown,
  lora: Uint8Array | undefined,
): string {
  const folder = path.join(workspace, '.fourstep', 'styles', name);
  mkdirSync(folder, { recursive: true });
  const json = typeof description === 'string' ? description : JSON.stringify(description);
  writeFileSync(path.join(folder, 'style.json'), json);
  if (lora !== undefined) writeFileSync(path.join(folder, 'lora.safetensors'), lora);
  return folder;
}
