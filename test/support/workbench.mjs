/** What a person does in the workbench. Every helper waits for a visible result; nothing sleeps for a fixed time. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { vsixPath, ownTarget } from '../../scripts/package.mjs';
import { root } from '../../scripts/lib/process.mjs';
import { hostPaths, setUpHost } from '../host/setup.mjs';
import { closeNetwork, launchBrowser } from './browser.mjs';
import { installExtension, quietSettings, startServer, writeJson } from './server.mjs';

const require = createRequire(import.meta.url);
const LIMIT_MS = 60_000;

/** Nothing moves and nothing is in the way of a click or a screenshot. */
const stillSettings = {
  ...quietSettings,
  'git.enabled': false,
  'files.autoSave': 'off',
  'files.simpleDialog.enable': true,
  'editor.minimap.enabled': false,
  // A reference stays on one line, where it is looked for.
  '[markdown]': { 'editor.wordWrap': 'off' },
  'editor.cursorBlinking': 'solid',
  'workbench.editor.enablePreview': false,
  'workbench.reduceMotion': 'on',
};

/** Asks until `probe` gives something truthy and returns that. */
export async function until(what, probe, limitMs = LIMIT_MS) {
  const end = Date.now() + limitMs;
  let lastError;
  while (Date.now() < end) {
    try {
      const value = await probe();
      if (value) return value;
    } catch (error) {
      lastError = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Waited ${limitMs} ms for ${what}.${lastError === undefined ? '' : ` ${lastError.message}`}`);
}

/** A server with the packaged extension installed, and a browser. All data lies in out/e2e/<min|latest>. */
export async function setUp() {
  const { which } = hostPaths();
  const host = await setUpHost(which);
  const folder = path.join(root, 'out/e2e', which);
  fs.rmSync(folder, { recursive: true, force: true });
  const shots = path.join(root, 'out/shots', which);
  fs.mkdirSync(shots, { recursive: true });
  installExtension(host, vsixPath(ownTarget), folder);
  const server = await startServer({ folder, which, workspace: folder });
  const browser = await launchBrowser();
  let opened = 0;
  return {
    server,
    folder,
    shots,
    /** A fresh workspace folder and a fresh browser profile, with these settings on top of the calm ones. */
    open: (settings) =>
      openWorkbench({ server, browser, workspace: path.join(folder, `workspace-${(opened += 1)}`), settings }),
    async close() {
      await browser.close();
      await server.stop();
    },
  };
}

/** Opens the workbench; ready means that the extension's own tab shows, after which its commands are registered too. */
async function openWorkbench({ server, browser, workspace, settings = {} }) {
  fs.cpSync(path.join(root, 'test/workspace'), workspace, { recursive: true });
  // It lies in this repository, and keeps its styles to itself.
  fs.mkdirSync(path.join(workspace, '.fourstep'));
  // Before the page loads: a change under a running page comes late or not at all.
  writeJson(server.settingsFile, { ...stillSettings, ...settings });
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 } });
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  await closeNetwork(page);
  const log = [];
  page.on('console', (message) => log.push(message.text().slice(0, 500)));
  page.on('pageerror', (error) => log.push(`pageerror ${error}`));
  await page.goto(server.url([], workspace));
  await page.locator('.monaco-workbench').waitFor();
  await galleryTab(page).waitFor();
  return { page, log, workspace, close: () => context.close() };
}

export const galleryTab = (page) => page.locator('.activitybar').getByRole('tab', { name: /Fourstep/ });

/** Picks a command by its title. The palette's list does not grow once it is open, so a miss opens it anew. */
export async function runCommand(page, title) {
  const input = page.locator('.quick-input-widget:visible input').first();
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
  await until(`the command ${title}`, async () => {
    await page.keyboard.press('F1');
    await input.waitFor({ timeout: 10_000 });
    await input.fill(`>${title}`);
    try {
      await row.click({ timeout: 5000 });
      return true;
    } catch (error) {
      await page.keyboard.press('Escape');
      throw error;
    }
  });
}

/**
 * Picks an item of the menu that `open` opens. A menu does not change once it is open, so an item that is not enabled yet opens it
 * anew; and it ignores the mouse for a moment.
 */
export async function chooseInMenu(page, title, open) {
  const item = page.locator('.monaco-menu .action-item:not(.disabled)', { hasText: title });
  await until(`the menu with ${title}`, async () => {
    await open();
    try {
      await item.waitFor({ timeout: 5000 });
      return true;
    } catch (error) {
      await page.keyboard.press('Escape');
      throw error;
    }
  });
  await until(`the menu to close after ${title}`, async () => {
    if ((await item.count()) === 0) return true;
    await item.click({ timeout: 2000 });
    return (await item.count()) === 0;
  });
}

/** Opens a file of the workspace by its name, through Go to File. */
export async function openFile(page, name) {
  const input = page.locator('.quick-input-widget:visible input').first();
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first();
  await until(`the file ${name}`, async () => {
    await page.keyboard.press('Control+p');
    await input.waitFor({ timeout: 10_000 });
    await input.fill(name);
    try {
      await row.click({ timeout: 5000 });
      return true;
    } catch (error) {
      await page.keyboard.press('Escape');
      throw error;
    }
  });
  await page.locator('.tab.active', { hasText: name }).waitFor();
  await page.locator('.editor-instance .view-line').first().waitFor();
}

/** The editor line that contains a text. Monaco shows blanks as no-break spaces. */
export function editorLine(page, text) {
  const pattern = text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replace(/ /g, '[ \\u00a0]');
  return page.locator('.editor-instance .view-line', { hasText: new RegExp(pattern) }).first();
}

/** Selects a line of the open file, without its indentation. */
export async function selectLine(page, text) {
  await editorLine(page, text).click();
  await page.keyboard.press('End');
  await page.keyboard.press('Shift+Home');
}

/** A webview is an iframe in an iframe; the inner one is replaced when its html is set, so it is found by what it shows. */
export function webview(page, selector) {
  return until(`a webview with ${selector}`, async () => {
    for (const frame of page.frames()) {
      if (frame === page.mainFrame()) continue;
      const shown = await frame
        .locator(selector)
        .count()
        .catch(() => 0);
      if (shown > 0) return frame;
    }
    return undefined;
  });
}

/** Rules that axe finds broken in a webview. Call it after the console was checked: axe adds styles that the CSP refuses. */
export async function axeViolations(frame) {
  await frame.evaluate(`${fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')};void 0`);
  const result = await frame.evaluate(() => {
    // VS Code paints the theme behind a transparent page; axe would take it for white and report false contrasts.
    document.documentElement.style.background = 'var(--vscode-editor-background)';
    return globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] });
  });
  if (result.passes.length === 0) throw new Error('axe checked nothing.');
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
}

/** Process ids of the extension's workers that run from `folder` (Linux). */
export function workerPids(folder) {
  return fs.readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const command = fs.readFileSync(`/proc/${name}/cmdline`, 'utf8');
      return command.includes(folder) && command.includes('dist/worker.js');
    } catch {
      return false; // ended while we looked
    }
  });
}
