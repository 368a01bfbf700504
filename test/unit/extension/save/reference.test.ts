import { describe, expect, it } from 'vitest';
import { referencesFor } from '../../../../src/extension/save/reference';

const picture = { path: 'assets/fox.png', alt: 'a red fox', width: 64, height: 32 };

describe('the reference to a saved picture', () => {
  it.each([
    ['markdown', '![a red fox](assets/fox.png)'],
    ['html', '<img src="assets/fox.png" alt="a red fox" width="64" height="32">'],
    ['vue', '<img src="assets/fox.png" alt="a red fox" width="64" height="32">'],
    ['typescriptreact', '<img src="assets/fox.png" alt="a red fox" width={64} height={32} />'],
    ['css', 'url("assets/fox.png")'],
    ['plaintext', 'assets/fox.png'],
  ])('is written in the form of %s', (language, expected) => {
    expect(referencesFor(language, [picture])).toBe(expected);
  });

  it('stands on a line of its own for each of several pictures', () => {
    expect(referencesFor('markdown', [picture, { ...picture, path: 'b.png' }])).toBe(
      '![a red fox](assets/fox.png)\n![a red fox](b.png)',
    );
  });

  it('encodes characters that would end a link or an attribute', () => {
    const awkward = { ...picture, path: '../my assets/fox (1) "x".png' };
    expect(referencesFor('markdown', [awkward])).toBe('![a red fox](../my%20assets/fox%20%281%29%20%22x%22.png)');
    expect(referencesFor('css', [awkward])).toContain('fox%20%281%29%20%22x%22.png');
  });

  it('escapes alt texts so that a prompt stays text', () => {
    const alt = 'a ]( fox" onerror="x <b> {code}\nnext';
    expect(referencesFor('markdown', [{ ...picture, alt }])).toBe(
      '![a \\]( fox" onerror="x <b> {code} next](assets/fox.png)',
    );
    const html = referencesFor('html', [{ ...picture, alt }]);
    expect(html).toContain('alt="a ]( fox&#34; onerror=&#34;x &#60;b&#62; &#123;code&#125; next"');
  });
});
