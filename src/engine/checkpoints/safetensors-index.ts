/** Checkpoints cut into several safetensors files: `<name>.safetensors.index.json` maps each tensor to its shard. */
import path from 'node:path';
import { isCancelled, UserError } from '../../domain/errors';
import { LIMITS } from '../../files/regular-file';
import { isJsonObject, quote, quoteValue, readJsonFile } from '../../files/json-text';
import type { WeightSource, WeightTensor } from './weight-source';

type OpenFile = (file: string) => Promise<WeightSource>;

/** A shard lies beside its index: a plain file name, so that an index cannot point anywhere else on the disk. */
function checkShardName(shard: unknown, tensor: string, index: string): string {
  if (typeof shard === 'string' && /^[^/\\:\0]+\.safetensors$/i.test(shard)) return shard;
  throw new UserError(
    'bad-checkpoint',
    `${index}: tensor ${quote(tensor)} is said to lie in ${quoteValue(shard)}; ` +
      `expected the name of a .safetensors file in the same folder.`,
  );
}

function readWeightMap(json: unknown, index: string): ReadonlyMap<string, string> {
  const weightMap = isJsonObject(json) ? json['weight_map'] : undefined;
  if (!isJsonObject(weightMap)) throw new UserError('bad-checkpoint', `${index} has no "weight_map" object.`);
  const entries = Object.entries(weightMap);
  if (entries.length === 0) throw new UserError('bad-checkpoint', `${index} lists no tensors.`);
  return new Map(entries.map(([tensor, shard]) => [tensor, checkShardName(shard, tensor, index)]));
}

async function openAll(
  shards: Iterable<string>,
  index: string,
  openFile: OpenFile,
): Promise<Map<string, WeightSource>> {
  const opened = new Map<string, WeightSource>();
  const missing: string[] = [];
  for (const shard of shards) {
    try {
      opened.set(shard, await openFile(path.join(path.dirname(index), shard)));
    } catch (error) {
      if (isCancelled(error) || !(error instanceof UserError) || error.code !== 'not-found') throw error;
      missing.push(shard);
    }
  }
  if (missing.length === 0) return opened;
  throw new UserError(
    'bad-checkpoint',
    `${index}: these parts of the checkpoint are missing: ${missing.join(', ')}. Download them again.`,
  );
}

/** Opens every shard that `index` lists by its header. Tensors a shard holds beyond the index are left out. */
export async function openShards(index: string, openFile: OpenFile): Promise<WeightSource> {
  const weightMap = readWeightMap(await readJsonFile(index, LIMITS.table), index);
  const shards = await openAll(new Set(weightMap.values()), index, openFile);
  const tensors = new Map<string, WeightTensor>();
  for (const [name, shard] of weightMap) {
    const tensor = shards.get(shard)?.tensors.get(name);
    if (tensor === undefined) {
      throw new UserError(
        'bad-checkpoint',
        `${index} says that tensor ${quote(name)} lies in ${shard}, but it is not there.`,
      );
    }
    tensors.set(name, tensor);
  }
  return { tensors, origin: index };
}
