/** Opens safetensors checkpoints by their headers, reads single tensors; weights stay in the file until asked for. */
import { realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../domain/errors';
import { openRegular } from '../../files/regular-file';
import { typedArray } from '../tensors/dtype';
import { fileError } from '../../files/file-error';
import { quote } from '../../files/json-text';
import { headerLength, LENGTH_BYTES, parseHeader } from './safetensors-header';
import type { SafetensorsHeader } from './safetensors-header';
import { openShards } from './safetensors-index';
import type { Tensor } from '../tensors/tensor';
import type { WeightSource, WeightTensor } from './weight-source';

export interface SafetensorsFile extends SafetensorsHeader, WeightSource {}

/** `<name>.safetensors.index.json`, or with a variant: `<name>.safetensors.index.fp16.json`. */
const INDEX_NAME = /\.index(\.\w+)?\.json$/i;

const PICKLE_EXTENSIONS: ReadonlySet<string> = new Set(['.ckpt', '.bin', '.pt', '.pth', '.pkl']);

/** One read call takes at most 2^31 - 1 bytes. */
const MAX_READ_BYTES = 2 ** 30;

function refusePickle(file: string): void {
  if (!PICKLE_EXTENSIONS.has(path.extname(file).toLowerCase())) return;
  throw new UserError(
    'unsupported',
    `${file} is a PyTorch pickle file. Opening one can run any code its author put into it, so Fourstep reads only ` +
      `safetensors. Get the model's .safetensors version, or convert it in an environment you trust.`,
  );
}

/** Bytes [offset, offset + length) of the open file, fewer when it ends before. */
export async function readBytes(handle: FileHandle, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const size = Math.min(length - done, MAX_READ_BYTES);
    const { bytesRead } = await handle.read(bytes, done, size, offset + done);
    if (bytesRead === 0) return bytes.slice(0, done);
    done += bytesRead;
  }
  return bytes;
}

/** Runs `use` on the file opened for reading; what the system refuses becomes a UserError naming the file. */
export async function withFile<T>(file: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await openRegular(file, 'bad-checkpoint');
    return await use(handle);
  } catch (error) {
    throw fileError(error, 'read', file);
  } finally {
    await handle?.close();
  }
}

/**
 * Reads the header of one .safetensors file, never its data. Tensors carry the real path (symbolic links resolved),
 * because ONNX Runtime refuses external data behind a link.
 * Throws UserError: 'bad-checkpoint' for every violation of the format, 'unsupported' for pickle files, 'not-found', 'io'.
 */
export async function openSafetensors(file: string): Promise<SafetensorsFile> {
  refusePickle(file);
  return withFile(file, async (handle) => {
    const stats = await handle.stat();
    const length = headerLength(await readBytes(handle, 0, LENGTH_BYTES), stats.size, file);
    const header = parseHeader(await readBytes(handle, LENGTH_BYTES, length), stats.size, file);
    const real = await realpath(path.resolve(file));
    const tensors = new Map([...header.tensors].map(([name, tensor]) => [name, { ...tensor, file: real }]));
    return { tensors, metadata: header.metadata, origin: file };
  });
}

/** Opens a checkpoint: one .safetensors file, or the shards that a `*.safetensors.index.json` lists. */
export async function openWeights(file: string): Promise<WeightSource> {
  refusePickle(file);
  if (INDEX_NAME.test(file)) return openShards(file, openSafetensors);
  return openSafetensors(file);
}

/** The raw little-endian bytes of a tensor (or of a part of it), in a buffer of their own. */
export async function readTensorBytes(tensor: WeightTensor): Promise<Uint8Array<ArrayBuffer>> {
  return withFile(tensor.file, async (handle) => {
    const bytes = await readBytes(handle, tensor.offset, tensor.length);
    if (bytes.length === tensor.length) return bytes;
    throw new UserError(
      'bad-checkpoint',
      `${tensor.file} became shorter while it was in use: tensor ${quote(tensor.name)} is cut off.`,
    );
  });
}

/** Reads one tensor into memory, in the dtype the file has. */
export async function readTensor(tensor: WeightTensor): Promise<Tensor> {
  const bytes = await readTensorBytes(tensor);
  return { dtype: tensor.dtype, shape: tensor.shape, data: typedArray(tensor.dtype, bytes.buffer) };
}
