/** The folder of the model that ships. */
import { readCatalog, resolveModel } from '../../src/catalog/catalog';

export async function builtInModel(): Promise<string> {
  return (await resolveModel(await readCatalog('models'))).folder;
}
