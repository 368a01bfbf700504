/** SVG texts to pictures of one size. The packages are trusted, so no thread watches over this. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import type { RawImage } from '../../src/pictures/raw';

export type DrawIcon = (svg: string) => RawImage;

/** Gives a function that draws square SVG texts at `size` × `size`, straight alpha. */
export async function iconDrawer(size: number): Promise<DrawIcon> {
  const require = createRequire(path.resolve('package.json'));
  await initWasm(new Uint8Array(await readFile(require.resolve('@resvg/resvg-wasm/index_bg.wasm'))));
  return (svg) => {
    const drawing = new Resvg(svg, { fitTo: { mode: 'width', value: size }, font: { loadSystemFonts: false } });
    const image = drawing.render();
    const { width, height, pixels } = image;
    const picture = { width, height, channels: 4, data: straight(pixels) } as const;
    image.free();
    drawing.free();
    return picture;
  };
}

/** resvg gives premultiplied pixels. */
function straight(pixels: Uint8Array): Uint8Array {
  const result = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = pixels[i + 3]!;
    for (let c = 0; c < 3; c++)
      result[i + c] = alpha === 0 ? 0 : Math.min(255, Math.round((pixels[i + c]! * 255) / alpha));
    result[i + 3] = alpha;
  }
  return result;
}
