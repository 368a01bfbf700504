import { describe, expect, it } from 'vitest';
import { spriteParts } from '../../../src/icons/sprite-parts';
import { parseSvg } from '../../../src/icons/svg-tree';
import { drawnSvg } from '../../support/drawn-svg';
import { svg } from '../../support/icon-sets';

const square = '<path fill="#f00" d="M2 2h20v20H2z"/>';
const half = '<path fill="#00f" d="M2 2h20v9H2z"/>';
const parts = (drawing: string, attributes?: string): string[] => [
  ...spriteParts(parseSvg(svg(drawing, attributes))).keys(),
];

describe('a file that is one icon', () => {
  it.each([
    ['uses its own symbol', `<symbol id="a" overflow="visible">${square}</symbol><use href="#a"/>`],
    ['uses it many times', `<symbol id="a" viewBox="0 0 9 9">${square}</symbol>${'<use href="#a"/>'.repeat(5)}`],
    ['is drawn and has a view', `${square}<view id="v" viewBox="0 0 12 12"/>`],
    ['has definitions beside its drawing', `<defs><g id="a">${half}</g></defs>${square}`],
    ['shows parts of itself', `<defs><g id="a">${half}</g></defs><use href="#a"/>`],
  ])('%s', (_what, drawing) => {
    expect(parts(drawing)).toEqual([]);
  });

  it('draws what it uses', async () => {
    const at = await drawnSvg(svg(`<symbol id="a" viewBox="0 0 24 24">${square}</symbol><use href="#a"/>`));
    expect(at(12, 18)).toBe('#ff0000');
  });
});

describe('a sprite sheet gives its icons:', () => {
  it.each([
    [
      'symbols',
      `<symbol id="a" viewBox="0 0 24 24">${half}</symbol><symbol id="b" viewBox="0 0 24 24">${square}</symbol>`,
    ],
    ['definitions', `<defs><g id="a">${half}</g><svg id="b" viewBox="0 0 24 24">${square}</svg></defs>`],
    [
      'a stack of svg',
      `<style>:root>svg{display:none}:root>svg:target{display:block}</style><svg id="a" viewBox="0 0 24 24">${half}</svg><svg id="b">${square}</svg>`,
    ],
    ['a stack of groups', `<style>g:not(:target){display:none}</style><g id="a">${half}</g><g id="b">${square}</g>`],
  ])('%s', async (_what, drawing) => {
    expect(parts(drawing)).toEqual(['a', 'b']);
    const at = await drawnSvg(svg(drawing), 'a');
    expect([at(12, 6), at(12, 18)]).toEqual(['#0000ff', '']);
  });

  it('views', async () => {
    const sheet = svg(
      `${square}<g transform="translate(24)">${half}</g><view id="a" viewBox="0 0 24 24"/><view id="b" viewBox="24 0 24 24"/>`,
      'viewBox="0 0 48 24"',
    );
    expect([...spriteParts(parseSvg(sheet)).keys()]).toEqual(['a', 'b']);
    const at = await drawnSvg(sheet, 'b');
    expect([at(12, 6), at(12, 18)]).toEqual(['#0000ff', '']);
  });

  it('an overview that shows each symbol once', () => {
    const symbols = `<symbol id="a" viewBox="0 0 24 24">${half}</symbol><symbol id="b" viewBox="0 0 24 24">${square}</symbol>`;
    expect(parts(`${symbols}<use href="#a"/><use href="#b" y="24"/>`, 'viewBox="0 0 24 48"')).toEqual(['a', 'b']);
  });
});

describe('an icon’s place is that of a browser:', () => {
  it.each([
    [
      'what lies outside the viewBox is cut off',
      '<path fill="#f00" d="M-9 -9h42v42H-9z"/>',
      'viewBox="0 0 24 12"',
      ['', '#ff0000', ''],
    ],
    [
      'a root that is turned',
      '<path fill="#f00" d="M0 0h24v8H0z"/>',
      'viewBox="0 0 24 24" transform="rotate(180)"',
      ['', '', '#ff0000'],
    ],
    [
      'a root that is turned by its style',
      '<path fill="#f00" d="M0 0h24v8H0z"/>',
      'viewBox="0 0 24 24" style="transform:rotate(180deg)"',
      ['', '', '#ff0000'],
    ],
    [
      'an element that turns around a point',
      '<path fill="#f00" d="M0 0h24v8H0z" transform="rotate(180)" transform-origin="12 12"/>',
      'viewBox="0 0 24 24"',
      ['', '', '#ff0000'],
    ],
    ['a size in points', '<path fill="#f00" d="M0 0h32v10H0z"/>', 'width="24pt" height="24pt"', ['#ff0000', '', '']],
    ['a size in centimetres', '<path fill="#f00" d="M0 0h38v12H0z"/>', 'width="1cm" height="1cm"', ['#ff0000', '', '']],
    [
      'a picture that is stretched',
      '<path fill="#f00" d="M0 0h24v24H0z"/>',
      'width="48" height="24" viewBox="0 0 24 24" preserveAspectRatio="none"',
      ['', '#ff0000', ''],
    ],
    [
      'a stroke that does not scale',
      '<path stroke="#f00" stroke-width="20" vector-effect="non-scaling-stroke" d="M0 12h2400" transform="scale(.01 .01) translate(0 1188)"/>',
      'viewBox="0 0 24 24"',
      ['', '#ff0000', ''],
    ],
  ])('%s', async (_what, drawing, attributes, colors) => {
    const at = await drawnSvg(svg(drawing, attributes));
    expect([at(12, 2), at(12, 12), at(12, 22)]).toEqual(colors);
  });

  it('names are told by their namespaces', async () => {
    const at = await drawnSvg(
      `<ns0:svg xmlns:ns0="http://www.w3.org/2000/svg" xmlns:l="http://www.w3.org/1999/xlink" viewBox="0 0 24 24">
        <ns0:defs><ns0:path id="a" fill="#f00" d="M2 2h20v20H2z"/></ns0:defs><ns0:use l:href="#a"/>
        <path xmlns="urn:other" d="M0 0h24v24H0z"/></ns0:svg>`,
    );
    expect(at(12, 12)).toBe('#ff0000');
  });

  it('a use that leads nowhere draws nothing', async () => {
    const at = await drawnSvg(svg(`${square}<use href="#"/><use/><use href="#gone"/>`));
    expect(at(12, 12)).toBe('#ff0000');
  });
});
