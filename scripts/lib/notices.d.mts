export interface Manifest {
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name: string };
  readonly repository?: string | { readonly url: string };
}
/** The npm package that a file of a bundle came from, or undefined for our own. */
export function packageOf(file: string): string | undefined;
/** The notice of one package. */
export function noticeOf(name: string, manifest?: Manifest): string;
/** The whole file for the given packages. */
export function noticesOf(names: readonly string[]): string;
