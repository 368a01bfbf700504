import { symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawIcon } from '../../../src/icons/icon-folder';
import { IconReader } from '../../../src/icons/icon-reader';
import { DrawingBudget } from '../../../src/icons/drawing-budget';
import { Rasterizer } from '../../../src/icons/rasterizer';
import { scanIcons, type IconSet } from '../../../src/icons/scan';
import type { RawImage } from '../../../src/pictures/raw';
import { buildPrograms } from '../../support/build-worker';
import { shape, svg, writeFiles, writeIcons } from '../../support/icon-sets';
import { containing } from '../../support/matching';
import { temporaryFolder } from '../../support/worker-harness';

let rasterizer: Rasterizer;
let reader: IconReader;
beforeAll(async () => {
  rasterizer = new Rasterizer({ program: (await buildPrograms()).rasterizer });
  reader = new IconReader(rasterizer);
});
afterAll(() => rasterizer.release());

const INK = '#102030';

async function scan(files: Readonly<Record<string, string | Uint8Array>>): Promise<IconSet> {
  return scanIcons(reader, { folder: writeFiles(temporaryFolder(), files), size: 64, currentColor: INK });
}

async function png(width: number, height: number, color: string): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 4, background: color } })
    .png()
    .toBuffer();
}

function pixel({ data, width }: RawImage, x: number, y: number): number[] {
  return [...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4)];
}

const ids = ({ icons }: IconSet): string[] => icons.map(({ id }) => id);
const reasons = ({ skipped }: IconSet): Record<string, string> =>
  Object.fromEntries(skipped.map(({ id, reason }) => [id, reason]));

describe('a drawn icon', () => {
  it('has its colours in straight alpha, with a margin around it', async () => {
    const { icons } = await scan({ 'a.svg': svg('<path d="M0 0h24v24H0z" fill="#f00" fill-opacity=".5"/>') });
    const { image } = icons[0]!;
    expect(image).toMatchObject({ width: 64, height: 64, channels: 4 });
    expect(pixel(image, 32, 32)).toEqual([255, 0, 0, 128]);
    expect(pixel(image, 0, 0)[3]).toBe(0);
    expect(pixel(image, 2, 32)).toEqual([255, 0, 0, 128]);
  });

  it('takes the given colour for currentColor, also in components and style sheets', async () => {
    const square = '<path d="M0 0h24v24H0z" fill="currentColor"/>';
    const { icons } = await scan({
      'a.svg': svg(square),
      'IconB.tsx': `export const IconB = () => <svg viewBox="0 0 48 24">${square}</svg>;`,
      'c.svg': svg(`<style>.a{fill:currentColor}</style><path class="a" d="M0 0h24v12H0z"/>`),
    });
    expect(icons.map(({ image }) => pixel(image, 20, 28))).toEqual(Array(3).fill([0x10, 0x20, 0x30, 255]));
  });

  it('is the same for every drawing, whatever was drawn before', async () => {
    const folder = writeIcons(temporaryFolder(), 3);
    const draw = (): Promise<RawImage> => drawIcon(reader, folder, 'shape-b.svg', { size: 64, currentColor: INK });
    const first = await draw();
    await drawIcon(reader, folder, 'shape-c.svg', { size: 64, currentColor: INK });
    expect(await draw()).toEqual(first);
  });
});

