/** What the owner of an icon folder says about single icons, in its captions.jsonl. */
import path from 'node:path';
import { CAPTIONS_FILE, captionsLines, type Caption } from '../contract/captions';
import { LIMITS, textIfThere } from '../files/regular-file';

export interface Overrides {
  readonly byId: ReadonlyMap<string, Caption>;
  /** Lines that cannot be used, and why. */
  readonly problems: readonly string[];
}

/** No file: no overrides. Throws `io` when it is there and cannot be read, `bad-request` when it is too large. */
export async function readOverrides(folder: string): Promise<Overrides> {
  const text = await textIfThere(path.join(folder, CAPTIONS_FILE), { most: LIMITS.captions, code: 'bad-request' });
  const byId = new Map<string, Caption>();
  const problems: string[] = [];
  for (const { number, says } of captionsLines(text)) {
    if ('problem' in says) problems.push(`line ${number} is left out: ${says.problem}`);
    else byId.set(says.id, says);
  }
  return { byId, problems };
}
