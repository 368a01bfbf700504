// npm run fine-tuning -- study|trials [options]: bundles one of the two and runs it in a process of its own.
import { runBundled } from '../../scripts/lib/run-bundled.mjs';

const PROGRAMS = ['study', 'trials'];
const [name, ...options] = process.argv.slice(2);
if (!PROGRAMS.includes(name)) {
  console.error(`Usage: npm run fine-tuning -- <${PROGRAMS.join(' | ')}> [options]`);
  process.exit(2);
}
process.exit(await runBundled(`research/fine-tuning/${name}.ts`, `research/fine-tuning/${name}`, options));
