/**
 * npm run python [-- --write]: lints and formats the Python of research/ with ruff, which comes as WebAssembly from the same registry as
 * everything else. Without --write it only checks.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PositionEncoding, Workspace } from '@astral-sh/ruff-wasm-nodejs';
import { main, root, ScriptError } from './lib/process.mjs';

const FOLDER = path.join(root, 'research');

/** https://docs.astral.sh/ruff/settings; the training runs with the Python of Debian 12. */
const SETTINGS = {
  'target-version': 'py311',
  'line-length': 120,
  'indent-width': 4,
  lint: {
    // The formatter breaks no string.
    pycodestyle: { 'max-line-length': 130 },
    select: ['E', 'W', 'F', 'I', 'B', 'UP', 'SIM', 'RET', 'C4', 'PIE', 'RUF'],
    // Formulas keep the letters of their papers (σ, α) and stand as short named functions; what is zipped has one length by construction.
    ignore: ['RUF001', 'RUF002', 'RUF003', 'B905', 'E731'],
  },
};

/** What git would commit; the folder also holds data, checkpoints and other people's code while a model is trained. */
function pythonFiles() {
  return fs
    .readdirSync(FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.py'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !path.relative(FOLDER, file).split(path.sep).includes('work'))
    .sort();
}

/** One line for each thing to mend, after the format was put right where `write` says so. */
function problemsIn(workspace, file, write) {
  const name = path.relative(root, file);
  const text = fs.readFileSync(file, 'utf8');
  const problems = workspace
    .check(text)
    .map(({ code, message, start_location: { row, column } }) => `${name}:${row}:${column} ${code} ${message}`);
  const formatted = workspace.format(text);
  if (formatted === text) return problems;
  if (!write) return [...problems, `${name} is not formatted; run npm run python -- --write.`];
  fs.writeFileSync(file, formatted);
  return problems;
}

export function checkPython({ write = false } = {}) {
  const workspace = new Workspace(SETTINGS, PositionEncoding.Utf16);
  const problems = pythonFiles().flatMap((file) => problemsIn(workspace, file, write));
  if (problems.length > 0) throw new ScriptError(problems.join('\n'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(() => checkPython({ write: process.argv.includes('--write') }));
}
