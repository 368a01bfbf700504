/** The grammar of `fourstep tune`. */
import type { Command } from 'commander';
import { decimal, wholeNumber } from './values';

/** Dark grey, the colour of most one-coloured icons in the built-in model's training. */
const INK = '#1f2328';

export function addTuneOptions(command: Command): Command {
  return command
    .description("learn the style of a folder of icons, on this machine; prints the style's folder")
    .argument('<folder>', 'icons: SVG, PNG, WebP and ICO files, sprite sheets, icon components')
    .requiredOption('--name <name>', 'name of the style; it is kept in .fourstep/styles of the repository')
    .option('--steps <n>', 'training steps (default: what suits the number of icons)', wholeNumber(1))
    .option('--rank <n>', 'rank of the low-rank addition: how much it can learn', wholeNumber(1))
    .option('--lr <rate>', 'learning rate', decimal)
    .option('--seed <n>', 'for every random choice of the training', wholeNumber(0))
    .option('--checkpoint-every <n>', 'steps after which the state is saved', wholeNumber(1))
    .option(
      '--style-word <words>',
      'put behind every caption (default: none; words that a small model does not know blur what it draws)',
    )
    .option('--ink <colour>', 'CSS colour for icons that take the colour of the text', INK)
    .option('--model <id or folder>', 'model to tune (default: the built-in one)')
    .option('--resume', 'go on with the unfinished training of that name', false)
    .option('--replace', 'replace the style or training of that name', false)
    .option('--dry-run', 'show icons, captions, time and memory; write nothing', false);
}
