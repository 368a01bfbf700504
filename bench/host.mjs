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
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, LIMIT_MS).unref())]);
  } finally {
    await browser.close();
    await server.stop();
  }
  if (!fs.existsSync(results)) throw new ScriptError('The extension host wrote no results.');
  const { activation, gaps, version } = JSON.parse(fs.readFileSync(results, 'utf8'));
  console.log(
    `${os.cpus()[0]?.model.trim()}, ${os.availableParallelism()} cores, VS Code ${version}, Node ${process.version}`,
  );
  console.log(`| extension activation | ${activation.toFixed(0)} ms |`);
  console.log(
    `| longest event-loop gap in the extension host during a job, ${gaps.length} jobs | ${gaps.map((gap) => gap.toFixed(0)).join(', ')} ms |`,
  );
});
