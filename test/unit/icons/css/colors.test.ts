import { describe, expect, it } from 'vitest';
import { resolvedColor } from '../../../../src/icons/css/colors';

describe('a colour of CSS', () => {
  it.each([
    ['RED', '#ff0000'],
    ['#f008', '#ff000088'],
    ['rgb(0 128 0 / 100%)', '#008000'],
    ['rgb(100%, 0%, 0%)', '#ff0000'],
    ['hsl(0.5turn 100% 50%)', '#00ffff'],
    ['hsl(210deg, 80%, 50%)', '#1980e6'],
    ['hwb(210 10% 10%)', '#1a80e6'],
    ['lab(0% 0 0)', '#000000'],
    ['oklab(62.8% 0.225 0.126)', '#ff0000'],
    ['oklch(60% .17 210)', '#009ab9'],
    ['color(srgb 1 0 0 / .5)', '#ff000080'],
    ['color(display-p3 0.8824 0 0.5961)', '#f90097'],
    ['color-mix(in srgb, red 50%, blue)', '#800080'],
    ['color-mix(in srgb, red, transparent 75%)', '#ff000040'],
    ['light-dark(red, blue)', '#ff0000'],
    ['CanvasText', '#000000'],
    ['currentColor', '#123456'],
  ])('%s is %s', (text, color) => {
    const near = (value: string): number[] =>
      (value.match(/[\da-f]{2}/g) ?? []).map((byte) => Number.parseInt(byte, 16));
    const [found, wanted] = [near(resolvedColor('fill', text, '#123456')), near(color)];
    expect(found).toHaveLength(wanted.length);
    for (const [index, byte] of found.entries()) expect(Math.abs(byte - (wanted[index] ?? 0))).toBeLessThan(6);
  });

  it.each(['rgb(from red r g b)', 'color-mix(in nowhere, red, blue)', 'foo(1)', ''])('"%s" is not known', (text) => {
    expect(() => resolvedColor('stroke', text, '#000')).toThrow(`its stroke is not supported: "${text}"`);
  });
});
