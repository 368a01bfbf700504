/** file → the TypeScript project that it should hold. */
export function projects(): Record<string, unknown>;
/** The file's text, formatted. */
export function text(file: string, value: unknown): Promise<string>;
