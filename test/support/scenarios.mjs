/** Browser tests of one file: one server and browser for all, a workspace and a profile for each. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setUp } from './workbench.mjs';

export const themes = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  'high-contrast': 'Default High Contrast',
};

/** A wrapped line is several elements, none of which holds the whole text. */
const UNWRAPPED = { '[markdown]': { 'editor.wordWrap': 'off' } };

/** Registers set-up and clean-up with the test runner; returns `scenario`, `shot` and the environment once it is there. */
export function scenarios() {
  let environment;
  let bench;
  before(async () => {
    environment = await setUp();
  });
  after(async () => {
    await environment?.close();
  });
  afterEach(async () => {
    await bench?.close();
    bench = undefined;
  });
  return {
    environment: () => environment,
    /** A test in its own workspace; a failure leaves a screenshot and the browser's console in out/shots. */
    scenario(name, settings, body) {
      test(name, async () => {
        bench = await environment.open({ ...UNWRAPPED, ...settings });
        try {
          await body(bench);
        } catch (error) {
          const file = path.join(environment.shots, `FAILED ${name.replace(/\W+/g, '-')}`);
          await bench.page.screenshot({ path: `${file}.png` });
          fs.writeFileSync(`${file}.log`, bench.log.join('\n'));
          throw error;
        }
      });
    },
    shot: (page, name) =>
      page.screenshot({
        path: path.join(environment.shots, `${name}.png`),
        animations: 'disabled',
        caret: 'hide',
      }),
  };
}

export function assertNoCspViolation({ log }) {
  const violations = log.filter((line) => line.includes('Content Security Policy'));
  assert.deepEqual(violations, []);
}
