/** Says exactly which LoRA it is: a SHA-256 over everything that decides what it adds. */
import { createHash } from 'node:crypto';
import type { FileHasher } from '../../files/file-hasher';
import { adapterConfigOf } from './adapter-config';
import { loraFile } from './read-lora';

/** SHA-256 (hex) of the LoRA's file; of a PEFT adapter, whose alpha lies in its config, over both files' hashes. Throws `not-found` or `io`. */
export async function loraIdentity(location: string, files: FileHasher): Promise<string> {
  const file = await loraFile(location);
  const weights = await files.hash(file);
  const config = await adapterConfigOf(file);
  if (config === undefined) return weights;
  return createHash('sha256')
    .update(`${weights}\n${await files.hash(config)}\n`)
    .digest('hex');
}
