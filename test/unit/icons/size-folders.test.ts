import { describe, expect, it } from 'vitest';
import { sizedFolder } from '../../../src/icons/size-folders';

describe('a folder that says a size', () => {
  it.each([
    ['drawable-hdpi', 'drawable', 1.5],
    ['res/drawable-night-xxhdpi', 'res/drawable-night', 3],
    ['mipmap-anydpi-v26', 'mipmap-v26', 1],
    ['hicolor/48x48/apps', 'hicolor/apps', 48],
    ['hicolor/scalable/apps', 'hicolor/apps', 1],
    ['24px', '.', 24],
    ['png/2x', 'png', 2],
  ])('%s is %s at size %d', (folder, rest, size) => {
    expect(sizedFolder(folder)).toEqual({ folder: rest, size });
  });

  it.each(['icons', '.', 'a/2024', 'drawable', '3d', '16x24'])('%s is none', (folder) => {
    expect(sizedFolder(folder)).toEqual({ folder, size: 0 });
  });
});
