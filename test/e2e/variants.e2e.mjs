/** The main job in a real browser, against the packaged and installed extension: from a selection to files and back. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { root } from '../../scripts/lib/process.mjs';
import { assertNoCspViolation, scenarios, themes } from '../support/scenarios.mjs';
import {
  axeViolations,
  chooseInMenu,
  editorLine,
  galleryTab,
  openFile,
  runCommand,
  selectLine,
  until,
  webview,
  workerPids,
} from '../support/workbench.mjs';

const COMMAND = 'Generate Image from Selection';
const PROMPT = 'a paper plane icon, flat, blue';
const { environment, scenario, shot } = scenarios();

const panelFrame = (page) => webview(page, '[role="listbox"][aria-label="Variants"]');
const galleryFrame = (page) => webview(page, 'ul[aria-label="Generated pictures"]');
const variants = (frame) => frame.getByRole('option');
const whenReady = (frame) => frame.getByText(/variants are ready/).waitFor();

/** Selects a line of a file and asks for pictures through the palette; resolves with the panel when all are finished. */
async function generate(page, file, line) {
  await openFile(page, file);
  await selectLine(page, line);
  await runCommand(page, COMMAND);
  return panelFrame(page);
}

const assets = (workspace) => path.join(workspace, 'assets');
const pictures = (workspace) => fs.readdirSync(assets(workspace)).filter((name) => name.endsWith('.png'));
/** The recipe that our own command line reads. */
function recipeOf(file) {
  const command = [path.join(root, 'dist/cli.js'), 'recipe', file, '--json'];
  return JSON.parse(execFileSync(process.execPath, command, { encoding: 'utf8' })).recipe;
}

/** A valid PNG whose transparency says something, with a recipe. */
async function assertPictureWithRecipe(file, prompt) {
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  assert.equal(info.channels, 4, `${file} has alpha`);
  const alpha = data.filter((_, index) => index % 4 === 3);
  assert.ok(
    alpha.some((value) => value < 32),
    `${file} has transparent pixels`,
  );
  assert.ok(
    alpha.some((value) => value > 224),
    `${file} has opaque pixels`,
  );
  const recipe = recipeOf(file);
  assert.equal(recipe.prompt, prompt);
  assert.equal(recipe.steps, 4);
}

/** Undo asks once when an edit spans several files; the answer is "all of them". */
async function undoInEditor(page, line) {
  await editorLine(page, line).click();
  await page.keyboard.press('Control+z');
  const dialog = page.locator('.monaco-dialog-box');
  const undone = editorLine(page, PROMPT);
  await until('the undo or its question', async () => (await undone.isVisible()) || (await dialog.isVisible()));
  if (await dialog.isVisible()) await dialog.getByRole('button', { name: /Undo in \d+ Files/ }).click();
}

scenario(
  'a Markdown selection becomes two saved pictures, and one undo takes them back',
  {},
  async ({ page, workspace, log }) => {
    const frame = await generate(page, 'README.md', PROMPT);
    await whenReady(frame);
    assert.equal(await variants(frame).count(), 4);

    await variants(frame).first().focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Space');
    assert.equal(await frame.getByRole('option', { selected: true }).count(), 2);
    await page.keyboard.press('Enter');

    await until('two saved pictures', () => pictures(workspace).length === 2);
    for (const name of pictures(workspace)) await assertPictureWithRecipe(path.join(assets(workspace), name), PROMPT);
    for (const name of pictures(workspace)) await editorLine(page, `](assets/${name})`).waitFor();
    assertNoCspViolation({ log });

    await undoInEditor(page, pictures(workspace)[0]);
    await until('the files to be gone', () => pictures(workspace).length === 0);
    await editorLine(page, PROMPT).waitFor();
  },
);

scenario(
  'the context menu does the same in HTML, and the gallery shows what was saved',
  {},
  async ({ page, workspace, log }) => {
    const prompt = 'a red rocket, flat, simple';
    await openFile(page, 'index.html');
    await editorLine(page, prompt).getByText('rocket').first().waitFor();
    await selectLine(page, prompt);
    await chooseInMenu(page, COMMAND, () =>
      editorLine(page, prompt).click({ button: 'right', position: { x: 90, y: 8 } }),
    );
    const frame = await panelFrame(page);
    await whenReady(frame);
    await variants(frame).nth(2).click();
    await frame.getByRole('button', { name: /^Save/ }).click();

    const [name] = await until('a saved picture', () => pictures(workspace).length === 1 && pictures(workspace));
    await assertPictureWithRecipe(path.join(assets(workspace), name), prompt);
    await editorLine(page, `<img src="assets/${name}"`).waitFor();

    await galleryTab(page).click();
    const gallery = await galleryFrame(page);
    await gallery.getByRole('button', { name: `Open: ${name}, made from "${prompt}"` }).waitFor();
    await shot(page, 'panel-and-gallery');
    assertNoCspViolation({ log });
    assert.deepEqual(await axeViolations(gallery), []);
  },
);

