import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageToTensor, tensorToImage, toByte } from '../../../../src/engine/sampling/pixels';
import { float32 } from '../../../../src/engine/tensors/tensor';
import { picture, plain } from '../../pictures/samples';

const straight = { premultiplied: false };
const premultiplied = { premultiplied: true };
const unit = (value: number) => 2 * value - 1;

describe('bytes from model values', () => {
  it('rounds a half to the even neighbour, as numpy does', () => {
    // 0.5 · 255 = 127.5 and 0.1 · 255 = 25.5 (in float32) are ties.
    expect(toByte(0)).toBe(128);
    expect(toByte(unit(0.1))).toBe(26);
    expect(toByte(Math.fround(unit(0.5 / 255)))).toBe(0);
    expect(toByte(Math.fround(unit(2.5 / 255)))).toBe(2);
  });

  it('clamps what lies outside -1 to 1', () => {
    expect([-7, -1, 1, 1.5, Infinity, -Infinity].map(toByte)).toEqual([0, 0, 255, 255, 255, 0]);
  });

  it('is never more than half a level away from the exact value', () => {
    fc.assert(
      fc.property(fc.float({ min: -1, max: 1, noNaN: true }), (value) => {
        expect(Math.abs(toByte(value) - (value / 2 + 0.5) * 255)).toBeLessThanOrEqual(0.5 + 1e-4);
      }),
    );
  });
});

describe('pictures from tensors', () => {
  it('interleaves the planes', () => {
    const tensor = float32([-1, 1, 1, -1, 0.2, 0.6], [1, 3, 1, 2]);
    expect(tensorToImage(tensor, straight)).toEqual({
      width: 2,
      height: 1,
      channels: 3,
      data: Uint8Array.of(0, 255, 153, 255, 0, 204),
    });
  });

  it('rounds alpha as it rounds colours', () => {
    const { data } = tensorToImage(float32([0, 0, 0, Math.fround(unit(2.5 / 255))], [1, 4, 1, 1]), straight);
    expect([...data]).toEqual([128, 128, 128, 2]);
  });

  it('divides premultiplied colours by alpha', () => {
    const half = float32([unit(0.5), unit(0.25), unit(0), unit(0.5)], [1, 4, 1, 1]);
    expect([...tensorToImage(half, premultiplied).data]).toEqual([255, 128, 0, 128]);
  });

  it('makes invisible premultiplied pixels black, and never more than white', () => {
    const tensor = float32([0.3, 1, 0.3, 1, 0.3, 1, -1, unit(0.5)], [1, 4, 1, 2]);
    expect([...tensorToImage(tensor, premultiplied).data]).toEqual([0, 0, 0, 0, 255, 255, 255, 128]);
  });
});

describe('tensors from pictures', () => {
  it('straight colours survive the way into the model and back, all of them', () => {
    const image = picture(4);
    expect(tensorToImage(imageToTensor(image, 4, straight), straight)).toEqual(image);
  });

  it('premultiplied colours survive it wherever anything is visible', () => {
    const image = picture(4);
    for (let i = 0; i < image.data.length; i += 4) if (image.data[i + 3] === 0) image.data.fill(0, i, i + 4);
    expect(tensorToImage(imageToTensor(image, 4, premultiplied), premultiplied)).toEqual(image);
  });

  it('gives an RGB picture full alpha for an RGBA model', () => {
    const { data, shape } = imageToTensor(plain([255, 0, 51], { width: 1, height: 1 }), 4, premultiplied);
    expect(shape).toEqual([1, 4, 1, 1]);
    expect(data).toBeAllclose([1, -1, -0.6, 1], 1e-6);
  });

  it('lays an RGBA picture on white for an RGB model', () => {
    const { data } = imageToTensor(plain([0, 0, 255, 51], { width: 1, height: 1 }), 3, straight);
    expect(data).toBeAllclose([0.6, 0.6, 1], 1e-6);
  });
});
