/** Rows of pictures as one small PNG on a chessboard, so that transparency shows. */
import sharp from 'sharp';
import type { RawImage } from '../../src/pictures/raw';

const GAP = 4;
const SQUARE = 8;
const SHADES = [255, 240] as const;
/** Few colours keep the files small; icons need no more. */
const COLOURS = 128;

export async function writeContactSheet(rows: readonly (readonly RawImage[])[], file: string): Promise<void> {
  const side = (rows[0]?.[0]?.width ?? 0) + GAP;
  const [width, height] = [Math.max(...rows.map((row) => row.length)) * side + GAP, rows.length * side + GAP];
  const cells = rows.flatMap((row, y) =>
    row.map((image, x) => ({
      input: Buffer.from(image.data),
      raw: { width: image.width, height: image.height, channels: image.channels },
      left: GAP + x * side,
      top: GAP + y * side,
    })),
  );
  await sharp(chessboard(width, height), { raw: { width, height, channels: 3 } })
    .composite(cells)
    .png({ palette: true, colours: COLOURS, compressionLevel: 9 })
    .toFile(file);
}

function chessboard(width: number, height: number): Buffer {
  const pixels = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const odd = (Math.floor((i % width) / SQUARE) + Math.floor(i / width / SQUARE)) % 2;
    pixels.fill(SHADES[odd as 0 | 1], 3 * i, 3 * i + 3);
  }
  return pixels;
}
