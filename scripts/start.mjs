/**
 * npm start [-- --port N] [--open] [--server] [--latest]: a real VS Code with Fourstep installed and a copy of
 * test/workspace open. The desktop `code` if it is on the PATH, else the VS Code server from npm, on 127.0.0.1 only.
 * Everything it writes lies in out/start.
 */
import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensure, findBrowser } from './ensure.mjs';
import { main, root, run, which } from './lib/process.mjs';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string' },
    open: { type: 'boolean', default: false },
    server: { type: 'boolean', default: false },
    latest: { type: 'boolean', default: false },
  },
});
const folder = path.join(root, 'out/start');
const workspace = path.join(folder, 'workspace');

/** The sample site, copied once, so that the repository stays clean and your pictures stay. */
function prepareWorkspace() {
  if (!fs.existsSync(workspace)) fs.cpSync(path.join(root, 'test/workspace'), workspace, { recursive: true });
}

function startDesktop(code) {
  console.log(`Starting ${code}; close its window to end.`);
  return run(code, [
    '--new-window',
    '--wait',
    '--disable-workspace-trust',
    `--extensionDevelopmentPath=${root}`,
    `--user-data-dir=${path.join(folder, 'user-data')}`,
    `--extensions-dir=${path.join(folder, 'extensions')}`,
    workspace,
  ]);
}

function openInBrowser(address) {
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform] ?? which('xdg-open') ?? findBrowser();
  if (opener === undefined) console.log('There is no browser here to open it with.');
  else spawn(opener, [address], { detached: true, stdio: 'ignore' }).unref();
}

/** Resolves at Ctrl+C, or when the terminal or a supervisor ends us. */
const asked = () =>
  new Promise((resolve) => ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach((signal) => process.once(signal, resolve)));

async function serve() {
  const { packageWhenChanged } = await import('./package.mjs');
  const { setUpHost } = await import('../test/host/setup.mjs');
  const { installExtension, startServer } = await import('../test/support/server.mjs');
  const name = options.latest ? 'latest' : 'min';
  const host = await setUpHost(name);
  const vsix = await packageWhenChanged();
  installExtension(host, vsix, folder);
  // A token, because any page or user on this machine can reach a port on 127.0.0.1.
  const token = randomBytes(16).toString('hex');
  const port = options.port === undefined ? undefined : Number(options.port);
  const server = await startServer({ folder, workspace, which: name, token, port });
  console.log(`\nVS Code with Fourstep: ${server.url()}\nStop it with Ctrl+C.`);
  if (options.open) openInBrowser(server.url());
  await Promise.race([asked(), server.exited]);
  await server.stop();
}

await main(async () => {
  await ensure();
  const { build } = await import('./build.mjs');
  await build({ onlyWhenStale: true });
  prepareWorkspace();
  const code = options.server ? undefined : which('code');
  return code === undefined ? serve() : startDesktop(code);
});
