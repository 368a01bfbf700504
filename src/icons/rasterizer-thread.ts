/**
 * The thread that turns SVG into pixels, with resvg as WebAssembly: no fonts, no files, no network. A program of its own,
 * because it may have to be ended in the middle of a drawing.
 */
import { readFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import type { DrawMessage, DrawnMessage } from './rasterizer-messages';

async function main(): Promise<void> {
  const wasm = await readFile(require.resolve('@resvg/resvg-wasm/index_bg.wasm'));
  await initWasm(new Uint8Array(wasm));
  parentPort?.on('message', ({ svg }: DrawMessage) => {
    parentPort?.postMessage(drawn(svg));
  });
}

function drawn(svg: string): DrawnMessage {
  try {
    const drawing = new Resvg(svg, { font: { loadSystemFonts: false } });
    const image = drawing.render();
    const { width, height, pixels } = image;
    const message = { width, height, pixels: pixels.slice() };
    image.free();
    drawing.free();
    return message;
  } catch (error) {
    // A panic in WebAssembly leaves it in an unknown state.
    if (error instanceof Error && error.name === 'RuntimeError') throw error;
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

void main();
