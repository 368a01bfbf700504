/**
 * The one question before anything is written or deleted in a workspace: is the place really in there? A repository's links may
 * lead to any file of the machine.
 */
import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../domain/errors';

/** 'none': below the root there must be no link at all. 'inside': links may lead elsewhere in the root. */
export type LinkRule = 'none' | 'inside';

/**
 * Throws `bad-request` naming the first link on the way from `root` to `target` that breaks the rule, and a target that is not below the
 * root. What does not exist yet is no link. How `root` itself is reached is its owner's business.
 */
export async function checkInside(root: string, target: string, links: LinkRule = 'none'): Promise<void> {
  const [from, to] = [path.resolve(root), path.resolve(target)];
  if (!isWithin(from, to)) throw new UserError('bad-request', `${to} is not in ${from}; nothing is written there.`);
  let place = from;
  for (const part of path
    .relative(from, to)
    .split(path.sep)
    .filter((name) => name !== '')) {
    place = path.join(place, part);
    const stats = await lstat(place).catch(() => undefined);
    if (stats === undefined) return;
    if (!stats.isSymbolicLink()) continue;
    const leadsTo = await realpath(place).catch(() => undefined);
    if (links === 'inside' && leadsTo !== undefined && isWithin(await realpath(from), leadsTo)) continue;
    throw linked(place, leadsTo, from);
  }
}

function linked(place: string, leadsTo: string | undefined, root: string): UserError {
  const where = leadsTo === undefined ? 'that leads nowhere' : `to ${leadsTo}`;
  return new UserError(
    'bad-request',
    `${place} is a link ${where}. Fourstep writes only where a file belongs in ${root}. Put a real folder or file there, or choose another place.`,
  );
}

/** By their names alone; both absolute. */
export function isWithin(parent: string, child: string): boolean {
  const relative = path.relative(parent, child);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}
