import path from 'node:path';
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
