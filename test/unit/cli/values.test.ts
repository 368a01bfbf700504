import { describe, expect, it } from 'vitest';
import { decimal, size, weighted, wholeNumber } from '../../../src/cli/values';

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
    expect(wholeNumber(0)('0')).toBe(0);
    expect(wholeNumber(1)('42')).toBe(42);
    for (const text of ['', '-1', '1.5', '1e3', 'x', '0', '9007199254740993']) {
      expect(() => wholeNumber(1)(text)).toThrow('at least 1');
    }
  });

  it('decimals', () => {
    expect(decimal('7.5')).toBe(7.5);
    for (const text of ['', ' ', 'x', 'Infinity', 'NaN']) expect(() => decimal(text)).toThrow('Expected a number');
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
