/** The text that refers to a saved picture, in the language of the document; knows nothing of VS Code. */

export interface SavedPicture {
  /** Path from the document's folder with forward slashes: "../assets/a rocket.png". */
  readonly path: string;
  readonly alt: string;
  readonly width: number;
  readonly height: number;
}

const MARKDOWN = new Set(['markdown', 'mdx', 'quarto', 'rmd']);
const HTML = new Set(['html', 'vue', 'svelte', 'astro', 'handlebars', 'php', 'razor', 'xml', 'erb', 'njk', 'liquid']);
const JSX = new Set(['javascriptreact', 'typescriptreact']);
const CSS = new Set(['css', 'scss', 'less', 'sass', 'stylus', 'postcss']);

/** One reference per picture, each on its own line. Languages without a known form get the plain path. */
export function referencesFor(languageId: string, pictures: readonly SavedPicture[]): string {
  return pictures.map((picture) => referenceFor(languageId, picture)).join('\n');
}

function referenceFor(languageId: string, picture: SavedPicture): string {
  const url = encodePath(picture.path);
  if (MARKDOWN.has(languageId)) return `![${escapeMarkdown(picture.alt)}](${url})`;
  if (HTML.has(languageId)) {
    return `<img src="${url}" alt="${escapeAttribute(picture.alt)}" width="${picture.width}" height="${picture.height}">`;
  }
  if (JSX.has(languageId)) {
    return `<img src="${url}" alt="${escapeAttribute(picture.alt)}" width={${picture.width}} height={${picture.height}} />`;
  }
  if (CSS.has(languageId)) return `url("${url}")`;
  return picture.path;
}

/** Each part percent-encoded; parentheses too, which end a Markdown link. */
function encodePath(path: string): string {
  return path
    .split('/')
    .map((part) =>
      encodeURIComponent(part).replace(
        /[()']/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join('/');
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\[\]]/g, '\\$&').replace(/\s+/g, ' ');
}

function escapeAttribute(text: string): string {
  return text.replace(/[&<>"{}]/g, (character) => `&#${character.charCodeAt(0)};`).replace(/\s+/g, ' ');
}
