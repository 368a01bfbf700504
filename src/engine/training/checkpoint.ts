/** The state of a training on disk: one safetensors file, replaced as a whole. */
import { UserError } from '../../base/errors';
import { openSafetensors, readTensor } from '../tensors/safetensors';
import { writeSafetensors } from '../tensors/safetensors-writer';
import { float32, type Tensor } from '../tensors/tensor';
import { parseRecord, type TrainingRecord } from './training-record';
import type { TrainedMatrix, TrainingState } from './training-state';

const PARTS = ['value', 'average', 'first', 'second'] as const;
const BEST = 'best';

export interface Checkpoint {
  readonly state: TrainingState;
  readonly record: TrainingRecord;
  /** The target network's matrices where the gauge was lowest. */
  readonly best: ReadonlyMap<string, Float32Array>;
}

/** Throws UserError('io') when the disk is full or read-only; the checkpoint that was there stays. */
export async function saveCheckpoint(file: string, { state, record, best }: Checkpoint): Promise<void> {
  const tensors = new Map<string, Tensor>();
  for (const [name, matrix] of state.matrices) {
    for (const part of PARTS) tensors.set(`${part}.${name}`, float32(matrix[part], matrix.shape));
    const kept = best.get(name);
    if (kept !== undefined) tensors.set(`${BEST}.${name}`, float32(kept, matrix.shape));
  }
  await writeSafetensors(file, tensors, { step: String(state.step), record: JSON.stringify(record) });
}

/** Throws `not-found`, or `bad-checkpoint` naming what is missing. */
export async function readCheckpoint(file: string): Promise<Checkpoint> {
  const { tensors, metadata } = await openSafetensors(file);
  const record = parseRecord(metadata.get('record'), file);
  const read = async (name: string): Promise<Tensor<'float32'>> => {
    const tensor = tensors.get(name);
    if (tensor?.dtype !== 'float32') {
      throw new UserError('bad-checkpoint', `${file}: the tensor "${name}" is missing. Start the training anew.`);
    }
    return (await readTensor(tensor)) as Tensor<'float32'>;
  };
  const matrices = new Map<string, TrainedMatrix>();
  const best = new Map<string, Float32Array>();
  for (const key of tensors.keys()) {
    if (key.startsWith(`${BEST}.`)) best.set(key.slice(BEST.length + 1), (await read(key)).data);
    if (!key.startsWith('value.')) continue;
    const name = key.slice('value.'.length);
    const [value, average, first, second] = await Promise.all(PARTS.map((part) => read(`${part}.${name}`)));
    if (!value || !average || !first || !second) throw new Error(`${file}: ${name} was read in part`);
    matrices.set(name, {
      shape: value.shape,
      value: value.data,
      average: average.data,
      first: first.data,
      second: second.data,
    });
  }
  return { state: { step: Number(metadata.get('step')), matrices }, record, best };
}
