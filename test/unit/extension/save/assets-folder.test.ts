import { describe, expect, it } from 'vitest';
import { isWithin } from '../../../../src/files/inside';
import { assetsFolder, configuredFolder } from '../../../../src/extension/save/assets-folder';

/** Sub-folders of each folder of a pretended workspace. */
function lister(tree: Readonly<Record<string, readonly string[]>>): (folder: string) => Promise<readonly string[]> {
  return (folder) => Promise.resolve(tree[folder] ?? []);
}

describe('the folder a picture belongs into', () => {
  it('is the assets-like folder beside the document', async () => {
    expect(await assetsFolder('/ws', '/ws/docs', lister({ '/ws/docs': ['img', 'other'], '/ws': ['assets'] }))).toBe(
      '/ws/docs/img',
    );
  });

  it('is the nearest one on the way up', async () => {
    expect(await assetsFolder('/ws', '/ws/docs/guide', lister({ '/ws/docs': ['Images'], '/ws': ['assets'] }))).toBe(
      '/ws/docs/Images',
    );
  });

  it('prefers the likelier name where there are several', async () => {
    expect(await assetsFolder('/ws', '/ws', lister({ '/ws': ['public', 'icons', 'assets'] }))).toBe('/ws/assets');
  });

  it('is the document folder itself when that is one', async () => {
    expect(await assetsFolder('/ws', '/ws/assets', lister({ '/ws': ['images'] }))).toBe('/ws/assets');
  });

  it('is a new folder "images" beside the document when there is none', async () => {
    expect(await assetsFolder('/ws', '/ws/docs', lister({ '/ws': ['src'] }))).toBe('/ws/docs/images');
  });

  it('never lies outside the workspace', async () => {
    expect(await assetsFolder('/ws', '/elsewhere/docs', lister({ '/elsewhere': ['assets'], '/ws': [] }))).toBe(
      '/ws/images',
    );
  });
});

describe('the configured folder', () => {
  it('is taken from the workspace root', () => {
    expect(configuredFolder('/ws', 'src/icons')).toBe('/ws/src/icons');
  });

  it.each(['..', '../other', 'a/../../b', '/etc'])('is refused when it leads out: %s', (setting) => {
    expect(configuredFolder('/ws', setting)).toBeUndefined();
  });

  it('may begin with two dots in a name', () => {
    expect(isWithin('/ws', '/ws/icons')).toBe(true);
    expect(isWithin('/ws', '/wsx')).toBe(false);
    expect(isWithin('/ws', '/ws/..icons')).toBe(true);
  });
});