describe('bitmaps', () => {
  it('of every kind become icons, whole and centred', async () => {
    const set = await scan({
      'wide.png': await png(40, 20, '#00f'),
      'web.webp': await sharp(await png(32, 32, '#0f0'))
        .webp({ lossless: true })
        .toBuffer(),
      'site.ico': ico(await png(16, 16, '#f00'), await png(32, 32, '#f0f')),
    });
    expect(ids(set)).toEqual(['site.ico', 'web.webp', 'wide.png']);
    const [site, web, wide] = set.icons.map(({ image }) => image);
    expect(pixel(site!, 32, 32)).toEqual([255, 0, 255, 255]);
    expect(pixel(web!, 32, 32)).toEqual([0, 255, 0, 255]);
    expect([pixel(wide!, 32, 32), pixel(wide!, 32, 10)]).toEqual([
      [0, 0, 255, 255],
      [0, 0, 0, 0],
    ]);
  });

  it('that are no icons are left out with the reason', async () => {
    const set = await scan({
      'photo.png': await png(2000, 1500, '#00f'),
      'dot.png': await png(8, 8, '#00f'),
      'banner.png': await png(600, 60, '#00f'),
      'empty.png': await png(32, 32, '#0000'),
      'text.png': 'no picture',
      'zero.ico': '',
      'many.ico': Buffer.from([0, 0, 1, 0, 255, 255]),
      'cut.ico': Buffer.from([0, 0, 1, 0, 2, 0, 1, 2, 3]),
    });
    expect(ids(set)).toEqual([]);
    expect(reasons(set)).toEqual({
      'photo.png': containing('2000×1500'),
      'dot.png': containing('too small'),
      'banner.png': containing('too long'),
      'empty.png': containing('nothing can be seen'),
      'text.png': containing('expected a PNG'),
      'zero.ico': 'it is empty',
      'many.ico': containing('more than 32'),
      'cut.ico': containing('damaged'),
    });
  });
});

