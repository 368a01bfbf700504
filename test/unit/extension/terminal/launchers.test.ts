/** The launchers of the terminal command: the shell's is really run, the one for Windows is read. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { launcherFiles } from '../../../../src/extension/terminal/launchers';

const folder = mkdtempSync(path.join(os.tmpdir(), "fourstep it's $HOME "));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Says what it was called with. */
const cli = path.join(folder, 'cli.js');
writeFileSync(cli, 'console.log(JSON.stringify([process.env.ELECTRON_RUN_AS_NODE, ...process.argv.slice(2)]))');

function launcher(started: { readonly node: string; readonly cli: string }): string {
  const [file] = launcherFiles(started, 'linux', '/home/somebody');
  const place = path.join(folder, 'fourstep');
  writeFileSync(place, file?.text ?? '');
  chmodSync(place, 0o755);
  return place;
}

describe.skipIf(process.platform === 'win32')('the launcher for the shell', () => {
  it('hands every argument on as it is, whatever the paths are called', () => {
    const args = ['generate', "it's a $HOME `id`", '', '--count=1'];
    const said = execFileSync(launcher({ node: process.execPath, cli }), args, { encoding: 'utf8' });
    expect(JSON.parse(said)).toEqual(['1', ...args]);
  });

  it('uses the Node of the PATH when the one of VS Code is gone', () => {
    const env = { PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin` };
    const said = execFileSync(launcher({ node: '/gone/node', cli }), ['x'], { encoding: 'utf8', env });
    expect(JSON.parse(said)).toEqual(['1', 'x']);
  });

  it('says what to do when the extension is gone', () => {
    const { status, stderr } = spawnSync(launcher({ node: process.execPath, cli: '/gone/cli.js' }), {
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/moved or removed\. Start VS Code/);
  });
});

describe('the launcher for cmd', () => {
  const [, file] = launcherFiles(
    { node: 'C:\\Program Files\\100% Code\\Code.exe', cli: 'C:\\Users\\Jörg\\.vscode\\extensions\\f\\dist\\cli.js' },
    'win32',
    'C:\\Users\\Jörg',
  );

  it('has no letter of a user name in it, and keeps per cent signs', () => {
    expect(file?.name).toBe('fourstep.cmd');
    expect(file?.text).toContain('set "FOURSTEP_CLI=%USERPROFILE%\\.vscode\\extensions\\f\\dist\\cli.js"\r\n');
    expect(file?.text).toContain('set "FOURSTEP_NODE=C:\\Program Files\\100%% Code\\Code.exe"\r\n');
    expect(file?.text).not.toMatch(/ö/);
  });

  it('is accompanied by the one for sh, which Git Bash takes', () => {
    const names = launcherFiles({ node: 'C:\\n.exe', cli: 'C:\\c.js' }, 'win32', 'C:\\').map(({ name }) => name);
    expect(names).toEqual(['fourstep', 'fourstep.cmd']);
  });
});
