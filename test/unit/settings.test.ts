/** src/contract is the only place where settings are declared; manifest, texts and documents follow it. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { settingsFiles } from '../../scripts/write-settings.mjs';

test('manifest, texts and documents say what the declarations say (npm run settings writes them)', async () => {
  for (const [file, wanted] of Object.entries(await settingsFiles())) {
    expect(await readFile(file, 'utf8'), file).toBe(wanted);
  }
});
