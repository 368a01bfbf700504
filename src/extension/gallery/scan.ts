/** Does a picture carry a Fourstep recipe? Found by looking at both ends of the file; knows nothing of VS Code. */
import type { FileHandle } from 'node:fs/promises';
import { openRegular } from '../../files/regular-file';

/** PNG and JPEG keep the recipe in front, WebP at the end; AVIF near the front. */
const WINDOW_BYTES = 64 * 1024;
/** What stands right before the recipe: the keyword and its empty fields in PNG, our element in XMP. */
const PNG_MARK = 'fourstep\0\0\0\0\0';
const XMP_MARK = '<fourstep:recipe>';

export interface FoundRecipe {
  readonly prompt: string;
  /** ISO 8601, for sorting. */
  readonly created: string;
}

/** Reads at most 128 KB; undefined when there is no recipe. Throws only what the file system throws. */
export async function scanPicture(file: string): Promise<FoundRecipe | undefined> {
  const handle = await openRegular(file);
  try {
    const { size } = await handle.stat();
    const head = await readWindow(handle, 0, Math.min(size, WINDOW_BYTES));
    const tailStart = Math.max(size - WINDOW_BYTES, WINDOW_BYTES);
    return (
      recipeIn(head) ?? (tailStart < size ? recipeIn(await readWindow(handle, tailStart, size - tailStart)) : undefined)
    );
  } finally {
    await handle.close();
  }
}

async function readWindow(handle: FileHandle, position: number, length: number): Promise<string> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  return buffer.toString('utf8', 0, bytesRead);
}

/** The recipe stands as plain JSON in PNG, with XML entities in XMP. */
export function recipeIn(text: string): FoundRecipe | undefined {
  const png = text.indexOf(PNG_MARK);
  if (png >= 0) return parse(text, png + PNG_MARK.length);
  const xmp = text.indexOf(XMP_MARK);
  return xmp < 0 ? undefined : parse(withoutEntities(text.slice(xmp + XMP_MARK.length)), 0);
}

function withoutEntities(text: string): string {
  return text.replace(/&#(\d{1,5});/g, (_, code: string) => String.fromCharCode(Number(code)));
}

function parse(text: string, start: number): FoundRecipe | undefined {
  const end = endOfObject(text, start);
  if (end < 0) return undefined;
  try {
    const { prompt, created } = JSON.parse(text.slice(start, end)) as Record<string, unknown>;
    return typeof prompt === 'string' ? { prompt, created: typeof created === 'string' ? created : '' } : undefined;
  } catch {
    return undefined;
  }
}

/** Index behind the brace that closes the object at `start`; -1 when it is cut off. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let i = start; i < text.length; i++) {
    const character = text[i];
    if (quoted) {
      if (character === '\\') i++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return i + 1;
  }
  return -1;
}
