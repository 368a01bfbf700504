/** How every Node program of ours is bundled: those that ship, the benchmarks and the tests' own. */
import path from 'node:path';
import { root } from './process.mjs';

/** What a bundle leaves to be found at run time. */
export const NATIVE = ['onnxruntime-node', 'sharp', '@resvg/resvg-wasm'];

/** css-tree in one file: its modules look for their tables beside themselves, which a bundle has not. */
const alias = { 'css-tree': path.join(root, 'node_modules/css-tree/dist/csstree.esm.js') };

export const NODE_BUNDLE = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  logLevel: 'warning',
  alias,
};
