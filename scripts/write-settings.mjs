/**
 * npm run settings: writes what follows from the declarations of the settings (src/contract): `configuration` in package.json, its
 * texts in package.nls.json, and the table in the documents.
 */
import { build } from 'esbuild';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { NODE_BUNDLE } from './lib/node-bundle.mjs';
import { main, root } from './lib/process.mjs';
import { text } from './write-rooms.mjs';

/** The document with the table, and the marks around it. */
const DOCUMENT = 'docs/settings.md';
const [BEGIN, END] = ['<!-- settings: npm run settings -->', '<!-- /settings -->'];

const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');

/** file → its contents as they should be. */
export async function settingsFiles() {
  const { configurationProperties, configurationTexts, settingsTable } = await declarations();
  const manifest = JSON.parse(read('package.json'));
  manifest.contributes.configuration.properties = configurationProperties();
  const others = Object.entries(JSON.parse(read('package.nls.json'))).filter(([key]) => !key.startsWith('config.'));
  const table = `${BEGIN}\n\n${settingsTable()}\n\n${END}`;
  return {
    'package.json': await text('package.json', manifest),
    'package.nls.json': await text('package.nls.json', { ...Object.fromEntries(others), ...configurationTexts() }),
    [DOCUMENT]: withTable(read(DOCUMENT), table),
  };
}

function withTable(document, table) {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${DOCUMENT} lacks the marks ${BEGIN} and ${END}.`);
  return document.slice(0, begin) + table + document.slice(end + END.length);
}

/** The declarations are TypeScript; they are bundled to be read here. */
async function declarations() {
  const outfile = path.join(root, 'out/editor-documents.cjs');
  await build({ ...NODE_BUNDLE, entryPoints: [path.join(root, 'src/contract/editor-documents.ts')], outfile });
  const require = createRequire(import.meta.url);
  delete require.cache[outfile];
  return require(outfile);
}

if (process.argv[1] === path.join(root, 'scripts/write-settings.mjs')) {
  await main(async () => {
    for (const [file, contents] of Object.entries(await settingsFiles()))
      fs.writeFileSync(path.join(root, file), contents);
  });
}
