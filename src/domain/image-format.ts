/** The picture formats that are written, with their file extensions: the usual one first. */

const EXTENSIONS = {
  png: ['.png'],
  webp: ['.webp'],
  avif: ['.avif'],
  jpeg: ['.jpg', '.jpeg'],
  svg: ['.svg'],
} as const;

export type ImageFormat = keyof typeof EXTENSIONS;
/** Formats of pixels; SVG holds outlines. */
export type BitmapFormat = Exclude<ImageFormat, 'svg'>;
export const IMAGE_FORMATS = Object.keys(EXTENSIONS) as ImageFormat[];

/** ".jpg" for jpeg. */
export function extensionOf(format: ImageFormat): string {
  return EXTENSIONS[format][0];
}

/** Every extension under which such a picture may lie, without the dot: "png", "webp", …, "jpg", "jpeg". */
export const PICTURE_EXTENSIONS: readonly string[] = Object.values(EXTENSIONS)
  .flat()
  .map((extension) => extension.slice(1));

/** The format that a file's name says, in any case; undefined for a name that is none of ours. */
export function formatOfName(name: string): ImageFormat | undefined {
  const lower = name.toLowerCase();
  return IMAGE_FORMATS.find((format) => EXTENSIONS[format].some((extension) => lower.endsWith(extension)));
}
