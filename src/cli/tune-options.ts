/** The grammar of `fourstep tune`. */
import type { Command } from 'commander';
import { TRAINING, TRAINING_SET } from '../contract/training-settings';
import { addSettings } from './setting-options';

export function addTuneOptions(command: Command): Command {
  command
    .description("learn the style of a folder of icons, on this machine; prints the style's folder")
    .argument('<folder>', 'icons: SVG, PNG, WebP and ICO files, sprite sheets, icon components')
    .requiredOption('--name <name>', 'name of the style; it is kept in .fourstep/styles of the repository');
  return addSettings(command, { ...TRAINING, ...TRAINING_SET })
    .option('--resume', 'go on with the unfinished training of that name', false)
    .option('--replace', 'replace the style or training of that name', false)
    .option('--dry-run', 'show icons, captions, time and memory; write nothing', false);
}
