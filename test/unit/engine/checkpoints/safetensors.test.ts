import { mkdir, symlink, truncate } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/domain/errors';
import { openSafetensors, openWeights, readTensor } from '../../../../src/engine/checkpoints/safetensors';
import { writeSafetensors } from '../../../../src/engine/checkpoints/safetensors-writer';
import { float32 } from '../../../../src/engine/tensors/tensor';
import { ownFolder, safetensorsBytes, writeTo } from './safetensors-bytes';

const folder = await ownFolder();
const f32 = (shape: unknown, begin: unknown, end: unknown) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

async function refusal(bytes: Uint8Array | string, name = 'bad.safetensors'): Promise<UserError> {
  const file = await writeTo(folder, name, bytes);
  const error: unknown = await openSafetensors(file).then(
    () => new Error('it was accepted'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toContain(file);
  return error as UserError;
}

describe('a valid file', () => {
  it('lists tensors with dtype, shape and place in the file, and its metadata', async () => {
    const header = { __metadata__: { format: 'pt' }, b: f32([2], 4, 12), a: f32([], 0, 4) };
    const bytes = safetensorsBytes(header, new Uint8Array(Float32Array.of(1, 2, 3).buffer));
    const file = await writeTo(folder, 'good.safetensors', bytes);
    const opened = await openSafetensors(file);
    const start = bytes.length - 12;
    expect(opened.tensors.get('a')).toEqual({ name: 'a', dtype: 'float32', shape: [], file, offset: start, length: 4 });
    expect(opened.tensors.get('b')).toMatchObject({ shape: [2], offset: start + 4, length: 8 });
    expect([...opened.metadata]).toEqual([['format', 'pt']]);
    const b = opened.tensors.get('b');
    expect(b && (await readTensor(b)).data).toEqual(Float32Array.of(2, 3));
  });

  it('may hold no tensors, empty tensors, and spaces after the header', async () => {
    const none = await openSafetensors(await writeTo(folder, 'none.safetensors', safetensorsBytes('{}   ')));
    expect(none.tensors.size).toBe(0);
    const empty = await writeTo(folder, 'empty.safetensors', safetensorsBytes({ e: f32([0, 4], 0, 0) }));
    expect((await openSafetensors(empty)).tensors.get('e')?.length).toBe(0);
  });

  it('behind a symbolic link gives the real path of its tensors', async () => {
    const file = await writeTo(folder, 'blob', safetensorsBytes({ e: f32([0], 0, 0) }));
    const link = path.join(folder, 'link.safetensors');
    await symlink(file, link);
    const opened = await openSafetensors(link);
    expect(opened.tensors.get('e')?.file).toBe(file);
    expect(opened.origin).toBe(link);
  });
});

describe('a file that breaks the format is refused with the file and the tensor named', () => {
  const data = new Uint8Array(8);
  it.each([
    ['an empty file', new Uint8Array(0), '0 bytes'],
    ['a file of 7 bytes', new Uint8Array(7), '7 bytes'],
    ['a header longer than the limit', Buffer.from('ffffffffffffffff', 'hex'), '100000000'],
    ['a header longer than the file', Buffer.concat([Buffer.from('6400000000000000', 'hex'), data]), 'cut off'],
    ['an empty header', safetensorsBytes(''), '"{"'],
    ['a header that begins with a space', safetensorsBytes(' {}'), '"{"'],
    ['a header that is a list', safetensorsBytes('[]'), '"{"'],
    ['broken JSON', safetensorsBytes('{"a":'), 'not valid JSON'],
    [
      'invalid UTF-8',
      Buffer.concat([Buffer.from('0300000000000000', 'hex'), Buffer.from([0x7b, 0xff, 0x7d])]),
      'UTF-8',
    ],
    ['an entry that is no object', safetensorsBytes({ a: 1 }), '"a"'],
    ['an entry that is null', safetensorsBytes({ a: null }), '"a"'],
    ['an unknown dtype', safetensorsBytes({ a: { ...f32([2], 0, 8), dtype: 'F99' } }, data), 'F99'],
    [
      'a dtype that is a property of every object',
      safetensorsBytes({ a: { ...f32([2], 0, 8), dtype: 'toString' } }, data),
      'toString',
    ],
    ['no shape', safetensorsBytes({ a: { dtype: 'F32', data_offsets: [0, 8] } }, data), 'shape'],
    ['a negative dimension', safetensorsBytes({ a: f32([-2], 0, 8) }, data), '-2'],
    ['a fractional dimension', safetensorsBytes({ a: f32([1.5], 0, 8) }, data), '1.5'],
    ['a dimension beyond exact integers', safetensorsBytes({ a: f32([2 ** 53], 0, 8) }, data), '9007199254740992'],
    [
      'a shape whose product is beyond exact integers',
      safetensorsBytes({ a: f32([2 ** 40, 2 ** 40], 0, 8) }, data),
      'counted',
    ],
    ['such a product even with a zero after it', safetensorsBytes({ a: f32([2 ** 40, 2 ** 40, 0], 0, 0) }), 'counted'],
    ['a dimension that is a text', safetensorsBytes({ a: f32(['2'], 0, 8) }, data), '"a"'],
    ['no offsets', safetensorsBytes({ a: { dtype: 'F32', shape: [2] } }, data), 'data_offsets'],
    ['three offsets', safetensorsBytes({ a: { ...f32([2], 0, 8), data_offsets: [0, 8, 8] } }, data), 'data_offsets'],
    ['offsets that run backwards', safetensorsBytes({ a: f32([2], 8, 0) }, data), 'impossible'],
    ['negative offsets', safetensorsBytes({ a: f32([2], -8, 0) }, data), 'impossible'],
    ['the wrong number of bytes', safetensorsBytes({ a: f32([1], 0, 8) }, data), 'needs 4 bytes'],
    ['offsets beyond the file', safetensorsBytes({ a: f32([4], 0, 16) }, data), 'cut off'],
    ['a hole before the first tensor', safetensorsBytes({ a: f32([1], 4, 8) }, data), 'hole of 4 bytes'],
    ['a hole between tensors', safetensorsBytes({ z: f32([0], 0, 0), a: f32([1], 4, 8) }, data), 'hole of 4 bytes'],
    ['overlapping tensors', safetensorsBytes({ b: f32([2], 0, 8), a: f32([1], 4, 8) }, data), 'overlaps'],
    ['bytes after the last tensor', safetensorsBytes({ a: f32([1], 0, 4) }, data), '4 bytes follow'],
    [
      'a name that occurs twice',
      safetensorsBytes('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\\u0061":{}}', data),
      '"a" occurs twice',
    ],
    [
      'a key that occurs twice in an entry',
      safetensorsBytes('{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', data),
      '"dtype" occurs twice',
    ],
    [
      'a tensor named __proto__',
      safetensorsBytes('{"__proto__":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', data),
      '__proto__',
    ],
    [
      'a name with half a character',
      safetensorsBytes('{"\\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', data),
      'Unicode',
    ],
    ['metadata that is no object', safetensorsBytes({ __metadata__: 'x' }), '__metadata__'],
    ['metadata with a number', safetensorsBytes({ __metadata__: { a: 1 } }), '__metadata__'],
    ['endless nesting', safetensorsBytes(`{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`), 'nests deeper'],
  ])('%s', async (_, bytes, part) => {
    const error = await refusal(bytes);
    expect(error.code).toBe('bad-checkpoint');
    expect(error.message).toContain(part);
  });

  it('and the message guesses what the file is instead', async () => {
    expect((await refusal('version https://git-lfs.github.com/spec/v1\n')).message).toContain('git lfs pull');
    expect((await refusal('<!DOCTYPE html><html></html>')).message).toContain('web page');
    expect((await refusal('PK\u0003\u0004 and so on')).message).toContain('pickle');
  });

  it('a folder instead of a file', async () => {
    await mkdir(path.join(folder, 'folder.safetensors'));
    await expect(openSafetensors(path.join(folder, 'folder.safetensors'))).rejects.toMatchObject({
      code: 'bad-checkpoint',
    });
  });

  it('a missing file is "not found"', async () => {
    await expect(openSafetensors(path.join(folder, 'gone.safetensors'))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('a file that is cut while it is in use', async () => {
    const file = await writeTo(folder, 'cut.safetensors', safetensorsBytes({ a: f32([2], 0, 8) }, data));
    const tensor = (await openSafetensors(file)).tensors.get('a');
    await truncate(file, 20);
    await expect(readTensor(tensor!)).rejects.toThrow('tensor "a"');
  });
});

describe('pickle files', () => {
  it.each(['model.ckpt', 'pytorch_model.bin', 'x.pt', 'x.PTH'])(
    '%s is refused with the reason, unread',
    async (name) => {
      await expect(openWeights(path.join(folder, name))).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(/run any code.*\.safetensors/) as string,
      });
    },
  );
});

describe('a sharded checkpoint', () => {
  const index = async (weightMap: unknown, name = 'model.safetensors.index.json') =>
    writeTo(folder, name, JSON.stringify({ metadata: {}, weight_map: weightMap }));

  it('gives the tensors of all shards under one roof', async () => {
    await writeSafetensors(
      path.join(folder, 's1.safetensors'),
      new Map([
        ['a', float32([1], [1])],
        ['unlisted', float32([9], [1])],
      ]),
    );
    await writeSafetensors(path.join(folder, 's2.safetensors'), new Map([['b', float32([2, 3], [2])]]));
    for (const name of ['m.safetensors.index.json', 'm.safetensors.index.fp16.json']) {
      const source = await openWeights(await index({ b: 's2.safetensors', a: 's1.safetensors' }, name));
      expect([...source.tensors.keys()]).toEqual(['b', 'a']);
      expect((await readTensor(source.tensors.get('b')!)).data).toEqual(Float32Array.of(2, 3));
    }
  });

  it('lists every missing shard', async () => {
    const file = await index({ a: 's1.safetensors', b: 'gone1.safetensors', c: 'gone2.safetensors' });
    await expect(openWeights(file)).rejects.toThrow('gone1.safetensors, gone2.safetensors');
  });

  it('says which tensor a shard lacks', async () => {
    await expect(openWeights(await index({ nowhere: 's1.safetensors' }))).rejects.toThrow(
      '"nowhere" lies in s1.safetensors',
    );
  });

  it.each([
    '../s1.safetensors',
    '/etc/s1.safetensors',
    'sub/s1.safetensors',
    '..\\s1.safetensors',
    's1.bin',
    'C:s1.safetensors',
    7,
  ])('refuses the shard %s', async (shard) => {
    await expect(openWeights(await index({ a: shard }))).rejects.toMatchObject({ code: 'bad-checkpoint' });
  });

  it.each([[undefined], [[]], [{}], ['x']])('refuses the weight_map %s', async (weightMap) => {
    await expect(openWeights(await index(weightMap))).rejects.toMatchObject({ code: 'bad-checkpoint' });
  });
});

describe('a file of 8-bit numbers', () => {
  it('is no damaged file: the element type is named, and what helps', async () => {
    const bytes = safetensorsBytes({ a: { dtype: 'F8_E4M3', shape: [2], data_offsets: [0, 2] } }, new Uint8Array(2));
    const file = await writeTo(await ownFolder(), 'fp8.safetensors', bytes);
    await expect(openSafetensors(file)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/fp8.safetensors stores tensor "a" as F8_E4M3, 8-bit.*half precision/),
    });
  });
});
