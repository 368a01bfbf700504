import { describe, expect, it } from 'vitest';
import { captionOf, nameParts, stylesAmong } from '../../../src/icons/icon-names';

describe('a caption from a name', () => {
  it.each([
    ['arrow-left-circle', 'arrow left circle'],
    ['IconArrowLeft', 'arrow left'],
    ['ArrowLeftIcon', 'arrow left'],
    ['SvgShoppingCart', 'shopping cart'],
    ['ic_home_black_24dp', 'home black'],
    ['icon-home', 'home'],
    ['home@2x', 'home'],
    ['home-24', 'home'],
    ['home_24px', 'home'],
    ['home-24x24', 'home'],
    ['homeHTMLFile', 'home html file'],
    ['arrow_outline', 'arrow'],
    ['arrow-filled', 'arrow'],
    ['arrow-filled-24', 'arrow'],
    ['heart solid', 'heart'],
    ['ic_home_24_outlined', 'home'],
    ['formula-1', 'formula 1'],
    ['mp3', 'mp3'],
    ['icon', 'icon'],
    ['outline', 'outline'],
    ['24', '24'],
    ['---', 'icon'],
    ['café', 'café'],
    ['дом-24', 'дом'],
  ])('%s → %s', (name, caption) => {
    expect(captionOf(nameParts(name))).toBe(caption);
  });

  it('keeps words that are things, unless many names of the folder end with them', () => {
    const names = ['text-bold', 'traffic-light', 'flashlight', 'home', 'star', 'cloud'];
    expect(stylesAmong(names).size).toBe(0);
    expect(captionOf(nameParts('text-bold', stylesAmong(names)))).toBe('text bold');
    const bold = ['home-bold', 'star-bold', 'cloud-bold-24', 'key-bold', 'text-bold'];
    expect([...stylesAmong(bold)]).toEqual(['bold']);
    expect(nameParts('home-bold', stylesAmong(bold))).toMatchObject({ words: ['home'], style: 'bold', size: 0 });
  });
});
