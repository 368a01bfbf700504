import { describe, expect, it } from 'vitest';
import { spriteParts, wholeFile } from '../../../src/icons/sprite-parts';
import { squareSvg } from '../../../src/icons/svg-drawing';
import { parseSvg } from '../../../src/icons/svg-tree';
import { svg } from '../../support/icon-sets';

const path = '<path d="M2 2h20v20z"/>';

function drawn(text: string): string {
  return squareSvg(wholeFile(parseSvg(text)), 64, '#123456');
}

describe('an SVG file that is refused', () => {
  it.each([
    ['that is no XML', 'PNG', /damaged/],
    ['that is cut off', '<svg viewBox="0 0 1 1"><path', /damaged/],
    ['of another vocabulary', '<html/>', /its root is <html>/],
    ['with a script', svg(`<script>alert(1)</script>${path}`), /holds a script/],
    ['with a picture from elsewhere', svg('<image href="http://example.invalid/x.png"/>'), /outside itself: "http/],
    ['with a file of this machine', svg('<image xlink:href="file:///etc/passwd"/>'), /outside itself: "file/],
    ['with a part of another file', svg('<use href="other.svg#a"/>'), /outside itself: "other/],
    ['with an embedded picture', svg('<image href="data:image/png;base64,AAAA"/>'), /embedded picture/],
    ['with a paint from elsewhere', svg('<path fill="url(http://example.invalid/#a)"/>'), /outside itself/],
    ['with a style sheet from elsewhere', svg('<style>@import "a.css";</style>'), /imports another file/],
    [
      'with a style sheet in another file',
      `<?xml version="1.0"?><?xml-stylesheet href="a.css"?>${svg(path)}`,
      /style sheet is another file/,
    ],
    ['of another namespace', '<svg xmlns="urn:x" viewBox="0 0 1 1"/>', /belongs to the namespace "urn:x"/],
    ['with entities', `<!DOCTYPE svg [<!ENTITY a "b">]>${svg(path)}`, /declares entities/],
    ['with text', svg('<text x="1" y="9">Hi</text>'), /text, which needs a font/],
    ['that is too deep', svg('<g>'.repeat(200) + '</g>'.repeat(200)), /nests more than 100/],
    ['far too deep', svg('<g>'.repeat(200_000)), /larger|nests|damaged/],
    ['with too many parts', svg('<g/>'.repeat(20_001)), /more than 20000 elements/],
    ['that is too large', svg(`<path d="${'M0 0'.repeat(300_000)}"/>`), /larger than 1 MB/],
    ['without a size', svg(path, ''), /neither a viewBox nor a size/],
    ['with a size of nothing', svg(path, 'viewBox="0 0 0 0"'), /neither a viewBox nor a size/],
    ['with a size of the page', svg(path, 'width="100%" height="100%"'), /neither a viewBox nor a size/],
    ['that is a banner', svg(path, 'viewBox="0 0 300 20"'), /too long/],
    ['that uses itself', svg('<g id="a"><use href="#a"/></g>'), /uses itself/],
  ])('is one %s', (_what, text, reason) => {
    expect(() => drawn(text)).toThrow(reason);
  });

  it('is one that repeats its parts without end: the laughing square', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const part = level === 0 ? path : `<use href="#l${level - 1}"/>`.repeat(10);
      return `<g id="l${level}">${part}</g>`;
    });
    expect(() => drawn(svg(levels.join('')))).toThrow(/more than 100000 times/);
  });
});

describe('an SVG file that is read', () => {
  it('loses what does not draw: titles, metadata, animations, handlers, drawing programs, foreign objects', () => {
    const text = svg(
      `<title>x</title><metadata><a xmlns="b">c</a></metadata><sodipodi:namedview/>
       <path onclick="x()" inkscape:label="y" d="M0 0"><animate attributeName="d" values="a;b"/></path>
       <foreignObject><div/></foreignObject><a href="https://example.invalid/"><g/></a>`,
    );
    const output = drawn(text);
    expect(output).toContain('<path d="M0 0"/><g><g/></g></g></svg>');
    expect(output).not.toMatch(/title|metadata|sodipodi|onclick|label|animate|foreignObject|example/);
  });

  it('may have a plain DOCTYPE, a declaration, a byte order mark and a namespace prefix', () => {
    const doctype =
      '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">';
    expect(() => parseSvg(`\uFEFF<?xml version="1.0"?>${doctype}${svg(path)}`)).not.toThrow();
    const prefixed = '<svg:svg xmlns:svg="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><svg:path d="M0 0"/></svg:svg>';
    expect(drawn(prefixed)).toContain('<path d="M0 0"/>');
  });

  it('is laid into a square with a margin of 1/32 of its longer side, centred', () => {
    const text = drawn(svg(path, 'viewBox="0 0 32 16" fill="none"'));
    expect(text).toContain('viewBox="0 0 34 34"');
    expect(text).toContain('x="1" y="9" width="32" height="16" viewBox="0 0 32 16" overflow="hidden"');
    expect(text).toContain('fill="none"');
  });

  it('keeps quotes and brackets in values from becoming markup', () => {
    expect(drawn(svg('<path d="a&quot;/&gt;&lt;script&gt;"/>'))).toContain('d="a&quot;/&gt;&lt;script&gt;"');
    expect(() => squareSvg(wholeFile(parseSvg(svg(path))), 64, '"><script>')).toThrow(/currentColor is not supported/);
  });
});

describe('a sprite sheet', () => {
  const sheet = parseSvg(
    svg(`<style>.a{fill:red}</style><defs><linearGradient id="g" href="#h"/><linearGradient id="h"/></defs>
      <symbol id="cart" viewBox="0 0 8 8"><path class="a" stroke="url(#g)"/></symbol><symbol id="key" viewBox="0 0 8 8">${path}</symbol>
      <use href="#cart"/>`),
  );

  it('is a file that draws nothing but symbols', () => {
    expect([...spriteParts(sheet).keys()]).toEqual(['cart', 'key']);
    expect(spriteParts(parseSvg(svg(`<symbol id="a" viewBox="0 0 8 8"/>${path}`))).size).toBe(0);
    expect(spriteParts(parseSvg(svg(path))).size).toBe(0);
  });

  it('gives each symbol what it needs and no more', () => {
    const text = (name: string): string => {
      const part = spriteParts(sheet).get(name);
      return part === undefined ? '' : squareSvg(part, 64, 'black');
    };
    expect(text('cart')).toMatch(/<defs><linearGradient href="#(d\d)" id="d\d"\/><linearGradient id="\1"\/><\/defs>/);
    expect(text('cart')).toContain('fill="#ff0000"');
    expect(text('key')).not.toContain('linearGradient');
  });
});
