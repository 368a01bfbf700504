/** Texts of a page, translated by the host. `{0}` … are filled in by the page. */
export type Strings = Readonly<Record<string, string>>;
