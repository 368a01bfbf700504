import { describe, expect, it } from 'vitest';
import { MAX_PROMPT_LENGTH, promptFrom } from '../../../src/extension/prompt';

describe('the prompt in a selection', () => {
  it.each([
    ['plain words', 'a paper plane icon, flat, blue', 'a paper plane icon, flat, blue'],
    ['several lines', 'a paper plane\n   flat,\tblue ', 'a paper plane flat, blue'],
    ['a Markdown picture', '![a red fox](missing.png)', 'a red fox'],
    ['an img element', '<img class="x" src="" alt="a red fox" width=3>', 'a red fox'],
    ['an img element in JSX', '<img alt={"a red fox"} />', 'a red fox'],
    ['an img element with single quotes', "<IMG ALT='a red fox'>", 'a red fox'],
    ['an HTML paragraph', '<p class="lead">a <b>red</b> fox</p>', 'a red fox'],
    ['an HTML comment', '<!-- a red fox -->', 'a red fox'],
    ['a line comment', '// a red fox', 'a red fox'],
    ['a block comment', '/* a red fox\n * with a hat */', 'a red fox with a hat'],
    ['a Markdown heading', '## a red fox', 'a red fox'],
    ['a list item', '- a red fox', 'a red fox'],
    ['a numbered item', '3. a red fox', 'a red fox'],
    ['emphasis', '**a red** _fox_ `icon`', 'a red fox icon'],
    ['a link', 'see [a red fox](https://example.com)', 'see a red fox'],
    ['a quoted string', '"a red fox",', 'a red fox'],
    ['right-to-left text', 'תפוח אדום', 'תפוח אדום'],
    ['emoji', '🚀 rocket', '🚀 rocket'],
    ['nothing', '   \n ', ''],
  ])('is found in %s', (_, selection, prompt) => {
    expect(promptFrom(selection)).toEqual({ text: prompt, cut: false });
  });

  it('keeps words that only look like markup', () => {
    expect(promptFrom('2 < 3 and 5 > 4').text).toBe('2 < 3 and 5 > 4');
    expect(promptFrom('a well-known-name icon').text).toBe('a well-known-name icon');
  });

  it('is cut when a whole file is selected, and says so', () => {
    const { text, cut } = promptFrom('fox '.repeat(30_000));
    expect(text.length).toBeLessThanOrEqual(MAX_PROMPT_LENGTH);
    expect(cut).toBe(true);
  });
});

describe('a selection that is made to cost time', () => {
  const rows: readonly [string, string][] = [
    ['openings of links', '[]('.repeat(40_000)],
    ['openings of tags', '<a '.repeat(40_000)],
    ['openings of pictures', `![${'['.repeat(100_000)}`],
    ['spaces in a picture reference', `![a](b)${' '.repeat(100_000)}x`],
    ['marks of emphasis', '*a_'.repeat(40_000)],
    ['quotes', `"${'" '.repeat(100_000)}`],
    ['comment signs', '//'.repeat(100_000)],
    ['attributes of a picture', `<img ${'alt = '.repeat(30_000)}>`],
  ];

  it.each(rows)('gives a prompt in milliseconds: %s', (_what, selection) => {
    const began = performance.now();
    expect(promptFrom(selection).cut).toBe(true);
    expect(performance.now() - began).toBeLessThan(3000);
  });
});
