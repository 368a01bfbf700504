import { describe, expect, it } from 'vitest';
import { compareImages } from '../../../src/pictures/compare';
import { picture, plain } from './samples';

describe('is a rebuilt picture the same one', () => {
  const differingBy = (levels: number) => {
    const image = plain([100, 100, 100]);
    image.data[70] = 100 - levels;
    return compareImages(plain([100, 100, 100]), image);
  };

  it('identical', () => {
    expect(compareImages(picture(4), picture(4))).toEqual({ verdict: 'identical', maxDifference: 0 });
  });

  it('near: rounding, up to 8 levels in one channel of one pixel', () => {
    expect(differingBy(1)).toEqual({ verdict: 'near', maxDifference: 1 });
    expect(differingBy(8)).toEqual({ verdict: 'near', maxDifference: 8 });
  });

  it('different: more than rounding', () => {
    expect(differingBy(9)).toEqual({ verdict: 'different', maxDifference: 9 });
  });

  it('different: another size, another number of channels', () => {
    const different = { verdict: 'different', maxDifference: 255 };
    expect(compareImages(picture(3, 8, 4), picture(3, 4, 8))).toEqual(different);
    expect(compareImages(plain([1, 2, 3]), plain([1, 2, 3, 255]))).toEqual(different);
  });
});
