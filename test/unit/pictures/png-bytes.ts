/** PNG files made by hand, independent of the code under test. */
import { deflateSync, crc32 } from 'node:zlib';

export const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

export function chunk(type: string, data: Uint8Array | string): Buffer {
  const body = Buffer.concat([
    Buffer.from(type, 'latin1'),
    typeof data === 'string' ? Buffer.from(data, 'latin1') : data,
  ]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length - 4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** 8-bit RGB header. */
export function header(width: number, height: number): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([8, 2, 0, 0, 0], 8);
  return chunk('IHDR', data);
}

/** A black 2 × 1 picture with `extra` chunks where AUTOMATIC1111's writer (PIL) puts them. */
export function tinyPng(...extra: Buffer[]): Buffer {
  return Buffer.concat([
    SIGNATURE,
    header(2, 1),
    ...extra,
    chunk('IDAT', deflateSync(Buffer.alloc(7))),
    chunk('IEND', ''),
  ]);
}
