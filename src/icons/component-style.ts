/** Style objects of JSX and Vue as CSS: { maskType: 'alpha', strokeWidth: 2 }. */

/** Numbers of these have no unit, as in React; all others are pixels. */
const WITHOUT_UNIT =
  /opacity|^stroke-(?:width|miterlimit|dasharray|dashoffset)$|^z-index$|^zoom$|^order$|^flex|^line-height$|^font-weight$|^--/;
const ENTRY =
  /\s*(?:([A-Za-z]\w*)|["']([\w-]+)["'])\s*:\s*(?:"([^"\\]*)"|'([^'\\]*)'|(-?(?:\d+(?:\.\d+)?|\.\d+)))\s*(?:,|$)/y;

/** Undefined where a value depends on code. */
export function styleText(code: string): string | undefined {
  const [, inside] = /^\s*\{([^]*)\}\s*$/.exec(code) ?? [];
  if (inside === undefined) return undefined;
  const text = inside.trim();
  const declarations: string[] = [];
  for (ENTRY.lastIndex = 0; ENTRY.lastIndex < text.length;) {
    const entry = ENTRY.exec(text);
    if (entry === null) return undefined;
    const [, plain, quoted, double, single, number] = entry;
    const property = quoted ?? hyphenated(plain ?? '');
    const value = double ?? single ?? (WITHOUT_UNIT.test(property) ? number : `${number ?? ''}px`);
    declarations.push(`${property}:${value ?? ''}`);
  }
  return declarations.join(';');
}

/** "maskType" → "mask-type", "WebkitMask" → "-webkit-mask". */
function hyphenated(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace(/^ms-/, '-ms-');
}
