/** `fourstep` of the packaged and installed extension: in VS Code's own terminal, and outside of it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { scenarios } from '../support/scenarios.mjs';
import { runCommand, until } from '../support/workbench.mjs';

const { environment, scenario, shot } = scenarios();

/** A terminal that was opened before the extension started would not know the command. */
async function openTerminal(page) {
  await page.locator('.statusbar-item', { hasText: 'built-in model' }).waitFor();
  await runCommand(page, 'Terminal: Create New Terminal');
  await page.locator('.terminal-wrapper.active .xterm-helper-textarea').waitFor({ state: 'attached' });
}

async function typeInTerminal(page, line) {
  await page.locator('.terminal-wrapper.active .xterm-helper-textarea').focus();
  await page.keyboard.type(line);
  await page.keyboard.press('Enter');
}

const textOf = (file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '');
const isPng = (file) => fs.readFileSync(file).subarray(1, 4).toString() === 'PNG';

scenario('the terminal of VS Code knows the command, and it draws', {}, async ({ page, workspace }) => {
  await openTerminal(page);
  const help = path.join(workspace, 'help.txt');
  await until('the help', async () => {
    await typeInTerminal(page, 'fourstep --help > help.txt');
    return until('its text', () => textOf(help).includes('Usage: fourstep'), 10_000);
  });
  await typeInTerminal(
    page,
    'fourstep generate "a red rocket" --count 1 --seed 7 --out drawn; echo ended $? > end.txt',
  );
  await until('the end of the command', () => textOf(path.join(workspace, 'end.txt')) === 'ended 0\n');
  assert.ok(isPng(path.join(workspace, 'drawn/a-red-rocket-7.png')));
  await shot(page, 'terminal');
});

scenario('the command says where it lies for other terminals, and draws there', {}, async ({ page, workspace }) => {
  await runCommand(page, 'Use in Terminal');
  const notice = page.locator('.notification-list-item', { hasText: 'add this folder to their PATH' });
  await notice.getByRole('button', { name: 'Copy Folder' }).waitFor();
  const [, folder] = /PATH: (.+)$/m.exec(await notice.locator('.notification-list-item-message').innerText());
  assert.ok(folder.startsWith(environment().folder), folder);
  const out = path.join(workspace, 'outside');
  const env = { ...process.env, PATH: `${folder}${path.delimiter}/usr/bin${path.delimiter}/bin` };
  execFileSync('fourstep', ['generate', 'a blue house', '--count', '1', '--seed', '3', '--out', out], { env });
  assert.ok(isPng(path.join(out, 'a-blue-house-3.png')));
});
