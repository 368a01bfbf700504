import { describe, expect, it } from 'vitest';
import { drawnSvg } from '../../../support/drawn-svg';
import { svg } from '../../../support/icon-sets';

const [top, bottom] = ['d="M2 2h20v9H2z"', 'd="M2 13h20v9H2z"'];

/** Colours of the upper and the lower half. */
async function halves(drawing: string, attributes?: string): Promise<string[]> {
  const at = await drawnSvg(svg(drawing, attributes));
  return [at(12, 6), at(12, 18)];
}

describe('the style of an icon is that of a browser', () => {
  it.each([
    [
      'a declaration that wins over the attribute',
      `<style>path{fill:#f00}</style><path fill="#00f" ${top}/>`,
      '#ff0000',
    ],
    ['one in the style attribute', `<style>path{fill:#f00}</style><path style="fill:#00f" ${top}/>`, '#0000ff'],
    ['an important one', `<style>path{fill:#f00!important}</style><path style="fill:#00f" ${top}/>`, '#ff0000'],
    [
      'the more specific selector',
      `<style>#a{fill:#f00}path.b{fill:#00f}</style><path id="a" class="b" ${top}/>`,
      '#ff0000',
    ],
    [
      'rules outside of layers',
      `<style>path{fill:#f00}@layer a{#p{fill:#00f}}</style><path id="p" ${top}/>`,
      '#ff0000',
    ],
    [
      'the later layer',
      `<style>@layer a,b;@layer b{path{fill:#f00}}@layer a{#p{fill:#00f}}</style><path id="p" ${top}/>`,
      '#ff0000',
    ],
    [
      '@supports',
      `<style>@supports (fill:red){path{fill:#f00}}@supports (fill:nix){path{fill:#00f}}</style><path ${top}/>`,
      '#ff0000',
    ],
    [
      '@media for a light screen',
      `<style>path{fill:#f00}@media (prefers-color-scheme:dark){path{fill:#fff}}</style><path ${top}/>`,
      '#ff0000',
    ],
    ['positions among all elements', `<title/><style>path:nth-child(3){fill:#f00}</style><path ${top}/>`, '#ff0000'],
    ['nested rules', `<style>g{fill:#00f;path{fill:#f00}}</style><g><path ${top}/></g>`, '#ff0000'],
    ['the last declaration that can be read', `<path style="fill:#f00;fill:nonsense" ${top}/>`, '#ff0000'],
    ['an attribute that says nothing', `<g fill="#f00"><path fill="undefined" ${top}/></g>`, '#ff0000'],
    ['sizes', '<style>rect{x:2px;y:2px;width:20px;height:calc(4px + 5px);fill:#f00}</style><rect/>', '#ff0000'],
    [
      'a font that is only embedded',
      `<style>@font-face{font-family:a;src:url(data:font/woff2;base64,AA)}.a{fill:#f00}</style><path class="a" ${top}/>`,
      '#ff0000',
    ],
  ])('%s', async (_what, drawing, color) => {
    expect(await halves(drawing)).toEqual([color, '']);
  });

  it('also where a selector begins at the root', async () => {
    const sheet = '<style>#Layer_1 path{fill:#f00}:root>.b{fill:#00f}</style>';
    const drawing = `${sheet}<path ${top}/><path class="b" ${bottom}/>`;
    expect(await halves(drawing, 'id="Layer_1" viewBox="0 0 24 24"')).toEqual(['#ff0000', '#ff0000']);
    expect(await halves(drawing, 'viewBox="0 0 24 24"')).toEqual(['#000000', '#0000ff']);
  });
});

describe('custom properties', () => {
  it.each([
    ['of the root', `<style>:root{--a:#f00}path{fill:var(--a)}</style><path ${top}/>`, '#ff0000'],
    ['of the element', `<path style="--a:#f00;fill:var(--a)" ${top}/>`, '#ff0000'],
    [
      'that stand for each other',
      `<style>:root{--a:var(--b);--b:#f00}</style><path fill="var(--a)" ${top}/>`,
      '#ff0000',
    ],
    ['with a fallback', `<path fill="var(--a, rgb(255, 0, 0))" ${top}/>`, '#ff0000'],
    [
      'in a circle take the fallback',
      `<style>:root{--a:var(--b);--b:var(--a)}</style><path fill="var(--a,#f00)" ${top}/>`,
      '#ff0000',
    ],
    [
      'in a circle without one are unset',
      `<style>:root{--a:var(--a)}</style><g fill="#f00"><path fill="var(--a)" ${top}/></g>`,
      '#ff0000',
    ],
    ['that only a page can define are ink', `<path fill="var(--a)" ${top}/>`, '#000000'],
    [
      'as a part of a colour',
      `<style>:root{--rgb:255 0 0}</style><path fill="rgb(var(--rgb) / 100%)" ${top}/>`,
      '#ff0000',
    ],
    [
      'of the place of use',
      `<defs><path id="a" ${top} fill="var(--c,#00f)"/></defs><use href="#a" style="--c:#f00"/>`,
      '#ff0000',
    ],
  ])('%s', async (_what, drawing, color) => {
    expect(await halves(drawing)).toEqual([color, '']);
  });

  it('that stand for more than any machine can hold are refused', async () => {
    const levels = Array.from({ length: 40 }, (_, i) => `--v${i}:var(--v${i + 1}) var(--v${i + 1});`).join('');
    await expect(halves(`<style>:root{${levels}--v40:red}</style><path fill="var(--v0)" ${top}/>`)).rejects.toThrow(
      /variables stand for more/,
    );
  });
});

describe('currentColor', () => {
  it('is that of the element which draws, also through use', async () => {
    const style = '<style>.r{color:#f00}.b{color:#00f}.l{fill:currentColor}</style>';
    const uses = '<g class="l"><use href="#q" class="r"/><use href="#q" class="b" y="11"/></g>';
    expect(await halves(`${style}<defs><path id="q" ${top}/></defs>${uses}`)).toEqual(['#ff0000', '#0000ff']);
  });
});

describe('a style that cannot be honoured leaves the icon out by name:', () => {
  it.each([
    ['its fill is not supported: "context-fill"', '<path fill="context-fill"/>'],
    ['its fill is not supported: "rgb(from red r g b)"', '<path style="fill:rgb(from red r g b)"/>'],
    ['its clip-path is not supported: "inset(0 50% 0 0)"', '<path style="clip-path:inset(0 50% 0 0)"/>'],
    ['its mask-image is not supported', '<path style="mask-image:linear-gradient(red,blue)"/>'],
    ['its transform is not supported: "rotateX(40deg)"', '<path style="transform:rotateX(40deg)"/>'],
    ['its stroke-width is not supported: "2vw"', '<path style="stroke-width:2vw"/>'],
    ['its border is not supported', '<style>:root{border:1px solid red}</style>'],
    ['depends on the size at which it is shown', '<style>@media (max-width:20px){path{fill:red}}</style>'],
    ['uses @container', '<style>@container (width>1px){path{fill:red}}</style>'],
    ['a selector that is not supported: "path:nonsense"', '<style>path:nonsense{fill:red}</style>'],
  ])('%s', async (reason, drawing) => {
    await expect(halves(drawing)).rejects.toThrow(reason);
  });

  it('a sheet that would take too long', async () => {
    const rules = Array.from({ length: 4000 }, (_, i) => `path:nth-child(${i}){fill:red}`).join('');
    await expect(halves(`<style>${rules}</style>${'<path/>'.repeat(10_000)}`)).rejects.toThrow(/too many selectors/);
  });
});
