/**
 * The thread that reads SVG and turns it into pixels, with resvg as WebAssembly: no fonts, no files, no network. A program of
 * its own, because strangers' files are read here, and it may have to be ended in the middle of one.
 */
import { readFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { SkippedIcon } from '../domain/errors';
import type { DrawRequest, Drawn, VectorAnswer, VectorFile, VectorMessage } from './rasterizer-messages';
import { squareSvg } from './svg-drawing';
import { vectorIcons, type VectorIcon } from './vector-file';

/** A folder's icons are listed first and drawn afterwards: so many characters of files stay read in between. */
const KEPT_CHARACTERS = 2 ** 20;

async function main(): Promise<void> {
  const wasm = await readFile(require.resolve('@resvg/resvg-wasm/index_bg.wasm'));
  await initWasm(new Uint8Array(wasm));
  parentPort?.on('message', (message: VectorMessage) => {
    parentPort?.postMessage(answerTo(message));
  });
}

function answerTo({ file, draw }: VectorMessage): VectorAnswer {
  try {
    const icons = iconsOf(file);
    if (draw !== undefined) return drawn(icons, draw);
    return { parts: icons.map(({ name, isPart, sides }) => ({ name, isPart, sides })) };
  } catch (error) {
    if (error instanceof SkippedIcon) return { reason: error.message };
    throw error;
  }
}

const kept = new Map<string, readonly VectorIcon[]>();
let keptCharacters = 0;

function iconsOf(file: VectorFile): readonly VectorIcon[] {
  const key = `${file.kind} ${file.text}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const icons = vectorIcons(file);
  keptCharacters += key.length;
  for (const oldest of kept.keys()) {
    if (keptCharacters <= KEPT_CHARACTERS) break;
    kept.delete(oldest);
    keptCharacters -= oldest.length;
  }
  kept.set(key, icons);
  return icons;
}

function drawn(icons: readonly VectorIcon[], { index, size, currentColor }: DrawRequest): Drawn {
  const icon = icons[index];
  if (icon === undefined) throw new SkippedIcon('it is not in its file any more');
  const svg = squareSvg(icon.drawing(), size, currentColor);
  try {
    const drawing = new Resvg(svg, { font: { loadSystemFonts: false } });
    const image = drawing.render();
    const { width, height, pixels } = image;
    const result = { width, height, pixels: pixels.slice() };
    image.free();
    drawing.free();
    return result;
  } catch (error) {
    // A panic in WebAssembly leaves it in an unknown state.
    if (error instanceof Error && error.name === 'RuntimeError') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SkippedIcon(`it cannot be drawn: ${reason}`, { cause: error });
  }
}

void main();
