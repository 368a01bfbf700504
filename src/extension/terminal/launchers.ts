/** The files that make `fourstep` a command: each starts the command line of this extension with the Node that the worker gets. */
import path from 'node:path';

/** Absolute paths of what a launcher starts. */
export interface Started {
  /** Node, or an Electron that behaves as one under ELECTRON_RUN_AS_NODE. */
  readonly node: string;
  readonly cli: string;
}

export interface LauncherFile {
  readonly name: string;
  readonly text: string;
}

/** For sh, which Git Bash on Windows is too; on Windows also for cmd and PowerShell. `home`: this user's folder. */
export function launcherFiles(started: Started, platform: NodeJS.Platform, home: string): readonly LauncherFile[] {
  const forShell = { name: 'fourstep', text: shellScript(started) };
  return platform === 'win32' ? [forShell, { name: 'fourstep.cmd', text: commandScript(started, home) }] : [forShell];
}

const WRITTEN = "Written by Fourstep's VS Code extension whenever it starts; changes are lost.";
const GONE =
  'fourstep: the extension was moved or removed. Start VS Code with Fourstep once to write this command anew.';

/** Both editions fall back to the Node of the PATH: VS Code's own moves with an update, until VS Code is started again. */
function shellScript({ node, cli }: Started): string {
  return `#!/bin/sh
# ${WRITTEN}
node=${quoted(node)}
cli=${quoted(cli)}
if [ ! -f "$cli" ]; then
  echo '${GONE}' >&2
  exit 1
fi
if [ ! -x "$node" ]; then node=node; fi
ELECTRON_RUN_AS_NODE=1 exec "$node" "$cli" "$@"
`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

function commandScript({ node, cli }: Started, home: string): string {
  const lines = [
    '@echo off',
    `rem ${WRITTEN}`,
    'setlocal',
    `set "FOURSTEP_NODE=${forCmd(node, home)}"`,
    `set "FOURSTEP_CLI=${forCmd(cli, home)}"`,
    'if not exist "%FOURSTEP_CLI%" (',
    `  echo ${GONE} 1>&2`,
    '  exit /b 1',
    ')',
    'if not exist "%FOURSTEP_NODE%" set "FOURSTEP_NODE=node"',
    'set ELECTRON_RUN_AS_NODE=1',
    '"%FOURSTEP_NODE%" "%FOURSTEP_CLI%" %*',
    'exit /b %errorlevel%',
  ];
  return lines.map((line) => `${line}\r\n`).join('');
}

/** cmd reads a script in the console's code page, so a user's name in other letters stays out of it. */
function forCmd(file: string, home: string): string {
  const below = path.win32.relative(home, file);
  const outside = below.startsWith('..') || path.win32.isAbsolute(below);
  return outside ? escaped(file) : `%USERPROFILE%\\${escaped(below)}`;
}

const escaped = (text: string): string => text.replaceAll('%', '%%');
