/**
 * npm run film: records the moving picture of the README, docs/film.webp, from a real run: the packaged extension in a real VS Code,
 * driven through its own keys and pages. Frames keep the times at which they were taken; only waits longer than HOLD_MS are cut to it.
 */
import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { build } from './build.mjs';
import { ensure } from './ensure.mjs';
import { main, root, ScriptError } from './lib/process.mjs';
import { packageWhenChanged } from './package.mjs';
import { editorLine, openFile, setUp, until, webview } from '../test/support/workbench.mjs';

const OUT = path.join(root, 'docs/film.webp');
const MOST_BYTES = 600_000;
const VIEW = { width: 1120, height: 760 };
const HOLD_MS = 900;
const END_MS = 3000;
const PROMPT = 'a red rocket, flat, simple';
/** Nothing but the document, the palette and the panel. */
const SETTINGS = {
  'workbench.layoutControl.enabled': false,
  'editor.wordWrap': 'off',
  'editor.fontSize': 13,
  'breadcrumbs.enabled': false,
};

/** Takes pictures of the page as fast as it gives them until `stop` is called; returns frames with their times. */
function record(page) {
  const frames = [];
  let running = true;
  const loop = (async () => {
    while (running) {
      const at = performance.now();
      frames.push({ at, png: await page.screenshot({ animations: 'disabled', caret: 'hide' }) });
    }
  })();
  return async () => {
    running = false;
    await loop;
    return frames;
  };
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function typeCommand(page, title) {
  await page.keyboard.press('F1');
  await page.locator('.quick-input-widget:visible input').first().waitFor();
  await page.keyboard.type(title, { delay: 60 });
  await page
    .locator('.quick-input-list .monaco-list-row', { hasText: 'Generate Image from Selection' })
    .first()
    .waitFor();
  await pause(500);
  await page.keyboard.press('Enter');
}

/** The words alone: the paragraph around them stays. */
async function selectWords(page) {
  await editorLine(page, PROMPT).click();
  await page.keyboard.press('Home');
  for (let i = 0; i < '<p>'.length; i++) await page.keyboard.press('ArrowRight');
  for (let i = 0; i < PROMPT.length; i++) await page.keyboard.press('Shift+ArrowRight');
}

/** From the selection to the saved file. */
async function perform(page, workspace) {
  await selectWords(page);
  await pause(700);
  await typeCommand(page, 'Generate Image');
  const frame = await webview(page, '[role="listbox"][aria-label="Variants"]');
  await frame.getByText(/variants are ready/).waitFor();
  await pause(800);
  await frame.getByRole('option').first().focus();
  for (const key of ['ArrowRight', 'Space']) {
    await page.keyboard.press(key);
    await pause(600);
  }
  await page.keyboard.press('Enter');
  await editorLine(page, '<img src="assets/').waitFor();
  await until('the file', () => fs.readdirSync(path.join(workspace, 'assets')).some((name) => name.endsWith('.png')));
  await pause(500);
}

/** A frame that shows what the one before it shows only lengthens that one. */
function withoutRepeats(frames) {
  return frames.filter(({ png }, index) => index === 0 || !png.equals(frames[index - 1].png));
}

async function write(frames) {
  const kept = withoutRepeats(frames);
  const delay = kept.map(({ at }, index) => Math.min(HOLD_MS, Math.round((kept[index + 1]?.at ?? at) - at)));
  delay[delay.length - 1] = END_MS;
  const pictures = kept.map(({ png }) => png);
  const film = sharp(pictures, { join: { animated: true } }).webp({
    quality: 70,
    effort: 6,
    minSize: true,
    delay,
    loop: 0,
  });
  const bytes = await film.toBuffer();
  if (bytes.length > MOST_BYTES) throw new ScriptError(`The film has ${bytes.length} bytes; at most ${MOST_BYTES}.`);
  fs.writeFileSync(OUT, bytes);
  const seconds = delay.reduce((sum, ms) => sum + ms, 0) / 1000;
  console.log(
    `${path.relative(root, OUT)}  ${Math.round(bytes.length / 1000)} kB, ${kept.length} frames, ${seconds.toFixed(1)} s`,
  );
}

await main(async () => {
  await ensure();
  await build({ onlyWhenStale: true });
  await packageWhenChanged();
  const environment = await setUp();
  try {
    const { page, workspace } = await environment.open(SETTINGS);
    await page.setViewportSize(VIEW);
    await page.locator('.statusbar-item', { hasText: 'built-in model' }).waitFor();
    await openFile(page, 'index.html');
    await page.keyboard.press('Control+b');
    const stop = record(page);
    await perform(page, workspace);
    await write(await stop());
  } finally {
    await environment.close();
  }
});
