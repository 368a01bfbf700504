/** Icons in the source of components: each `<svg>` that is all that its component draws. */
import { staticMarkup } from './component-markup';
import { SkippedIcon } from '../domain/errors';

export interface ComponentIcon {
  /** The component's name where it has one: "IconArrowLeft". */
  readonly name: string | undefined;
  /** SVG text. Throws SkippedIcon when it depends on code. */
  readonly markup: () => string;
}

/** Hand-written components are small; a megabyte is a bundle. */
export const MAX_COMPONENT_BYTES = 2 ** 18;

/** Files of whole sets hold some hundreds. */
const MOST_ICONS = 2000;
/** As far back as a key or a tag is looked for. */
const NEAR = 400;
/** What stands before an `<svg>` that is the whole of what is drawn: not another element. */
const BEGINNING = /(?:^|return|=>|[(=:?]|&&|<template[^>]*>|<\/script>|<\/style>|-->)$/;

/** Throws SkippedIcon for more than any icon set has. */
export function componentIcons(source: string): ComponentIcon[] {
  const icons: ComponentIcon[] = [];
  const components = [...source.matchAll(/\b(?:function|const|let|class)\s+([A-Z]\w*)/g)];
  let component: string | undefined;
  for (const { index } of source.matchAll(/<svg(?=[\s>])/g)) {
    const near = source.slice(Math.max(0, index - NEAR), index).trimEnd();
    if (!BEGINNING.test(near)) continue;
    if (icons.length === MOST_ICONS) throw new SkippedIcon(`it holds more than ${MOST_ICONS} icons`);
    while ((components[0]?.index ?? Infinity) < index) component = components.shift()?.[1];
    icons.push({ name: keyBefore(near) ?? component, markup: () => staticMarkup(source, index) });
  }
  return icons;
}

export const NO_ICON = 'it draws no icon by itself';

/** Why a component gives no icon. */
export function noIconReason(source: string): string {
  if (/from\s+["']react-native-svg["']/.test(source)) {
    return 'its drawing is made of react-native-svg’s components, which are not read; save it as SVG';
  }
  if (/\bcreateSvgIcon\s*\(/.test(source)) {
    return 'its drawing is given to createSvgIcon, which is not read; save it as SVG';
  }
  return source.includes('<svg') ? 'its <svg> is a part of something larger' : NO_ICON;
}

/** The key that the markup is the value of. */
function keyBefore(near: string): string | undefined {
  return /(?:^|[{,\s])["']?([A-Za-z][\w-]*)["']?\s*:\s*\(?$/.exec(near)?.[1];
}
