/** What the extension host calls: runs every *.test.js beside this file with mocha and always leaves a JSON of results. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import Mocha from 'mocha';

interface Outcome {
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly ms: number | undefined;
  readonly error?: string;
}

/** The assertion or exception, with its stack. */
function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function writeResults(tests: readonly Outcome[]): void {
  const file = process.env['TEST_RESULTS'];
  if (file === undefined) return;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify({ tests }, null, 2));
}

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'tdd', color: false, timeout: 60_000 });
  const files = fs.readdirSync(__dirname).filter((name) => name.endsWith('.test.js'));
  for (const file of files.sort()) mocha.addFile(path.join(__dirname, file));

  const tests: Outcome[] = [];
  const add = (test: Mocha.Test, state: Outcome['state'], error?: unknown): void => {
    const outcome = { title: test.fullTitle(), state, ms: test.duration };
    tests.push(error === undefined ? outcome : { ...outcome, error: describeError(error) });
  };
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on('pass', (test) => {
      add(test, 'passed');
    });
    runner.on('fail', (test, error: unknown) => {
      add(test, 'failed', error);
    });
    runner.on('pending', (test) => {
      add(test, 'skipped');
    });
  });
  writeResults(tests);
  if (failures > 0) throw new Error(`${failures} of ${tests.length} tests failed`);
}