scenario('a clip skip typed into the panel is in the saved recipe', {}, async ({ page, workspace }) => {
  const frame = await generate(page, 'README.md', PROMPT);
  await whenReady(frame);
  await frame.getByText('More settings').click();
  const field = frame.getByRole('textbox', { name: 'Text encoder layers to skip' });
  await field.fill('0.5');
  await frame.getByRole('button', { name: 'Generate again' }).click();
  await frame.getByText('Text encoder layers to skip: enter a whole number from 0 to 23.').waitFor();
  await field.fill('1');
  await frame.getByRole('button', { name: 'Generate again' }).click();
  await until('the variants to begin anew', async () => !(await frame.getByText(/variants are ready/).isVisible()));
  await whenReady(frame);
  await variants(frame).first().click();
  await frame.getByRole('button', { name: /^Save/ }).click();
  const [name] = await until('a saved picture', () => pictures(workspace).length === 1 && pictures(workspace));
  const recipe = recipeOf(path.join(assets(workspace), name));
  assert.equal(recipe.clipSkip, 1);
});

/** A style of the workspace, as somebody else's commit brings it. */
function learnStyle(workspace, name) {
  const command = [
    path.join(root, 'dist/cli.js'),
    'tune',
    path.join(workspace, 'icons'),
    '--name',
    name,
    '--steps',
    '2',
  ];
  execFileSync(process.execPath, command, { cwd: workspace, stdio: 'pipe' });
}

/** The toolkit's dropdown opens a list of its own. */
async function chooseInList(frame, label, value) {
  const list = frame.getByRole('combobox', { name: label });
  await list.click();
  await list.getByRole('option', { name: value, exact: true }).click();
}

scenario(
  'a style that is ticked and a sampler that is chosen are what the saved picture was made with',
  {},
  async ({ page, workspace }) => {
    learnStyle(workspace, 'house');
    const frame = await generate(page, 'README.md', PROMPT);
    await whenReady(frame);
    await frame.getByRole('checkbox', { name: 'house' }).check();
    await frame.getByText('More settings').click();
    await chooseInList(frame, 'Sampler', 'DDIM');
    await frame.getByRole('button', { name: 'Generate again' }).click();
    await until('the variants to begin anew', async () => !(await frame.getByText(/variants are ready/).isVisible()));
    await whenReady(frame);
    await shot(page, 'panel-style-and-sampler');
    await variants(frame).first().click();
    await frame.getByRole('button', { name: /^Save/ }).click();
    const [name] = await until('a saved picture', () => pictures(workspace).length === 1 && pictures(workspace));
    const { guidance, sampler, steps, loras } = recipeOf(path.join(assets(workspace), name));
    assert.deepEqual({ guidance, sampler, steps }, { guidance: 7, sampler: 'ddim', steps: 4 });
    assert.deepEqual(
      loras.map((lora) => [lora.name, lora.weight, lora.start]),
      [['house', 1, 0.2]],
    );
  },
);

scenario(
  'a worker that is killed in the middle of a job is reported, and Retry works',
  { 'fourstep.steps': 50 },
  async ({ page }) => {
    const frame = await generate(page, 'README.md', PROMPT);
    await frame
      .getByText(/Step \d+ of 50/)
      .first()
      .waitFor();
    const pids = workerPids(environment().folder);
    assert.ok(pids.length > 0, 'a worker runs');
    for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
    await frame
      .getByText(/SIGKILL|was killed|ended/)
      .first()
      .waitFor();
    await shot(page, 'worker-killed');
    await frame.getByRole('button', { name: 'Retry' }).click();
    await frame
      .getByText(/Step \d+ of 50/)
      .first()
      .waitFor();
    await whenReady(frame);
    assert.equal(await variants(frame).count(), 4);
  },
);

for (const [name, theme] of Object.entries(themes)) {
  scenario(`the panel is accessible in the ${name} theme`, { 'workbench.colorTheme': theme }, async ({ page, log }) => {
    const frame = await generate(page, 'README.md', PROMPT);
    await whenReady(frame);
    await variants(frame).first().focus();
    await page.keyboard.press('Space');
    await shot(page, `panel-${name}`);
    assertNoCspViolation({ log });
    assert.deepEqual(await axeViolations(frame), []);
  });
}
