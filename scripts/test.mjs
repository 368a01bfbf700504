/**
 * npm test [-- --only <stage,…>] [--host min|latest] [--no-browser]: installs, builds, checks and tests everything,
 * one stage after the other, and ends with a table and the line "N passed, N failed, N skipped".
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensure, ensureBrowser } from './ensure.mjs';
import { main, must, root, ScriptError } from './lib/process.mjs';
import { hostCounts, nodeTestCounts, vitestCounts } from './lib/test-counts.mjs';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    host: { type: 'string', default: 'min' },
    'no-browser': { type: 'boolean', default: false },
  },
});
const host = options.host;
const resultsFolder = path.join(root, 'out/test');
const tool = (file, ...args) => must(process.execPath, [path.join(root, 'node_modules', file), ...args]);

/** A stage that runs tests: clears its old results, runs, and reads the new ones even when it failed. */
function testStage(name, { needs = [], browser = false, results = `${name}.json`, counts, run }) {
  const file = path.join(resultsFolder, results);
  const body = async () => {
    fs.rmSync(file, { force: true });
    if (browser) await ensureBrowser();
    let problem;
    try {
      await run(file);
    } catch (error) {
      problem = error;
    }
    const found = fs.existsSync(file) ? counts(file) : { passed: 0, failed: 0, skipped: 0 };
    if (problem === undefined && found.passed + found.failed === 0) problem = new ScriptError('No test was run.');
    return { problem, counts: found };
  };
  return { name, needs, browser, body };
}

const checkStage = (name, body, needs = []) => ({ name, needs, browser: false, body });

const vitest = (project) =>
  testStage(project, {
    needs: ['build'],
    counts: vitestCounts,
    run: (file) =>
      tool(
        'vitest/vitest.mjs',
        'run',
        '--project',
        project,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${file}`,
      ),
  });

async function runE2e(file) {
  const tests = fs.readdirSync(path.join(root, 'test/e2e')).filter((name) => name.endsWith('.e2e.mjs'));
  const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
  reporters.push('--test-reporter=./test/support/count-reporter.mjs', `--test-reporter-destination=${file}`);
  const args = ['--test', '--test-concurrency=1', ...reporters, ...tests.map((name) => path.join('test/e2e', name))];
  await must(process.execPath, args, { env: { ...process.env, VSCODE_HOST: host } });
}

const stages = [
  checkStage('build', async () => (await import('./build.mjs')).build({ tests: true })),
  checkStage('types', () => tool('typescript/bin/tsc', '-b')),
  checkStage('lint', () => tool('eslint/bin/eslint.js', '--max-warnings', '0', '.')),
  checkStage('format', () => tool('prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.')),
  checkStage('layers', () =>
    tool('dependency-cruiser/bin/dependency-cruise.mjs', 'src', 'webview', '--config', '.dependency-cruiser.cjs'),
  ),
  checkStage('python', async () => (await import('./python.mjs')).checkPython()),
  vitest('unit'),
  vitest('numeric'),
  vitest('process'),
  checkStage('package', async () => (await import('./package.mjs')).packageWhenChanged(), ['build']),
  testStage('host', {
    needs: ['build'],
    browser: true,
    results: `host-${host}.json`,
    counts: hostCounts,
    run: () => must(process.execPath, ['test/host/run-server.mjs'], { env: { ...process.env, VSCODE_HOST: host } }),
  }),
  testStage('e2e', { needs: ['package'], browser: true, counts: nodeTestCounts, run: runE2e }),
];

/** The stages asked for, with those they need. */
function chosenStages() {
  const names = options.only?.split(',') ?? stages.map((stage) => stage.name);
  const unknown = names.filter((name) => !stages.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    throw new ScriptError(
      `There is no stage ${unknown.join(', ')}. Stages: ${stages.map((stage) => stage.name).join(', ')}.`,
    );
  }
  const wanted = new Set(names);
  for (const stage of [...stages].reverse())
    if (wanted.has(stage.name)) for (const need of stage.needs) wanted.add(need);
  return stages.filter((stage) => wanted.has(stage.name) && !(stage.browser && options['no-browser']));
}

async function runStage(stage, broken) {
  const blocker = stage.needs.find((need) => broken.has(need));
  if (blocker !== undefined) return { problem: new ScriptError(`Not run, because "${blocker}" failed.`) };
  try {
    const result = await stage.body();
    return result?.counts === undefined ? {} : result;
  } catch (error) {
    return { problem: error };
  }
}

/** One row of the final table. A broken stage without a failed test of its own counts as one failure. */
function summaryRow(stage, seconds, { problem, counts }) {
  const total = { passed: 0, failed: 0, skipped: 0, ...counts };
  if (problem !== undefined && total.failed === 0) total.failed = 1;
  const numbers =
    counts === undefined ? '' : `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`;
  const state = problem === undefined ? 'ok' : 'FAILED';
  return { total, text: `${stage.name.padEnd(8)} ${state.padEnd(7)} ${seconds.toFixed(1).padStart(6)} s  ${numbers}` };
}

await main(async () => {
  await ensure();
  fs.mkdirSync(resultsFolder, { recursive: true });
  const broken = new Set();
  const rows = [];
  for (const stage of chosenStages()) {
    console.log(`\n── ${stage.name} ──`);
    const started = performance.now();
    const outcome = await runStage(stage, broken);
    if (outcome.problem !== undefined) {
      broken.add(stage.name);
      console.error(outcome.problem instanceof ScriptError ? outcome.problem.message : outcome.problem);
    }
    rows.push(summaryRow(stage, (performance.now() - started) / 1000, outcome));
  }
  const sum = (key) => rows.reduce((count, row) => count + row.total[key], 0);
  console.log(`\n${rows.map((row) => row.text).join('\n')}\n`);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  return broken.size > 0 || rows.length === 0 ? 1 : 0;
});
