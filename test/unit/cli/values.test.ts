import { describe, expect, it } from 'vitest';
import { numberIn, size, weighted } from '../../../src/cli/values';

describe('option values', () => {
  it.each([
    ['512x768', { width: 512, height: 768 }],
    ['64', { width: 64, height: 64 }],
    ['10X20', { width: 10, height: 20 }],
    ['10×20', { width: 10, height: 20 }],
  ])('size %s', (text, expected) => {
    expect(size(text)).toEqual(expected);
  });

  it.each(['', '0x64', '64x0', '-1x5', '1x2x3', '1.5x2', 'x', '99999999x1'])('size %j is refused', (text) => {
    expect(() => size(text)).toThrow('such as 512x768');
  });

  it('whole numbers', () => {
    const range = { least: 1, most: 64, whole: true };
    expect(numberIn(range)('42')).toBe(42);
    for (const text of ['', '-1', '1.5', '1e1', 'x', '0', '65', '9007199254740993']) {
      expect(() => numberIn(range)(text)).toThrow('Expected a whole number from 1 to 64');
    }
    expect(() => numberIn({ least: 0, most: Number.MAX_SAFE_INTEGER, whole: true })('-1')).toThrow('of at least 0');
  });

  it('decimals', () => {
    const range = { least: 0, most: 100 };
    expect(numberIn(range)('7.5')).toBe(7.5);
    for (const text of ['', ' ', 'x', 'Infinity', 'NaN', '100.5', '-1']) {
      expect(() => numberIn(range)(text)).toThrow('Expected a number from 0 to 100');
    }
    expect(() => numberIn({ least: 0, most: 1, without: 'least' })('0')).toThrow('above 0 and at most 1');
  });

  it.each([
    ['house', 'house', 1],
    ['house:0.8', 'house', 0.8],
    ['a:b:-.5', 'a:b', -0.5],
    ['C:\\styles\\house.safetensors', 'C:\\styles\\house.safetensors', 1],
    ['C:/house.safetensors:2', 'C:/house.safetensors', 2],
    ['house:0.5@', 'house:0.5@', 1],
    ['house@0.5', 'house@0.5', 1],
    ['house:', 'house:', 1],
    ['house:x', 'house:x', 1],
  ])('a value with its weight: %s', (text, value, weight) => {
    expect(weighted(text, [])).toEqual([{ value, weight }]);
    expect(weighted(text, [{ value: 'first', weight: 1 }])).toHaveLength(2);
  });

  it('a value with its weight and its start', () => {
    expect(weighted('a:b:0.8@.25', [])).toEqual([{ value: 'a:b', weight: 0.8, start: 0.25 }]);
  });
});
