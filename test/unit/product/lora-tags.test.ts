import { describe, expect, it } from 'vitest';
import type { Style } from '../../../src/catalog/styles';
import { stylesOfTags, takeLoraTags } from '../../../src/product/lora-tags';

const style = (name: string) => ({ name, loraPath: `/styles/${name}/lora.safetensors` }) as Style;

describe('LoRA tags in a prompt', () => {
  it.each([
    ['a rocket', 'a rocket', []],
    ['a rocket <lora:shop:0.8>', 'a rocket', [{ name: 'shop', weight: 0.8 }]],
    ['a <lora:shop> rocket', 'a rocket', [{ name: 'shop', weight: 1 }]],
    ['<lora:a:1>, red, <LORA:b:-.5>', ', red,', [{ name: 'a', weight: 1 }, { name: 'b', weight: -0.5 }]], // prettier-ignore
    ['x <lora:shop:0.8:0.5>', 'x', [{ name: 'shop', weight: 0.8 }]],
    ['<b>bold</b> <lora:>', '<b>bold</b> <lora:>', []],
  ])('%j', (prompt, left, tags) => {
    expect(takeLoraTags(prompt)).toEqual({ prompt: left, tags });
  });

  it('mean the styles of those names, whatever their case', () => {
    const here = [style('Shop'), style('icons')];
    expect(stylesOfTags([{ name: 'shop', weight: 0.5 }], here)).toEqual([{ style: here[0], weight: 0.5 }]);
  });

  it('that name no style are refused, with the styles there are', () => {
    const tags = [{ name: 'gone', weight: 0.5 }];
    expect(() => stylesOfTags(tags, [style('shop')])).toThrow(
      'The prompt asks for the LoRA "gone" (<lora:gone:0.5>), and the styles here are shop.',
    );
    expect(() => stylesOfTags(tags, [])).toThrow('there are no styles here');
  });
});
