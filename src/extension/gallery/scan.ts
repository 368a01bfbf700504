/** Does a picture carry a Fourstep recipe? Found by looking at both ends of the file; knows nothing of VS Code. */
import type { FileHandle } from 'node:fs/promises';
import type { ParsedRecipe } from '../../contract/recipe';
import { recipeFromXmp } from '../../contract/recipe-xmp';
import { openRegular } from '../../files/regular-file';

/** PNG and JPEG keep the XMP packet in front, WebP at the end; AVIF near the front. */
const WINDOW_BYTES = 64 * 1024;

/** Reads at most 128 KB; neither recipe nor problem when there is none. Throws only what the file system throws. */
export async function scanPicture(file: string): Promise<ParsedRecipe> {
  const handle = await openRegular(file);
  try {
    const { size } = await handle.stat();
    const head = await readWindow(handle, 0, Math.min(size, WINDOW_BYTES));
    const found = recipeFromXmp(head);
    const tailStart = Math.max(size - WINDOW_BYTES, WINDOW_BYTES);
    if (found.recipe !== undefined || tailStart >= size) return found;
    const atEnd = recipeFromXmp(await readWindow(handle, tailStart, size - tailStart));
    return atEnd.recipe === undefined ? found : atEnd;
  } finally {
    await handle.close();
  }
}

/** XMP is text that lies uncompressed in the file, so it is found among whatever else is there. */
async function readWindow(handle: FileHandle, position: number, length: number): Promise<string> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  return buffer.toString('utf8', 0, bytesRead);
}
