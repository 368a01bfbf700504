/** The one cache of this user: a model that terminal and editor use is copied once. */
import os from 'node:os';
import path from 'node:path';

/** FOURSTEP_CACHE_DIR, or the platform's place for caches. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const chosen = env['FOURSTEP_CACHE_DIR'];
  if (chosen !== undefined && chosen !== '') return path.resolve(chosen);
  const home = os.homedir();
  if (process.platform === 'win32') {
    return path.join(env['LOCALAPPDATA'] ?? path.join(home, 'AppData', 'Local'), 'fourstep', 'Cache');
  }
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Caches', 'fourstep');
  return path.join(env['XDG_CACHE_HOME'] ?? path.join(home, '.cache'), 'fourstep');
}
