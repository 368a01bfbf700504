/** Starts a real VS Code server (workbench and Node extension host) from test/host/<min|latest>. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { hostPaths } from '../host/setup.mjs';

/** Nothing starts by itself: no welcome page, chat, updates, telemetry, git or type acquisition. */
export const quietSettings = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'workbench.enableExperiments': false,
  'typescript.disableAutomaticTypeAcquisition': true,
};

export function freePort(wanted = 0) {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject);
    probe.listen(wanted, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** This environment without what an outer VS Code, Electron or test runner has put into it. */
function cleanEnvironment(extra) {
  const foreign = /^(VSCODE_|ELECTRON_|NODE_OPTIONS$|NODE_TEST_CONTEXT$|VITEST)/;
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))), ...extra };
}

export function writeJson(file, value) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify(value, null, 2));
}

/** Installs a VSIX into the extensions folder of `folder`, as a user's VS Code does it. */
export function installExtension(host, vsix, folder) {
  const extensions = path.join(folder, 'extensions');
  const serverData = path.join(folder, 'server-data');
  for (const needed of [extensions, serverData]) fs.mkdirSync(needed, { recursive: true });
  const args = [host.serverMain, '--accept-server-license-terms', '--server-data-dir', serverData];
  args.push('--extensions-dir', extensions, '--install-extension', vsix, '--force');
  const result = spawnSync(host.node, args, { encoding: 'utf8', env: cleanEnvironment({}) });
  if (result.status === 0) return;
  // A crash prints whole minified source lines before its message.
  const lines = result.stderr.split('\n').filter((line) => line.length < 300);
  throw new Error(`${vsix} could not be installed:\n${lines.slice(-15).join('\n')}`);
}

function whenListening(child, limitMs) {
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (why) => {
      clearTimeout(timer);
      reject(new Error(`The VS Code server ${why}.\n${output}`));
    };
    const timer = setTimeout(() => fail(`did not start in ${limitMs / 1000} s`), limitMs);
    const read = (text) => {
      output += text;
      if (!output.includes('Extension host agent listening')) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => fail(`ended with code ${code}`));
  });
}

async function stopServer(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(timer);
}

/**
 * Serves `workspace` on 127.0.0.1. All of the server's data, and Fourstep's cache, lie under `folder`.
 * `driver` lets the page's address name an extension under test; newer builds then also hide notifications.
 */
export async function startServer(options) {
  const { folder, workspace, settings = quietSettings, port, env = {}, token, driver = false, which } = options;
  const host = hostPaths(which);
  const userData = path.join(folder, 'user-data');
  const extensions = path.join(folder, 'extensions');
  fs.mkdirSync(extensions, { recursive: true });
  const settingsFile = path.join(userData, 'User/settings.json');
  writeJson(settingsFile, settings);
  const listen = port ?? (await freePort());
  const args = [host.serverMain, '--host', '127.0.0.1', '--port', String(listen)];
  args.push(...(token === undefined ? ['--without-connection-token'] : ['--connection-token', token]));
  if (driver) args.push('--enable-smoke-test-driver');
  args.push('--accept-server-license-terms', '--telemetry-level', 'off', '--disable-workspace-trust');
  args.push('--user-data-dir', userData, '--server-data-dir', path.join(folder, 'server-data'));
  args.push('--extensions-dir', extensions);
  const cache = { FOURSTEP_CACHE_DIR: path.join(folder, 'cache') };
  const child = spawn(host.node, args, {
    env: cleanEnvironment({ ...cache, ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await whenListening(child, 60_000);
  const authority = `127.0.0.1:${listen}`;
  return {
    pid: child.pid,
    workspace,
    settingsFile,
    exited: new Promise((resolve) => child.once('exit', resolve)),
    remote: (file) => `vscode-remote://${authority}${file}`,
    url(payload = [], opened = workspace) {
      const all = [['skipWelcome', 'true'], ['skipReleaseNotes', 'true'], ...payload];
      const query = new URLSearchParams({ folder: opened });
      if (token !== undefined) query.set('tkn', token);
      if (token === undefined || payload.length > 0) query.set('payload', JSON.stringify(all));
      return `http://${authority}/?${query}`;
    },
    stop: () => stopServer(child),
  };
}