/** An icon file with PNG entries. */
function ico(...pictures: Buffer[]): Buffer {
  const header = Buffer.alloc(6 + 16 * pictures.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(pictures.length, 4);
  let offset = header.length;
  pictures.forEach((picture, index) => {
    header.writeUInt32LE(picture.length, 6 + 16 * index + 8);
    header.writeUInt32LE(offset, 6 + 16 * index + 12);
    offset += picture.length;
  });
  return Buffer.concat([header, ...pictures]);
}

describe('a set', () => {
  it('is found in folders, sheets and components, and grouped by folder and style', async () => {
    const set = await scan({
      'sprite.svg': svg(
        `<symbol id="cart" viewBox="0 0 24 24">${shape(1)}</symbol><symbol id="key" viewBox="0 0 24 24">${shape(2)}</symbol>`,
      ),
      'nav/arrow-outline.svg': svg(shape(3)),
      'nav/arrow-solid.svg': svg(shape(4)),
      'nav/Menu/index.tsx': `export default () => <svg viewBox="0 0 24 24">${shape(5)}</svg>`,
      'icons.jsx': `const Up = () => <svg viewBox="0 0 24 24">${shape(6)}</svg>; const Down = () => <svg viewBox="0 0 24 24">${shape(7)}</svg>;`,
      'node_modules/a/b.svg': svg(shape(8)),
      '.hidden/c.svg': svg(shape(9)),
      'dist/d.svg': svg(shape(10)),
      'readme.md': '# no icon',
      'App.tsx': `export const App = () => <div><svg viewBox="0 0 24 24">${shape(11)}</svg></div>`,
    });
    const found = set.icons.map(({ id, group, caption }) => [id, group, caption]);
    expect(found).toEqual([
      ['icons.jsx#Up', 'icons.jsx', 'up'],
      ['icons.jsx#Down', 'icons.jsx', 'down'],
      ['nav/Menu/index.tsx', 'nav', 'menu'],
      ['nav/arrow-outline.svg', 'nav (outline)', 'arrow'],
      ['nav/arrow-solid.svg', 'nav (solid)', 'arrow'],
      ['sprite.svg#cart', 'sprite.svg', 'cart'],
      ['sprite.svg#key', 'sprite.svg', 'key'],
    ]);
    expect(reasons(set)).toEqual({
      '.hidden/': 'it is a hidden folder',
      'dist/': containing('other people’s files'),
      'node_modules/': containing('other people’s files'),
      'App.tsx': 'its <svg> is a part of something larger',
    });
  });

  it('holds every picture once, in its best form', async () => {
    const drawn = (side: number): Promise<Buffer> =>
      sharp(Buffer.from(svg(shape(1), `viewBox="0 0 24 24" width="${side}" height="${side}"`)))
        .png()
        .toBuffer();
    const sized = (side: number): string => svg(shape(3), `viewBox="0 0 24 24" width="${side}" height="${side}"`);
    const set = await scan({
      'home.svg': svg(shape(1)),
      'home.png': await drawn(64),
      'home@2x.png': await drawn(128),
      'star-16.svg': sized(16),
      'star-24.svg': sized(24),
      'copy-of-star.svg': svg(shape(3)),
    });
    expect(ids(set)).toEqual(['copy-of-star.svg', 'home.svg']);
    expect(reasons(set)).toEqual({
      'home.png': 'it is another size or format of home.svg',
      'home@2x.png': 'it is another size or format of home.svg',
      'star-16.svg': 'it is another size or format of star-24.svg',
      'star-24.svg': 'it looks the same as copy-of-star.svg',
    });
  });

  it('holds drawings that differ as icons of their own, whatever their names say', async () => {
    const set = await scan({
      'home.svg': svg(shape(1)),
      'home.png': await png(64, 64, '#00f'),
      'star-16.svg': svg(shape(2)),
      'star-24.svg': svg(shape(38)),
    });
    expect(ids(set)).toEqual(['home.png', 'home.svg', 'star-16.svg', 'star-24.svg']);
    expect(set.skipped).toEqual([]);
  });

  it('follows captions.jsonl, and says which of its lines cannot be used', async () => {
    const set = await scan({
      'a.svg': svg(shape(1)),
      'b.svg': svg(shape(2)),
      'c.svg': svg(shape(3)),
      'captions.jsonl': [
        '{"id": "a.svg", "caption": "  red \\n square "}',
        '{"id": "b.svg", "exclude": true}',
        '{"id": "c.svg", "caption": " "}',
        '{"id": "gone.svg", "caption": "x"}',
        '{"id": 5}',
        'not json',
        '',
      ].join('\r\n'),
    });
    expect(set.icons.map(({ id, caption }) => [id, caption])).toEqual([
      ['a.svg', 'red square'],
      ['c.svg', 'c'],
    ]);
    const told = set.skipped.map(({ id, reason }) => `${id}: ${reason}`);
    expect(told).toEqual([
      containing('captions.jsonl: line 5'),
      'captions.jsonl: line 6 is left out: it is not JSON',
      'captions.jsonl: there is no icon "gone.svg"',
      'b.svg: it is excluded by captions.jsonl',
      'captions.jsonl: the caption of c.svg is empty; its name is used: "c"',
    ]);
  });

  it('does not follow links, and refuses ids that lead out of the folder', async () => {
    const folder = temporaryFolder();
    const outside = writeIcons(path.join(folder, 'outside'), 2);
    const inside = writeIcons(path.join(folder, 'inside'), 1);
    symlinkSync(outside, path.join(inside, 'link'));
    symlinkSync(path.join(outside, 'shape-b.svg'), path.join(inside, 'b.svg'));
    const set = await scanIcons(reader, { folder: inside, size: 64, currentColor: INK });
    expect(ids(set)).toEqual(['shape-a.svg']);
    const draw = drawIcon(reader, inside, '../outside/shape-a.svg', { size: 64, currentColor: INK });
    await expect(draw).rejects.toMatchObject({ code: 'not-found' });
  });

  it('of a folder that is missing, or of too many icons, is refused with advice', async () => {
    const options = { size: 64, currentColor: INK };
    await expect(scanIcons(reader, { folder: '/no/such/folder', ...options })).rejects.toMatchObject({
      code: 'not-found',
    });
    const many = writeFiles(temporaryFolder(), {
      'sheet.svg': svg(Array.from({ length: 5001 }, (_, i) => `<symbol id="s${i}" viewBox="0 0 1 1"/>`).join('')),
    });
    await expect(scanIcons(reader, { folder: many, ...options })).rejects.toMatchObject({
      code: 'bad-request',
      message: containing('more than 5000 icons. Choose a folder inside'),
    });
  });

  it('can be given up', async () => {
    const stop = new AbortController();
    const folder = writeIcons(temporaryFolder(), 200);
    const scanning = scanIcons(reader, { folder, size: 64, currentColor: INK, signal: stop.signal });
    stop.abort();
    await expect(scanning).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('a drawing that cannot be finished', () => {
  it('is ended after its time, and the next one is drawn', async () => {
    const hasty = new Rasterizer({ program: (await buildPrograms()).rasterizer, limitMs: 1500 });
    const blur =
      '<filter id="f" x="-1" y="-1" width="3" height="3"><feMorphology operator="dilate" radius="300"/></filter>';
    const levels = Array.from({ length: 60 }, () => '<g filter="url(#f)">').join('');
    const slow = `<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="2000" viewBox="0 0 9 9">${blur}${levels}<path d="M1 1h7v7z"/>${'</g>'.repeat(60)}</svg>`;
    const draw = { index: 0, size: 2000, currentColor: INK };
    await expect(hasty.draw({ kind: 'svg', text: slow }, draw)).rejects.toThrow('longer than 1.5 seconds');
    const quick = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><path d="M0 0h8v8H0z"/></svg>';
    const drawn = hasty.draw({ kind: 'svg', text: quick }, { ...draw, size: 8 });
    await expect(drawn).resolves.toMatchObject({ width: 8, height: 8 });
    await hasty.release();
  });

  it('is told when its program is missing', async () => {
    const none = new Rasterizer({ program: '/no/such/program.js' });
    await expect(none.parts({ kind: 'svg', text: '<svg/>' })).rejects.toThrow('breaks the SVG rasteriser');
  });
});

describe('a file that is made to cost time', () => {
  const rows: readonly [string, string][] = [
    ['many DOCTYPEs', `${'<!DOCTYPE'.repeat(100_000)}<svg/>`],
    ['many openings of comments', `<svg>${'<!--'.repeat(200_000)}</svg>`],
    ['many openings of entities', `<svg a="${'&'.repeat(800_000)}"/>`],
    ['many addresses without an end', `<svg><path fill="${'url('.repeat(200_000)}"/></svg>`],
    ['one long number', `<svg><path stroke-width="${'1'.repeat(800_000)}x" d="M0 0h9"/></svg>`],
    ['one long transform', `<svg><g transform="${'a'.repeat(800_000)}"/></svg>`],
    ['one long selector', `<svg><style>a{${'b,'.repeat(300_000)}c{fill:red}}</style><path d="M0 0h9"/></svg>`],
    ['one long name', `<svg><symbol id="${'1'.repeat(800_000)}x"/></svg>`],
  ];

  it.each(rows)('is left out in seconds, and holds up no other: %s', { timeout: 120_000 }, async (_what, text) => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'bad.svg'), text);
    writeIcons(folder, 3);
    let longest = 0;
    let last = performance.now();
    // The process itself must stay awake, whatever the thread does.
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 20);
    const set = await scanIcons(reader, { folder, size: 64, currentColor: INK });
    clearInterval(watch);
    expect(set.icons).toHaveLength(3);
    expect(set.skipped.map(({ id }) => id.slice(0, 7))).toContain('bad.svg');
    expect(longest).toBeLessThan(5000);
  });

  it('shares one budget with its whole folder: the rest is left out with the reason', async () => {
    const folder = writeIcons(temporaryFolder(), 10);
    const budget = new DrawingBudget(1000);
    budget.spend(2000);
    const set = await scanIcons(reader, { folder, size: 64, currentColor: INK, budget });
    expect(set.icons).toEqual([]);
    expect(set.skipped).toHaveLength(10);
    expect(set.skipped[0]?.reason).toContain('took 1 seconds longer than icons do');
  });
});
