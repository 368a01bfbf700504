/** The English bundle's place in the repository. */
export const BUNDLE: string;
/** The bundle as it should be, its keys sorted. */
export function englishBundle(): Promise<string>;
