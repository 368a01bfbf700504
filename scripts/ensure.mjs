/**
 * Installs what is missing before anything else runs, so it uses Node built-ins only. npm packages go into
 * node_modules; Chromium, for the browser tests, comes from Debian where this account may install packages.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { main, npm, root, run, ScriptError, which } from './lib/process.mjs';

/** package.json's engines.node, ">=20.15" → [20, 15]. */
const OLDEST_NODE = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))
  .engines.node.match(/\d+/g)
  .map(Number);

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new ScriptError(
    `Fourstep needs Node ${OLDEST_NODE.join('.')} or newer; this is Node ${process.versions.node} (${process.execPath}).`,
  );
}

/** Runs `npm ci` when node_modules is not what package-lock.json says. */
async function ensurePackages() {
  const stamp = path.join(root, 'node_modules/.fourstep-lock');
  const wanted = createHash('sha256')
    .update(fs.readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return;
  console.log('Installing npm packages …');
  await npm(['ci', '--loglevel=error']);
  fs.writeFileSync(stamp, wanted);
}

/** Node and npm packages: all that building, generating and the tests without a browser need. */
export async function ensure() {
  checkNode();
  await ensurePackages();
}

/** A Chromium that Playwright can drive, or undefined. CHROMIUM names another one. */
export function findBrowser() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
    const found = which(name);
    if (found) return found;
  }
  return fs.existsSync(mac) ? mac : undefined;
}

/** Finds a browser for the tests, installing Debian's Chromium where that is possible. */
export async function ensureBrowser() {
  const found = findBrowser();
  if (found) return found;
  if (process.getuid?.() === 0 && which('apt-get')) {
    console.log('Installing Chromium from Debian …');
    const quiet = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    await run('apt-get', ['update', '-qq'], quiet);
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-liberation'], quiet);
  }
  const installed = findBrowser();
  if (installed) return installed;
  throw new ScriptError(
    'The browser tests need Chromium and none was found. Install it (Debian, Ubuntu: `sudo apt-get install chromium`), ' +
      'name one with CHROMIUM=<path>, or leave these tests out with `npm test -- --no-browser`.',
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(ensure);
