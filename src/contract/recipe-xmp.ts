/** XMP packet: the IPTC mark of AI-made pictures, the prompt as description, and our recipe. */
import { parseRecipe, type ParsedRecipe, type Recipe } from './recipe';

/** IPTC NewsCodes: "created by an algorithm trained on existing content"; what EU and platform rules ask for. */
const DIGITAL_SOURCE_TYPE = 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia';
const NAMESPACE = 'urn:fourstep:recipe:1';

/** The whole packet. */
export function buildXmp(recipe: Recipe): string {
  return packet(`${provenance(recipe)}${content(recipe)}`);
}

/** The main packet of a file that holds the rest, `extended`, elsewhere. */
export function buildMainXmp(recipe: Recipe, extendedGuid: string): string {
  return packet(`${provenance(recipe)}<xmpNote:HasExtendedXMP>${extendedGuid}</xmpNote:HasExtendedXMP>`);
}

/** What may be too long for a main packet: prompt and recipe. */
export function buildExtendedXmp(recipe: Recipe): string {
  return metadata(content(recipe));
}

function provenance({ engine }: Recipe): string {
  return `<xmp:CreatorTool>Fourstep ${escapeXml(engine)}</xmp:CreatorTool>
<Iptc4xmpExt:DigitalSourceType>${DIGITAL_SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>
`;
}

function content(recipe: Recipe): string {
  return `<dc:description><rdf:Alt><rdf:li xml:lang="x-default">${escapeXml(recipe.prompt)}</rdf:li></rdf:Alt></dc:description>
<fourstep:recipe>${escapeXml(escapeNoncharacters(JSON.stringify(recipe)))}</fourstep:recipe>
`;
}

function packet(properties: string): string {
  return `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
${metadata(properties)}
<?xpacket end="w"?>`;
}

function metadata(properties: string): string {
  return `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmpNote="http://ns.adobe.com/xmp/note/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:fourstep="${NAMESPACE}">
${properties}</rdf:Description></rdf:RDF></x:xmpmeta>`;
}

/**
 * Our recipe in an XMP packet, as an element or, in RDF's short form, as an attribute, under whatever prefix a program gave our
 * namespace. Nothing else in the packet is looked at, executed or expanded.
 */
export function recipeFromXmp(xmp: string): ParsedRecipe {
  let damaged: ParsedRecipe = {};
  for (const prefix of prefixesOf(xmp)) {
    const parsed = parseRecipe(elementText(xmp, prefix) ?? attributeText(xmp, prefix) ?? '');
    if (parsed.recipe !== undefined) return parsed;
    if (damaged.problem === undefined) damaged = parsed;
  }
  return damaged;
}

/** A packet that names our namespace more often is none of ours. */
const MOST_PREFIXES = 4;

function prefixesOf(xmp: string): ReadonlySet<string> {
  const prefixes = new Set<string>();
  for (let at = xmp.indexOf(NAMESPACE); at >= 0; at = xmp.indexOf(NAMESPACE, at + 1)) {
    const [, prefix] = /xmlns:([\w.-]{1,64})\s{0,9}=\s{0,9}["']$/.exec(xmp.slice(Math.max(0, at - 100), at)) ?? [];
    if (prefix !== undefined) prefixes.add(prefix);
    if (prefixes.size === MOST_PREFIXES) break;
  }
  return prefixes;
}

function elementText(xmp: string, prefix: string): string | undefined {
  const name = `${prefix}:recipe`;
  const start = xmp.indexOf(`<${name}>`);
  const end = xmp.indexOf(`</${name}>`, start);
  if (start < 0 || end < 0) return undefined;
  const inside = xmp.slice(start + name.length + 2, end).trim();
  const plain = inside.startsWith('<![CDATA[') && inside.endsWith(']]>');
  return plain ? inside.slice('<![CDATA['.length, -']]>'.length) : unescapeXml(inside);
}

function attributeText(xmp: string, prefix: string): string | undefined {
  for (const quote of ['"', "'"]) {
    const before = `${prefix}:recipe=${quote}`;
    const start = xmp.indexOf(before);
    const end = xmp.indexOf(quote, start + before.length);
    if (start >= 0 && end >= 0 && /\s/.test(xmp[start - 1] ?? '')) {
      return unescapeXml(xmp.slice(start + before.length, end));
    }
  }
  return undefined;
}

/** U+FFFE and U+FFFF, the only characters that JSON leaves as they are and XML forbids. */
function escapeNoncharacters(json: string): string {
  return json.replace(/[\uFFFE\uFFFF]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}

/** XML 1.0 cannot hold most control characters, escaped or not; the JSON of the recipe escapes them itself. */
function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // eslint-disable-next-line no-control-regex -- these are the characters XML forbids
      .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, ' ')
      .replace(/[<>&"'\r]/g, (character) => `&#${character.charCodeAt(0)};`)
  );
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{2,4}));/g,
    (entity, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return NAMED[name] ?? entity;
      const code = decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : entity;
    },
  );
}
