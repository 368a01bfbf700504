import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkNodePath } from '../../../src/host/node-path';
import { containing } from '../../support/matching';

function script(text: string): string {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'fourstep-node-')), 'node');
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('another Node executable for the worker', () => {
  it('is accepted when it is Node', async () => {
    await expect(checkNodePath(process.execPath)).resolves.toBeUndefined();
  });

  it('is refused when it does not exist', async () => {
    const missing = path.join(os.tmpdir(), 'no-such-node');
    await expect(checkNodePath(missing)).rejects.toMatchObject({
      code: 'not-found',
      message: containing(missing),
    });
  });
});

describe.skipIf(process.platform === 'win32')('another Node executable that is a shell script', () => {
  it('is refused when it is another program', async () => {
    await expect(checkNodePath(script('echo frobnicate 1.0'))).rejects.toMatchObject({
      code: 'unsupported',
      message: containing('is not Node.js (asked for its version it said "frobnicate 1.0")'),
    });
  });

  it('is refused when it is too old', async () => {
    for (const old of ['v18.19.1', 'v20.14.0']) {
      await expect(checkNodePath(script(`echo ${old}`))).rejects.toMatchObject({
        message: containing(`it is Node.js ${old}; the worker needs 20.15 or later`),
      });
    }
  });

  it('is refused when it fails', async () => {
    await expect(checkNodePath(script('exit 3'))).rejects.toMatchObject({ code: 'unsupported' });
  });
});
