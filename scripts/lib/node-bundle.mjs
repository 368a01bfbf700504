/** How every Node program of ours is bundled: those that ship, the benchmarks and the tests' own. */
import { root } from './process.mjs';

/** What a bundle leaves to be found at run time. */
export const NATIVE = ['onnxruntime-node', 'sharp', '@resvg/resvg-wasm'];

export const NODE_BUNDLE = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  logLevel: 'warning',
};
