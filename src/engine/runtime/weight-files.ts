/** Where the runtime finds the weights that stay in their files: one folder, and locations inside it. */
import { realpath } from 'node:fs/promises';
import { dirname, parse, relative, sep } from 'node:path';
import { UserError } from '../../domain/errors';
import type { Graph } from '../graph/graph';
import type { LocationOf } from '../graph/proto';

export interface WeightFiles {
  /** Real path of the folder that holds every weight file; undefined for a graph without any. */
  readonly folder: string | undefined;
  readonly locationOf: LocationOf;
}

/**
 * ONNX Runtime refuses locations that leave the model folder, also through symbolic links (a Hugging Face cache is
 * made of such links). So real paths are used, and the folder is the deepest one that holds all of them.
 */
export async function locateWeights(graph: Graph): Promise<WeightFiles> {
  const files = new Set(graph.initializers.flatMap((it) => (it.kind === 'external' ? [it.source.file] : [])));
  const real = new Map<string, string>();
  for (const file of files) real.set(file, await realFile(file));
  const folder = commonFolder([...real.values()]);
  return {
    folder,
    locationOf: (file) => {
      const path = real.get(file);
      if (path === undefined || folder === undefined) throw new Error(`${file} is no weight file of ${graph.name}`);
      return relative(folder, path).split(sep).join('/');
    },
  };
}

async function realFile(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw new UserError('not-found', `The weights ${path} cannot be found. Was the model moved or deleted?`, {
      cause: error,
    });
  }
}

function isInside(folder: string, path: string): boolean {
  const root = folder.endsWith(sep) ? folder : folder + sep;
  return path.startsWith(root);
}

function commonFolder(paths: readonly string[]): string | undefined {
  const [first, ...rest] = paths;
  if (first === undefined) return undefined;
  let folder = dirname(first);
  while (!rest.every((path) => isInside(folder, path))) {
    if (folder === parse(folder).root) {
      throw new UserError('unsupported', `The weights ${paths.join(', ')} are on different drives; put them on one.`);
    }
    folder = dirname(folder);
  }
  return folder;
}
