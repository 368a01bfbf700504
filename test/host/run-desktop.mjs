/**
 * npm run test:desktop: the host suite in a desktop VS Code, which @vscode/test-electron downloads once.
 * VSCODE_VERSION names another version than the oldest supported one.
 */
import fs from 'node:fs';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from '../../scripts/build.mjs';
import { main, root } from '../../scripts/lib/process.mjs';

await main(async () => {
  await build({ tests: true });
  const folder = path.join(root, 'out/test/desktop');
  fs.rmSync(folder, { recursive: true, force: true });
  const workspace = path.join(folder, 'workspace');
  fs.cpSync(path.join(root, 'test/workspace'), workspace, { recursive: true });
  return runTests({
    version: process.env.VSCODE_VERSION ?? '1.100.0',
    cachePath: path.join(root, 'out/vscode-test'),
    extensionDevelopmentPath: root,
    extensionTestsPath: path.join(root, 'out/test/host/suite/index.js'),
    extensionTestsEnv: { TEST_RESULTS: path.join(root, 'out/test/host-desktop.json') },
    launchArgs: [
      workspace,
      '--disable-extensions',
      '--disable-workspace-trust',
      '--skip-welcome',
      '--user-data-dir',
      path.join(folder, 'user-data'),
    ],
  });
});
