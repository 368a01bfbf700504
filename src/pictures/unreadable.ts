/** Why a file is not read: what its first bytes tell, and what libvips says. */
import { messageOf } from '../domain/errors';
import { isLfsPointer, LFS_ADVICE } from '../domain/lfs';

/** A sentence without its subject: "it is empty". Undefined where nothing is known. */
export function unreadableReason(bytes: Buffer): string | undefined {
  if (bytes.length === 0) return 'it is empty';
  if (isLfsPointer(bytes)) return LFS_ADVICE;
  if (isXcodePng(bytes)) {
    return 'it is a PNG in the form that Xcode makes for apps (CgBI), which only Apple’s systems read; take the file it was made from, or restore it with "xcrun pngcrush -revert-iphone-optimizations"';
  }
  return undefined;
}

/** Its first chunk comes before the header. */
function isXcodePng(bytes: Buffer): boolean {
  return bytes.toString('latin1', 1, 4) === 'PNG' && bytes.toString('latin1', 12, 16) === 'CgBI';
}

/** What libvips says, as one readable line: it reports every layer on its own, some of them many times. */
export function reasonOf(error: unknown): string {
  const lines = messageOf(error)
    .split('\n')
    .map((line) =>
      line
        .replace('source: bad seek to', '')
        .trim()
        .replace(/(?<![:.\s\d])[:.\s\d]+$/, ''),
    )
    .filter((line) => line !== '');
  return [...new Set(lines)].join('; ');
}
