/**
 * Runs out/test/host/suite inside the real extension host of the VS Code server named by VSCODE_HOST (min or latest)
 * and writes the results to out/test/host-<name>.json. An empty suite and missing results are failures.
 */
import fs from 'node:fs';
import path from 'node:path';
import { main, root, ScriptError } from '../../scripts/lib/process.mjs';
import { closeNetwork, launchBrowser } from '../support/browser.mjs';
import { quietSettings, startServer } from '../support/server.mjs';
import { setUpHost } from './setup.mjs';

const LIMIT_MS = 240_000;
const which = process.env.VSCODE_HOST ?? 'min';
const results = path.join(root, `out/test/host-${which}.json`);

/** Warnings and errors of the tests and the extension; the server's own notes about what it lacks here are left out. */
function relayConsole(type, args) {
  const noise = /^%c|bindings file|watchdog|Service Worker|getaddrinfo/;
  if (type !== 'info' && typeof args[0] === 'string' && !noise.test(args[0])) console.log(type, ...args);
}

/** Opens the workbench with this checkout as the extension under development; resolves with the suite's exit code. */
async function runInPage(page, server) {
  const ended = new Promise((resolve) => page.exposeFunction('codeAutomationExit', resolve));
  await page.exposeFunction('codeAutomationLog', relayConsole);
  await closeNetwork(page);
  const suite = path.join(root, 'out/test/host/suite/index.js');
  const payload = [
    ['extensionDevelopmentPath', server.remote(root)],
    ['extensionTestsPath', server.remote(suite)],
  ];
  await page.goto(server.url(payload));
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, LIMIT_MS, `no end after ${LIMIT_MS / 1000} s`);
  });
  const outcome = await Promise.race([ended, late]);
  clearTimeout(timer);
  if (typeof outcome === 'string')
    await page.screenshot({ path: path.join(root, `out/test/host-${which}-timeout.png`) });
  return outcome;
}

function report(outcome) {
  if (!fs.existsSync(results)) throw new ScriptError(`The host suite wrote no results (${outcome}).`);
  const { tests } = JSON.parse(fs.readFileSync(results, 'utf8'));
  for (const { title, state, ms, error } of tests) {
    console.log(`${state.padEnd(7)} ${title} (${ms ?? 0} ms)`);
    if (error) console.log(error.replace(/^/gm, '        '));
  }
  const count = (state) => tests.filter((test) => test.state === state).length;
  console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
  if (count('passed') + count('failed') === 0) throw new ScriptError('The host suite ran no test.');
  if (outcome !== 0 && count('failed') === 0)
    throw new ScriptError(`All tests passed, but the host ended with: ${outcome}.`);
  return outcome === 0 ? 0 : 1;
}

await main(async () => {
  await setUpHost(which);
  fs.rmSync(results, { force: true });
  const folder = path.join(root, 'out/test/host', which);
  fs.rmSync(folder, { recursive: true, force: true });
  const workspace = path.join(folder, 'workspace');
  fs.cpSync(path.join(root, 'test/workspace'), workspace, { recursive: true });
  const settings = { ...quietSettings, 'git.enabled': false };
  const server = await startServer({
    folder,
    workspace,
    which,
    settings,
    driver: true,
    env: { TEST_RESULTS: results },
  });
  const browser = await launchBrowser();
  let outcome;
  try {
    outcome = await runInPage(await browser.newPage({ viewport: { width: 1280, height: 800 } }), server);
  } finally {
    await browser.close();
    await server.stop();
  }
  return report(outcome);
});
