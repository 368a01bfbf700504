/** XMP packet: the IPTC mark of AI-made pictures, the prompt as description, and our recipe. */
import { parseRecipe, type Recipe } from './recipe';

/** IPTC NewsCodes: "created by an algorithm trained on existing content"; what EU and platform rules ask for. */
const DIGITAL_SOURCE_TYPE = 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia';
const NAMESPACE = 'urn:fourstep:recipe:1';

export function buildXmp(recipe: Recipe): string {
  return `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:fourstep="${NAMESPACE}">
<xmp:CreatorTool>Fourstep ${escapeXml(recipe.engine)}</xmp:CreatorTool>
<Iptc4xmpExt:DigitalSourceType>${DIGITAL_SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">${escapeXml(recipe.prompt)}</rdf:li></rdf:Alt></dc:description>
<fourstep:recipe>${escapeXml(JSON.stringify(recipe))}</fourstep:recipe>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`;
}

/** Our recipe in an XMP packet. Only our own element is looked at, as text: nothing in the packet is executed or expanded. */
export function recipeFromXmp(xmp: string): Recipe | undefined {
  if (!xmp.includes(NAMESPACE)) return undefined;
  const start = xmp.indexOf('<fourstep:recipe>');
  const end = xmp.indexOf('</fourstep:recipe>', start);
  return start < 0 || end < 0
    ? undefined
    : parseRecipe(unescapeXml(xmp.slice(start + '<fourstep:recipe>'.length, end)));
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
