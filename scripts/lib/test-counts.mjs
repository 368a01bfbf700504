/** Reads how many tests passed, failed and were skipped from the result files of the three test runners. */
import fs from 'node:fs';

const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

/** vitest's JSON report; a file that could not be loaded has no tests of its own and counts as one failure. */
export function vitestCounts(file) {
  const report = readJson(file);
  const broken = report.testResults.filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** What test/host/suite/index.ts wrote. */
export function hostCounts(file) {
  const { tests } = readJson(file);
  const count = (state) => tests.filter((test) => test.state === state).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

/** What test/support/count-reporter.mjs wrote. */
export const nodeTestCounts = readJson;
