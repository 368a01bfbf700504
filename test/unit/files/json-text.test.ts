import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/domain/errors';
import { parseJson, quote, readJsonFile } from '../../../src/files/json-text';
import { ownFolder, writeTo } from '../engine/checkpoints/safetensors-bytes';

const parse = (text: string) => parseJson(Buffer.from(text), 'config.json');

describe('parseJson', () => {
  it.each([
    '{"a":{"x":1},"b":{"x":2}}',
    '["a","a",{"a":"a"}]',
    '{"a":"{\\"a\\":1,\\"a\\"","b":"\\\\"}',
    '{"a":[{"b":1},{"b":2}],"b":3}',
    '"x"',
    ' 1 ',
  ])('reads %s as JSON.parse does', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"a":1,"a":2}', '"a" occurs twice'],
    ['{"a":1,"\\u0061":2}', '"a" occurs twice'],
    ['{"x":[1,{"k\\"":1,"k\\"":2}]}', 'occurs twice'],
    ['{"a":{"__proto__":{}}}', '__proto__'],
    ['{"\\u005f_proto__":1}', '__proto__'],
    ['{"a":1', 'not valid JSON'],
    ['', 'not valid JSON'],
    ['['.repeat(65) + ']'.repeat(65), 'deeper than 64'],
  ])('refuses %s', (text, part) => {
    expect(() => parse(text)).toThrow(UserError);
    expect(() => parse(text)).toThrow(part);
    expect(() => parse(text)).toThrow('config.json');
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(() => parseJson(Uint8Array.of(0x22, 0xc3, 0x22), 'config.json')).toThrow('UTF-8');
  });
});

describe('readJsonFile', () => {
  it('refuses a file that is too large before reading it', async () => {
    const file = await writeTo(await ownFolder(), 'config.json', '{"a":1}');
    expect(await readJsonFile(file)).toEqual({ a: 1 });
    await expect(readJsonFile(file, 6)).rejects.toThrow('has 7 bytes; a file of its kind has at most 6');
  });

  it('says that a file is missing or a folder', async () => {
    const folder = await ownFolder();
    await expect(readJsonFile(`${folder}/gone.json`)).rejects.toMatchObject({ code: 'not-found' });
    await expect(readJsonFile(folder)).rejects.toThrow('is a folder, expected a file');
  });
});

it('quote escapes control characters and cuts long names', () => {
  expect(quote('a\u0000"b')).toBe('"a\\u0000\\"b"');
  expect(quote('x'.repeat(1000)).length).toBeLessThan(130);
});

describe('JSON as Python writes it', () => {
  const read = (text: string): unknown => parseJson(Buffer.from(text), 'config.json', { pythonNumbers: true });

  it('may hold infinities and no number, and words like them', () => {
    expect(read('{"a": -Infinity, "b": [Infinity, NaN], "c": "-Infinity \\" NaN"}')).toEqual({
      a: -Infinity,
      b: [Infinity, NaN],
      c: '-Infinity " NaN',
    });
  });

  it('is not read where nobody writes it so', () => {
    expect(() => parseJson(Buffer.from('{"a": NaN}'), 'config.json')).toThrow(/not valid JSON/);
    expect(() => read('{"a": Infinite}')).toThrow(/not valid JSON/);
  });

  it('may begin with a byte order mark', () => {
    expect(read('\uFEFF{"a": 1}')).toEqual({ a: 1 });
    expect(parseJson(Buffer.from('\uFEFF[]'), 'x')).toEqual([]);
  });
});

it('a Git LFS pointer in place of a JSON file is called what it is', () => {
  expect(() => parse('version https://git-lfs.github.com/spec/v1\noid sha256:0\n')).toThrow(/git lfs pull/);
});
