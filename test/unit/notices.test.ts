/** The third-party notices of the VSIX. */
import { describe, expect, it } from 'vitest';
import { noticeOf, noticesOf, packageOf } from '../../scripts/lib/notices.mjs';

describe('the notice of a package', () => {
  it('has its version, its licence and the text that it brings', () => {
    expect(noticeOf('commander')).toMatch(
      /^commander 14\.0\.3\nLicence: MIT\n[^]*Permission is hereby granted, free of charge/,
    );
  });

  it('has the standard text where the package brings none', () => {
    expect(noticeOf('decode-ico')).not.toContain('<year>');
    expect(noticeOf('decode-ico')).toMatch(
      /Copyright \(c\) the authors of decode-ico\n[^]*Permission is hereby granted/,
    );
  });

  it('of a weak copyleft licence is allowed', () => {
    expect(noticeOf('@resvg/resvg-wasm')).toContain('Mozilla Public License');
  });

  it.each([
    [{ version: '1.0.0' }, 'names no licence'],
    [{ version: '1.0.0', license: 'GPL-3.0-or-later' }, 'GPL-3.0-or-later, which must not ship'],
    [{ version: '1.0.0', license: 'AGPL-3.0' }, 'must not ship'],
  ])('is refused: %j', (manifest, part) => {
    expect(() => noticeOf('commander', manifest)).toThrow(part);
  });

  it('is refused when the licence is unknown and no text is there', () => {
    expect(() => noticeOf('decode-ico', { version: '1.0.0', license: 'Own' })).toThrow('"Own" is no licence');
  });
});

describe('the notices', () => {
  it('name every package once, in alphabetical order', () => {
    const text = noticesOf(['valibot', 'commander', 'valibot']);
    expect([...text.matchAll(/^(commander|valibot) \d/gm)].map(([, name]) => name)).toEqual(['commander', 'valibot']);
  });

  it.each([
    ['node_modules/valibot/dist/index.mjs', 'valibot'],
    ['node_modules/@vscode/codicons/dist/codicon.css', '@vscode/codicons'],
    ['node_modules/a/node_modules/b/index.js', 'b'],
    ['src/worker/main.ts', undefined],
  ])('know the package of %s', (file, name) => {
    expect(packageOf(file)).toBe(name);
  });
});
