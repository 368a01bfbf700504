/** Where models lie on this machine: Fourstep's own store, and the caches of the hub's own tools. Terminal and editor ask here. */
import os from 'node:os';
import path from 'node:path';

export interface ModelPlaces {
  /** Absolute path of the store; need not exist. */
  readonly store: string;
  /** Absolute paths of folders that hold `models--org--name`; need not exist. */
  readonly hubCaches: readonly string[];
}

export function modelPlaces(env: NodeJS.ProcessEnv): ModelPlaces {
  return { store: storeFolder(env), hubCaches: hubCaches(env) };
}

/** FOURSTEP_MODELS_DIR, or the platform's place for a program's data. */
function storeFolder(env: NodeJS.ProcessEnv): string {
  const chosen = set(env['FOURSTEP_MODELS_DIR']);
  if (chosen !== undefined) return path.resolve(chosen);
  const home = os.homedir();
  if (process.platform === 'win32') {
    return path.join(set(env['LOCALAPPDATA']) ?? path.join(home, 'AppData', 'Local'), 'fourstep', 'Models');
  }
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'fourstep', 'models');
  return path.join(set(env['XDG_DATA_HOME']) ?? path.join(home, '.local', 'share'), 'fourstep', 'models');
}

/** huggingface_hub/constants.py: HF_HUB_CACHE, its older name, or the folder "hub" in HF_HOME. */
function hubCaches(env: NodeJS.ProcessEnv): readonly string[] {
  const chosen = set(env['HF_HUB_CACHE']) ?? set(env['HUGGINGFACE_HUB_CACHE']);
  return [path.resolve(chosen ?? path.join(hubHome(env), 'hub'))];
}

/** The folder of the hub's own tools, with their caches and the token. */
export function hubHome(env: NodeJS.ProcessEnv): string {
  const cache = set(env['XDG_CACHE_HOME']) ?? path.join(os.homedir(), '.cache');
  return path.resolve(set(env['HF_HOME']) ?? path.join(cache, 'huggingface'));
}

function set(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}
