// npm run bench -- host: activation time and event-loop gaps inside a real extension host (VS Code server, VSCODE_HOST=min or latest).
import { build } from 'esbuild';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { main, root, ScriptError } from '../scripts/lib/process.mjs';
import { setUpHost } from '../test/host/setup.mjs';
import { closeNetwork, launchBrowser } from '../test/support/browser.mjs';
import { quietSettings, startServer } from '../test/support/server.mjs';

const LIMIT_MS = 180_000;
const which = process.env.VSCODE_HOST ?? 'min';
const folder = path.join(root, 'out/bench/host');
const results = path.join(folder, 'results.json');
const suite = path.join(folder, 'measure.js');

await main(async () => {
  await setUpHost(which);
  fs.rmSync(folder, { recursive: true, force: true });
  await build({
    entryPoints: [path.join(root, 'bench/host/measure.ts')],
    outfile: suite,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode'],
    logLevel: 'warning',
  });
  const workspace = path.join(folder, 'workspace');
  fs.cpSync(path.join(root, 'test/workspace'), workspace, { recursive: true });
  const server = await startServer({
    folder,
    workspace,
    which,
    settings: quietSettings,
    driver: true,
    env: { BENCH_RESULTS: results },
  });
  const browser = await launchBrowser();
  let shown;
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const ended = new Promise((resolve) => page.exposeFunction('codeAutomationExit', resolve));
    await page.exposeFunction('codeAutomationLog', () => undefined);
    await closeNetwork(page);
    const payload = [
      ['extensionDevelopmentPath', server.remote(root)],
      ['extensionTestsPath', server.remote(suite)],
    ];
    await page.goto(server.url(payload));
    const row = page.locator('.runtime-extensions-editor .extension', { hasText: 'fourstep' });
    [shown] = await Promise.all([
      row
        .first()
        .innerText({ timeout: LIMIT_MS })
        .catch(() => ''),
      Promise.race([ended, new Promise((resolve) => setTimeout(resolve, LIMIT_MS).unref())]),
    ]);
  } finally {
    await browser.close();
    await server.stop();
  }
  if (!fs.existsSync(results)) throw new ScriptError('The extension host wrote no results.');
  const { gaps, idleGaps, version } = JSON.parse(fs.readFileSync(results, 'utf8'));
  const list = (all) => all.map(({ ms, cpuMs }) => `${ms.toFixed(0)} (${cpuMs.toFixed(0)})`).join(', ');
  console.log(
    `${os.cpus()[0]?.model.trim()}, ${os.availableParallelism()} cores, VS Code ${version}, Node ${process.version}`,
  );
  console.log(
    `| activation, as "Running Extensions" shows it | ${/Activation:[^\d]*([\d.]+ ?ms)/.exec(shown)?.[1] ?? shown} |`,
  );
  console.log(`| longest gap in each of ${gaps.length} jobs (processor time of the host in it) | ${list(gaps)} ms |`);
  console.log(`| the same in a second without a job | ${list(idleGaps)} ms |`);
});
