/** file → its contents as the declarations of the settings want them. */
export function settingsFiles(): Promise<Record<string, string>>;
