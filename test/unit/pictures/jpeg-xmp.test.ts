import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodeImage } from '../../../src/pictures/codec';
import { extendedXmpGuid, insertExtendedXmp, readExtendedXmp } from '../../../src/pictures/jpeg-xmp';
import { picture, RECIPE } from './samples';

const jpeg = () => encodeImage(picture(3), { format: 'jpeg' });
const SIGNATURE = 'http://ns.adobe.com/xmp/extension/\0';

describe('extended XMP in JPEG', () => {
  it.each([1, 65_000, 65_400, 200_000])('comes back whole: %d bytes', async (length) => {
    const text = 'xyz<&>'.repeat(length).slice(0, length);
    const file = insertExtendedXmp(await jpeg(), Buffer.from(text));
    expect(readExtendedXmp(file)).toBe(text);
  });

  it('leaves a JPEG that decodes to the same pixels', async () => {
    const plain = await jpeg();
    const file = insertExtendedXmp(plain, Buffer.alloc(150_000, 'a'));
    expect(await sharp(file).raw().toBuffer()).toEqual(await sharp(plain).raw().toBuffer());
  });

  it('is found in any order of its parts, and only when complete', async () => {
    const plain = await jpeg();
    const [first, second] = [Buffer.alloc(65_000, 'a'), Buffer.alloc(65_000, 'b')];
    const whole = insertExtendedXmp(plain, Buffer.concat([first, second]));
    const starts = [...whole.toString('latin1').matchAll(new RegExp(SIGNATURE, 'g'))].map(({ index }) => index - 4);
    expect(starts).toHaveLength(2);
    const [one = 0, two = 0] = starts;
    const end = two + 2 + whole.readUInt16BE(two + 2);
    const [head, a, b, tail] = [
      whole.subarray(0, one),
      whole.subarray(one, two),
      whole.subarray(two, end),
      whole.subarray(end),
    ];
    expect(readExtendedXmp(Buffer.concat([head, b, a, tail]))).toBe(readExtendedXmp(whole));
    expect(readExtendedXmp(Buffer.concat([head, a, tail]))).toBeUndefined();
    expect(readExtendedXmp(Buffer.concat([head, tail]))).toBeUndefined();
  });

  it('is named by the main packet, which keeps the mark of AI-made pictures', async () => {
    const bytes = await encodeImage(picture(3), {
      format: 'jpeg',
      recipe: { ...RECIPE, prompt: 'long '.repeat(20_000) },
    });
    const { xmpAsString = '' } = await sharp(bytes).metadata();
    const guid = extendedXmpGuid(Buffer.from(readExtendedXmp(bytes)!));
    expect(xmpAsString).toContain(`<xmpNote:HasExtendedXMP>${guid}</xmpNote:HasExtendedXMP>`);
    expect(xmpAsString).toContain('digitalsourcetype/trainedAlgorithmicMedia');
  });

  it('that claims to be huge is not allocated; random bytes are none', () => {
    const claim = Buffer.alloc(2 + 4 + SIGNATURE.length + 40);
    claim.writeUInt16BE(0xffd8, 0);
    claim.writeUInt16BE(0xffe1, 2);
    claim.writeUInt16BE(claim.length - 4, 4);
    claim.write(SIGNATURE, 6, 'latin1');
    claim.writeUInt32BE(0xffffffff, claim.length - 8);
    expect(readExtendedXmp(claim)).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(readExtendedXmp(Buffer.from([0xff, 0xd8, 0xff, 0xe1, ...bytes]))).toBeUndefined();
      }),
    );
  });
});
