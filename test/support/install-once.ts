/** A process that installs one model and says how it ended: for limits that only a process of its own can be given. */
import { HubClient } from '../../src/store/hub-client';
import { hubAccess } from '../../src/store/hub-access';
import { installModel } from '../../src/store/install';
import { UserError } from '../../src/domain/errors';

async function main([endpoint = '', name = '', store = '']: readonly string[]): Promise<void> {
  const patience = { tries: 3, firstMs: 2, mostMs: 10, silentMs: 1000 };
  const client = new HubClient(await hubAccess({ HF_HOME: store }, { endpoint, offline: false }), { patience });
  const around = {
    catalog: { folder: store, defaultId: '', models: [], published: [] },
    places: { store, hubCaches: [] },
  };
  const options = { patience, accepted: false, onProgress: () => undefined };
  await installModel(client, around, { name, precision: 'full' }, options);
  console.log('whole');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.log(error instanceof UserError ? `${error.code}: ${error.message}` : error);
});
