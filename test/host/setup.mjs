/**
 * node test/host/setup.mjs [min|latest]: a VS Code server from npm packages only. No package's script is run and
 * nothing is compiled: code-server carries a complete server build in lib/vscode, whose own entry starts directly.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { main, npm, root, ScriptError } from '../../scripts/lib/process.mjs';

/** Where one VS Code is installed, and what runs it. */
export function hostPaths(which = process.env.VSCODE_HOST ?? 'min') {
  if (which !== 'min' && which !== 'latest') {
    throw new ScriptError(`VSCODE_HOST must be "min" or "latest", not "${which}".`);
  }
  const folder = path.join(root, 'test/host', which);
  const vscode = path.join(folder, 'node_modules/code-server/lib/vscode');
  const ownNode = path.join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin/node');
  return {
    which,
    folder,
    vscode,
    node: fs.existsSync(ownNode) ? ownNode : process.execPath,
    serverMain: path.join(vscode, 'out/server-main.js'),
  };
}

function link(target, at) {
  fs.rmSync(at, { force: true, recursive: true });
  fs.mkdirSync(path.dirname(at), { recursive: true });
  fs.symlinkSync(target, at);
}

/** Version 1.100 fetches ripgrep in an install script; the package with the binary takes its place. */
function linkRipgrep({ folder, vscode }) {
  const expected = path.join(vscode, 'node_modules/@vscode/ripgrep');
  const binary = path.join(folder, `node_modules/@vscode/ripgrep-${process.platform}-${process.arch}/bin/rg`);
  if (fs.existsSync(expected) && fs.existsSync(binary))
    link(path.relative(path.join(expected, 'bin'), binary), path.join(expected, 'bin/rg'));
}

/** The terminal's native part would be compiled by an install script; a package with the binary takes its place. */
function linkTerminal({ folder, vscode }) {
  const release = path.join(vscode, 'node_modules/node-pty/build/Release');
  const prebuilt = path.join(folder, `node_modules/@lydell/node-pty-${process.platform}-${process.arch}`);
  for (const file of ['pty.node', 'spawn-helper']) {
    const binary = path.join(prebuilt, file);
    if (fs.existsSync(binary)) link(path.relative(release, binary), path.join(release, file));
  }
}

/** Installs the VS Code server named `which` unless it is there; returns its paths. */
export async function setUpHost(which) {
  const host = hostPaths(which);
  const stamp = path.join(host.folder, 'node_modules/.ready');
  const wanted = `${fs.readFileSync(path.join(host.folder, 'package.json'), 'utf8')}${process.platform}-${process.arch}`;
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return host;

  console.log(
    `Installing the VS Code server "${host.which}" from npm (once; 0.3 to 0.8 GB in test/host/${host.which}) …`,
  );
  const flags = ['--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await npm(['ci', ...flags], { cwd: host.folder });
  // Pinned by the npm-shrinkwrap.json inside code-server; npm 11 finds peers missing from it without the last flag.
  await npm(['ci', ...flags, '--legacy-peer-deps'], { cwd: host.vscode });
  link('node_modules', path.join(host.vscode, 'node_modules.asar'));
  linkRipgrep(host);
  linkTerminal(host);
  fs.writeFileSync(stamp, wanted);
  return hostPaths(which);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    for (const which of process.argv.slice(2).length > 0 ? process.argv.slice(2) : ['min']) {
      const host = await setUpHost(which);
      console.log(
        `${which}: VS Code ${JSON.parse(fs.readFileSync(path.join(host.vscode, 'package.json'), 'utf8')).version} is ready`,
      );
    }
  });
}
