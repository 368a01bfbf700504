/** Which CSS properties change how SVG is drawn, and which of them are honoured. */

export const PAINTS = new Set(['fill', 'stroke']);
/** They take a colour. */
export const COLORS = new Set(['color', 'stop-color', 'flood-color', 'lighting-color']);
/** CSS properties that SVG also knows as attributes of some elements, with the meaning of a size or place. */
export const GEOMETRY = new Set(['x', 'y', 'width', 'height', 'cx', 'cy', 'r', 'rx', 'ry', 'd']);
export const LENGTHS = new Set(['stroke-width', 'stroke-dashoffset', 'stroke-dasharray']);

/** They go on to what is inside an element. */
export const INHERITED = new Set([
  ...['color', 'fill', 'fill-opacity', 'fill-rule', 'clip-rule', 'stroke', 'stroke-width', 'stroke-opacity'],
  ...['stroke-linecap', 'stroke-linejoin', 'stroke-miterlimit', 'stroke-dasharray', 'stroke-dashoffset', 'visibility'],
  ...['marker-start', 'marker-mid', 'marker-end', 'paint-order', 'shape-rendering', 'image-rendering', 'font-size'],
  ...['color-interpolation', 'color-interpolation-filters'],
]);

const REFERENCES = new Set(['clip-path', 'mask', 'filter', 'marker-start', 'marker-mid', 'marker-end']);

/** What the rasteriser draws, in the form of presentation attributes. */
export const DRAWN = new Set([
  ...INHERITED,
  ...COLORS,
  ...REFERENCES,
  ...['opacity', 'stop-opacity', 'flood-opacity', 'display', 'overflow', 'mix-blend-mode', 'isolation', 'mask-type'],
]);

export const TRANSFORMS = new Set(['transform', 'transform-origin', 'transform-box', 'translate', 'rotate', 'scale']);

/** Attributes that mean the same as a declaration in a style sheet that is weaker than every other. */
export const PRESENTATION = new Set([
  ...DRAWN,
  ...PAINTS,
  ...['marker', 'transform', 'transform-origin', 'vector-effect'],
]);

/** They change the drawing and are not honoured, unless they have one of these values, which change nothing. */
export const UNSUPPORTED: ReadonlyMap<string, readonly string[]> = new Map([
  ...['mask-image', 'mask-border', 'mask-border-source', 'offset', 'offset-path', 'perspective'].map(
    (name): [string, string[]] => [name, ['none']],
  ),
  ['zoom', ['1', '100%', 'normal', 'reset']],
  ['all', []],
  ['content-visibility', ['visible', 'auto']],
]);

/** On the outermost element they draw around and behind the icon; inside SVG they mean nothing. */
export const BOX_OF_ROOT: ReadonlyMap<string, readonly string[]> = new Map([
  ['background', ['none', 'transparent', '0', '0 0']],
  ['background-color', ['transparent']],
  ['background-image', ['none']],
  ['border', ['none', '0', '0px']],
  ['border-radius', ['0', '0px']],
  ['outline', ['none', '0', '0px']],
  ['box-shadow', ['none']],
]);

/** -webkit-clip-path and the like mean what the name without the prefix means. */
export function unprefixed(property: string): string {
  const bare = property.startsWith('-webkit-') ? property.slice('-webkit-'.length) : property;
  return TRANSFORMS.has(bare) || REFERENCES.has(bare) || UNSUPPORTED.has(bare) || bare === 'opacity' ? bare : property;
}

/** Names of properties are the same in capitals; those of custom properties are not. */
export function propertyName(written: string): string {
  return written.startsWith('--') ? written : unprefixed(written.toLowerCase());
}

export function isHonoured(property: string): boolean {
  return (
    property.startsWith('--') ||
    [PRESENTATION, GEOMETRY, TRANSFORMS, UNSUPPORTED, BOX_OF_ROOT].some((names) => names.has(property))
  );
}
