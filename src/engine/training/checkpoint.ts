/** The state of a training on disk: one safetensors file, replaced as a whole. */
import { UserError } from '../../domain/errors';
import { openSafetensors, readTensor, type SafetensorsFile } from '../checkpoints/safetensors';
import { writeSafetensors } from '../checkpoints/safetensors-writer';
import { float32, type Tensor } from '../tensors/tensor';
import { parseRecord, type TrainingRecord } from './training-record';
import { sortedByName, type TrainedMatrix, type TrainingState } from './training-state';

const PARTS = ['value', 'average', 'first', 'second'] as const;
type Part = (typeof PARTS)[number];
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
  const source = await openSafetensors(file);
  const record = parseRecord(source.metadata.get('record'), file);
  const step = Number(source.metadata.get('step') ?? NaN);
  if (!Number.isInteger(step) || step < 0) throw damaged(file, 'it does not say after which step it was written');
  const names = [...source.tensors.keys()].flatMap((key) => /^value\.(.*)$/s.exec(key)?.[1] ?? []);
  if (names.length === 0) throw damaged(file, 'it holds no matrices');
  const matrices: [string, TrainedMatrix][] = [];
  const best: [string, Float32Array][] = [];
  for (const name of names) {
    matrices.push([name, await readMatrix(source, name)]);
    if (record.best !== undefined) best.push([name, (await readPart(source, BEST, name)).data]);
  }
  return { state: { step, matrices: sortedByName(matrices) }, record, best: sortedByName(best) };
}

async function readMatrix(source: SafetensorsFile, name: string): Promise<TrainedMatrix> {
  const { shape, data: value } = await readPart(source, 'value', name);
  const { data: average } = await readPart(source, 'average', name);
  const { data: first } = await readPart(source, 'first', name);
  const { data: second } = await readPart(source, 'second', name);
  return { shape, value, average, first, second };
}

async function readPart(
  { tensors, origin }: SafetensorsFile,
  part: Part | typeof BEST,
  name: string,
): Promise<Tensor<'float32'>> {
  const tensor = tensors.get(`${part}.${name}`);
  if (tensor?.dtype !== 'float32') throw damaged(origin, `the tensor "${part}.${name}" is missing`);
  if (tensor.length !== tensors.get(`value.${name}`)?.length) {
    throw damaged(origin, `the tensor "${part}.${name}" has another size than "value.${name}"`);
  }
  return (await readTensor(tensor)) as Tensor<'float32'>;
}

function damaged(file: string, how: string): UserError {
  return new UserError(
    'bad-checkpoint',
    `${file} is no whole checkpoint of a training: ${how}. Start the training anew.`,
  );
}
