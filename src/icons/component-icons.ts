/** Icons in the source of components: each `<svg>` that is all that its component draws. */
import { staticMarkup } from './component-markup';

export interface ComponentIcon {
  /** The component's name where it has one: "IconArrowLeft". */
  readonly name: string | undefined;
  /** SVG text. Throws SkippedIcon when it depends on code. */
  readonly markup: () => string;
}

/** Hand-written components are small; a megabyte is a bundle. */
export const MAX_COMPONENT_BYTES = 2 ** 18;

/** As far back as a name or a tag is looked for. */
const NEAR = 400;
/** What stands before an `<svg>` that is the whole of what is drawn: not another element. */
const BEGINNING = /(?:^|return|=>|[(=:?]|&&|<template[^>]*>|<\/script>|<\/style>|-->)$/;

export function componentIcons(source: string): ComponentIcon[] {
  const icons: ComponentIcon[] = [];
  for (const { index } of source.matchAll(/<svg(?=[\s>])/g)) {
    const before = source.slice(0, index).trimEnd();
    if (!BEGINNING.test(before.slice(-NEAR))) continue;
    icons.push({ name: componentName(before), markup: () => staticMarkup(source, index) });
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

/** The nearest component that begins before the markup, or the key that it is the value of. */
function componentName(before: string): string | undefined {
  const key = /(?:^|[{,\s])["']?([A-Za-z][\w-]*)["']?\s*:\s*\(?$/.exec(before.slice(-NEAR))?.[1];
  if (key !== undefined) return key;
  return [...before.matchAll(/\b(?:function|const|let|class)\s+([A-Z]\w*)/g)].at(-1)?.[1];
}
