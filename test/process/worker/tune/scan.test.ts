import { symlinkSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkerClient } from '../../../../src/host/worker-client';
import type { ScanIconsResult } from '../../../../src/contract/tune-api';
import { BUILT_IN_MODEL } from '../../../support/built-in-model';
import { shape, svg, writeFiles, writeIcons } from '../../../support/icon-sets';
import { containing } from '../../../support/matching';
import { filesIn, startClient, temporaryFolder } from '../../../support/worker-harness';

let client: WorkerClient;
beforeAll(async () => {
  ({ client } = await startClient());
});
afterAll(() => client.dispose());

function scan(folder: string, thumbnailDir?: string): Promise<ScanIconsResult> {
  return client.request('scanIcons', {
    folder,
    modelPath: BUILT_IN_MODEL,
    currentColor: '#1f2328',
    ...(thumbnailDir === undefined ? {} : { thumbnailDir }),
  });
}

describe('scanning a folder', () => {
  it('gives icons with captions, groups, hold-out and thumbnails of the model’s size', async () => {
    const folder = writeIcons(path.join(temporaryFolder(), 'shop', 'icons'), 12);
    const thumbnails = temporaryFolder();
    const { icons, groups, skipped, styleWord, size } = await scan(folder, thumbnails);
    expect(icons).toHaveLength(12);
    expect(icons[0]).toEqual({
      id: 'shape-a.svg',
      group: '.',
      caption: 'shape a',
      heldOut: false,
      thumbnail: path.join(thumbnails, '0.png'),
    });
    expect(icons.filter(({ heldOut }) => heldOut)).toHaveLength(1);
    expect(groups).toEqual([{ id: '.', label: 'this folder', count: 12 }]);
    expect({ skipped, styleWord, size }).toEqual({ skipped: [], styleWord: 'shop style', size: 64 });
    expect(filesIn(thumbnails)).toHaveLength(12);
  });

  it('of the sample site finds its whole set', async () => {
    const folder = path.resolve(import.meta.dirname, '../../../workspace/icons');
    const { icons, skipped } = await scan(folder);
    expect(icons).toHaveLength(24);
    expect(skipped).toEqual([]);
  });

  it('without an icon, or with one, gives what there is', async () => {
    const none = await scan(writeFiles(temporaryFolder(), { 'readme.md': '# no icons' }));
    expect(none).toMatchObject({ icons: [], groups: [], skipped: [] });
    const one = await scan(writeIcons(temporaryFolder(), 1));
    expect(one.icons).toMatchObject([{ caption: 'shape a', heldOut: false }]);
  });

  it('of 5,000 icons works, and can be given up', { timeout: 300_000 }, async () => {
    const folder = writeIcons(temporaryFolder(), 5000);
    const stop = new AbortController();
    const params = { folder, modelPath: BUILT_IN_MODEL, currentColor: '#000' };
    const given = client.request('scanIcons', params, { signal: stop.signal });
    setTimeout(() => {
      stop.abort();
    }, 500);
    await expect(given).rejects.toMatchObject({ code: 'cancelled' });
    const { icons } = await scan(folder);
    expect(icons).toHaveLength(5000);
    expect(icons.filter(({ heldOut }) => heldOut)).toHaveLength(500);
  });

  it('tells sizes of one icon from icons of one name by their drawings', async () => {
    const level = (height: number): string =>
      svg(
        `<rect x="6" y="2" width="12" height="20" fill="#bbb"/><rect x="6" y="${22 - height}" width="12" height="${height}" fill="#2a2"/>`,
      );
    const sized = (size: number, width: number): string =>
      svg(
        `<path d="M12 4v16M4 12h16" fill="none" stroke="#222" stroke-width="${width}"/>`,
        `width="${size}" height="${size}" viewBox="0 0 24 24"`,
      );
    const { icons } = await scan(
      writeFiles(temporaryFolder(), {
        ...Object.fromEntries([20, 30, 50, 100].map((value) => [`battery_${value}.svg`, level(value / 5)])),
        'ic_add_16_regular.svg': sized(16, 4),
        'ic_add_24_regular.svg': sized(24, 3),
        'ic_key_16_regular.svg': svg(shape(1)),
        'ic_lock_16_regular.svg': svg(shape(2)),
        'home-16.svg': svg(shape(3), 'width="16" height="16" viewBox="0 0 24 24"'),
        'home-24.svg': svg('<circle cx="16" cy="16" r="4"/>', 'width="24" height="24" viewBox="0 0 24 24"'),
        'door/icon.svg': svg(shape(44)),
        'window/icon.svg': svg(shape(55)),
      }),
    );
    expect(icons.map(({ id, caption }) => `${id}: ${caption}`)).toEqual([
      'battery_100.svg: battery 100',
      'battery_20.svg: battery 20',
      'battery_30.svg: battery 30',
      'battery_50.svg: battery 50',
      'door/icon.svg: door',
      'home-16.svg: home',
      'home-24.svg: home',
      'ic_add_24_regular.svg: add',
      'ic_key_16_regular.svg: key',
      'ic_lock_16_regular.svg: lock',
      'window/icon.svg: window',
    ]);
  });

  it('takes density folders for sizes of one icon, and holds no twin of a held-out icon in training', async () => {
    const folder = temporaryFolder();
    for (const [density, side] of [
      ['mdpi', 24],
      ['xhdpi', 48],
    ] as const) {
      for (let index = 0; index < 10; index++) {
        const picture = await sharp(
          Buffer.from(svg(shape(index * 11), `width="${side}" height="${side}" viewBox="0 0 24 24"`)),
        )
          .png()
          .toBuffer();
        writeFiles(folder, { [`drawable-${density}/ic_thing_${String.fromCharCode(97 + index)}.png`]: picture });
      }
    }
    const { icons, skipped } = await scan(folder);
    expect(icons.map(({ id }) => id).filter((id) => !id.startsWith('drawable-xhdpi/'))).toEqual([]);
    expect([icons.length, skipped.length]).toEqual([10, 10]);
    expect(skipped[0]).toEqual({
      id: 'drawable-mdpi/ic_thing_a.png',
      reason: 'it is another size or format of drawable-xhdpi/ic_thing_a.png',
    });
  });

  it('passes nothing over without a word', async () => {
    const folder = writeFiles(temporaryFolder(), {
      'real/home.svg': svg(shape(1)),
      'photo.jpg': '',
      'old.gif': '',
      'packed.svgz': '',
      '._home.svg': '',
      'node_modules/a/b.svg': svg(shape(2)),
      '.hidden/c.svg': svg(shape(3)),
      'Home.tsx': 'import Svg from "react-native-svg"; export const Home = () => <Svg/>;',
      'page.tsx': 'export const a = 1;',
      'notes.txt': '',
    });
    symlinkSync('real/home.svg', path.join(folder, 'link.svg'));
    const { icons, skipped } = await scan(folder);
    expect(icons).toHaveLength(1);
    expect(Object.fromEntries(skipped.map(({ id, reason }) => [id, reason]))).toEqual({
      'photo.jpg': containing('JPG files are not read as icons'),
      'old.gif': containing('GIF files are not read'),
      'packed.svgz': containing('unpack it'),
      '._home.svg': containing('macOS'),
      'node_modules/': containing('other people’s files'),
      '.hidden/': 'it is a hidden folder',
      'link.svg': containing('links are not followed'),
      'Home.tsx': containing('react-native-svg'),
      '1 component': containing('draws no icon'),
    });
  });

  it('says what there was where nothing could be read', async () => {
    const { skipped } = await scan(writeFiles(temporaryFolder(), { 'IconHome.js': '', 'a.html': '', 'b.html': '' }));
    expect(skipped.map(({ id }) => id)).toEqual(['1 .js file', '2 .html files']);
  });

  it('that does not exist is refused', async () => {
    await expect(scan('/no/such/folder')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('hostile files', () => {
  it('are left out with a reason each, and the worker goes on', async () => {
    const bomb = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
    const pattern = (id: number): string =>
      `<pattern id="p${id}" width=".1" height=".1"><rect width="9" height="9" fill="url(#p${id + 1})"/></pattern>`;
    const { icons, skipped } = await scan(
      writeFiles(temporaryFolder(), {
        'bomb.svg': `<!DOCTYPE svg [<!ENTITY l0 "lol">${bomb}]>${svg('&l9;')}`,
        'file.svg': svg('<image href="file:///etc/passwd" width="9" height="9"/>'),
        'external.svg': `<!DOCTYPE svg SYSTEM "http://example.invalid/a.dtd">${svg('<use href="http://example.invalid/#a"/>')}`,
        'script.svg': svg('<script>while (true);</script>'),
        'handler.svg': svg(`<g onload="while(true);">${shape(1)}</g>`),
        'huge.svg': svg(`<!--${' '.repeat(2_000_000)}-->`),
        'wide.svg': svg(shape(2), 'viewBox="0 0 1e30 1e30" width="1e30" height="1e30"'),
        'circle.svg': svg(
          '<pattern id="a"><rect fill="url(#a)" width="9" height="9"/></pattern><path fill="url(#a)"/>',
        ),
        'patterns.svg': svg(
          `${Array.from({ length: 40 }, (_, i) => pattern(i)).join('')}<path fill="url(#p0)" d="M0 0h24v24z"/>`,
        ),
        'numbers.svg': svg(
          '<path d="M1e999 NaN h-1e308 v1e308z" stroke="red" stroke-width="1e308" stroke-dasharray="1e-300"/>',
        ),
        'blur.svg': svg(
          `<filter id="f"><feGaussianBlur stdDeviation="1e9"/></filter><g filter="url(#f)">${shape(3)}</g>`,
        ),
        'animated.svg': svg(`<g>${shape(4)}<animate attributeName="opacity" values="0;1" dur="1s"/></g>`),
        'garbage.svg': Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256)),
        'garbage.png': Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256)),
        'Loop.tsx': `export const Loop = () => <svg viewBox="0 0 1 1">${'{'.repeat(50_000)}`,
        'captions.jsonl': `{"id": "animated.svg", "caption": "${'word '.repeat(2000)}"}\n`,
      }),
    );
    const reasons = Object.fromEntries(skipped.map(({ id, reason }) => [id, reason]));
    expect(reasons).toMatchObject({
      'bomb.svg': containing('declares entities'),
      'file.svg': containing('outside itself'),
      'external.svg': containing('outside itself'),
      'script.svg': 'it holds a script',
      'huge.svg': containing('larger than'),
      'wide.svg': 'nothing can be seen in it',
      'garbage.svg': containing('damaged'),
      'garbage.png': containing('expected a PNG'),
      'Loop.tsx': containing('cannot be read'),
      'captions.jsonl': containing('longer than the model reads'),
    });
    const kept = icons.map(({ id }) => id);
    expect(kept).toEqual(expect.arrayContaining(['animated.svg', 'handler.svg']));
    expect([...kept, ...Object.keys(reasons)]).toHaveLength(16);
    await expect(scan(writeIcons(temporaryFolder(), 2))).resolves.toMatchObject({ icons: [{}, {}] });
  });
});
