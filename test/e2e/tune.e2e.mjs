/** Fine-tuning in a real browser, against the packaged and installed extension: from a folder of icons to a picture in their style. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/lib/process.mjs';
import { assertNoCspViolation, scenarios, themes } from '../support/scenarios.mjs';
import { axeViolations, chooseInMenu, runCommand, until, webview } from '../support/workbench.mjs';

const COMMAND = 'Fine-tune on Icon Set';
/** A training step is real work, and this machine may be a slow one. */
const PATIENCE = { timeout: 300_000 };
const { scenario, shot } = scenarios();

const tunePage = (page) => webview(page, 'h1:text-is("Fine-tune on an icon set")');
const styleFolder = (workspace, name) => path.join(workspace, '.fourstep/styles', name);

/** Opens the review of the sample workspace's icons through the palette. */
async function review(page) {
  await runCommand(page, COMMAND);
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'icons' }).first().click();
  const frame = await tunePage(page);
  await frame.getByRole('list', { name: 'Icons of the set' }).waitFor();
  return frame;
}

/** The toolkit's field is a custom element around an input. */
async function fill(frame, id, value) {
  const input = frame.locator(`#${id} input`);
  await input.fill(String(value));
  await input.press('Tab');
}

const allLoaded = (frame, selector) =>
  frame.locator(selector).evaluateAll((images) => images.every((image) => image.naturalWidth > 0));

async function startTraining(frame, { name, steps }) {
  await fill(frame, 'styleName', name);
  await frame.getByText('Training settings').click();
  await fill(frame, 'steps', steps);
  await frame.getByRole('button', { name: 'Start training' }).click();
  await frame.getByRole('heading', { name: `Learning the style "${name}"` }).waitFor();
}

scenario('a folder of icons becomes a style, and the style draws a picture', {}, async ({ page, workspace, log }) => {
  const frame = await review(page);
  await frame.getByText(/About .* of memory/).waitFor();
  await frame
    .getByRole('button', { name: /^Leave out/ })
    .first()
    .click();
  await frame.getByText(/1 left out/).waitFor();
  await shot(page, 'tune-review');

  await startTraining(frame, { name: 'house', steps: 6 });
  await frame
    .getByText(/Step \d+ of 6/)
    .first()
    .waitFor();
  await frame.getByRole('heading', { name: 'The style "house" is ready.' }).waitFor(PATIENCE);
  await frame.getByRole('img', { name: /Loss of each step and gauge.*Step 6/ }).waitFor();
  assert.ok((await frame.locator('.probe img').count()) >= 8, 'probes before and after');
  await until('all probe pictures', () => allLoaded(frame, '.probe img'));
  await shot(page, 'tune-result');
  for (const file of ['style.json', 'lora.safetensors']) {
    assert.ok(fs.existsSync(path.join(styleFolder(workspace, 'house'), file)), file);
  }
  assert.ok(!fs.existsSync(path.join(styleFolder(workspace, 'house'), 'training')), 'nothing unfinished is left');

  await frame.getByRole('button', { name: 'Use this style now' }).click();
  const panel = await webview(page, '.styles:not([hidden])');
  assert.ok(await panel.getByRole('checkbox', { name: 'house' }).isChecked());
  await panel.locator('#prompt textarea').fill('a rocket');
  await panel.getByRole('button', { name: 'Generate' }).click();
  await panel.getByText(/variants are ready/).waitFor();
  await panel.getByRole('option').first().click();
  await panel.getByRole('button', { name: /^Save/ }).click();
  const saved = await until('a saved picture', () => findPicture(workspace, 'rocket'));
  const recipe = execFileSync(process.execPath, [path.join(root, 'dist/cli.js'), 'recipe', saved, '--json']);
  assert.equal(JSON.parse(recipe).recipe.loras[0].name, 'house');
  assertNoCspViolation({ log });
});

function findPicture(workspace, word) {
  const names = fs.readdirSync(workspace, { recursive: true });
  const name = names.find(
    (one) => path.basename(one).includes(word) && one.endsWith('.png') && !one.includes('.fourstep'),
  );
  return name && path.join(workspace, name);
}

scenario(
  'a training survives a reload of the window, and what was learned is kept when it is stopped',
  {},
  async ({ page, workspace }) => {
    let frame = await review(page);
    await startTraining(frame, { name: 'lasting', steps: 5000 });
    await frame
      .getByText(/Step ([3-9]|\d\d+) of 5000/)
      .first()
      .waitFor(PATIENCE);
    await page.reload();
    frame = await tunePage(page);
    await frame
      .getByText(/Step ([3-9]|\d\d+) of 5000/)
      .first()
      .waitFor(PATIENCE);
    await shot(page, 'tune-training');
    await frame.getByRole('button', { name: 'Pause' }).click();
    await frame
      .getByText(/Paused at step/)
      .first()
      .waitFor();
    await frame.getByRole('button', { name: 'Resume' }).click();
    await frame.getByRole('button', { name: 'Stop and keep' }).click();
    await frame.getByRole('heading', { name: 'The style "lasting" is ready.' }).waitFor(PATIENCE);
    assert.ok(fs.existsSync(path.join(styleFolder(workspace, 'lasting'), 'lora.safetensors')));
  },
);

for (const [name, theme] of Object.entries(themes)) {
  scenario(
    `the pages of fine-tuning are accessible in the ${name} theme`,
    { 'workbench.colorTheme': theme },
    async ({ page, log }) => {
      await page.locator('.explorer-viewlet, .explorer-folders-view').first().waitFor();
      const folder = page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'icons' }).first();
      await chooseInMenu(page, COMMAND, () => folder.click({ button: 'right' }));
      const frame = await tunePage(page);
      await frame.getByRole('list', { name: 'Icons of the set' }).waitFor();
      await until('the pictures of the icons', () => allLoaded(frame, 'img'));
      await shot(page, `tune-review-${name}`);
      const reviewed = await axeViolations(frame);
      await startTraining(frame, { name: 'house', steps: 2 });
      await frame.getByRole('heading', { name: 'The style "house" is ready.' }).waitFor(PATIENCE);
      await shot(page, `tune-result-${name}`);
      assertNoCspViolation({ log: log.filter((line) => !/axe/i.test(line)) });
      assert.deepEqual([...reviewed, ...(await axeViolations(frame))], []);
    },
  );
}
