import type { BuildOptions } from 'esbuild';

/** What a bundle leaves to be found at run time. */
export const NATIVE: string[];
/** How every Node program of ours is bundled. */
export const NODE_BUNDLE: BuildOptions;
