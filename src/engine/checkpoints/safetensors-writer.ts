/** Writes safetensors files, tensor by tensor, so that a file of any size takes little memory. */
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { UserError } from '../../domain/errors';
import { BYTES_PER_ELEMENT } from '../tensors/dtype';
import { quote } from '../../files/json-text';
import { replaceFile } from '../../files/replace-file';
import { DTYPE_NAMES, LENGTH_BYTES, MAX_HEADER_BYTES } from './safetensors-header';
import { sizeOf } from '../tensors/tensor';
import type { DType, Tensor } from '../tensors/tensor';

/** A tensor whose bytes come in pieces; a piece is written out before the next one is asked for, so it may be reused. */
export interface StreamedTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly chunks: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** A cache line: matrix kernels read mapped weights fastest from there. The format itself asks for 8. */
const ALIGNMENT = 64;

function byteLength(tensor: StreamedTensor): number {
  return sizeOf(tensor.shape) * BYTES_PER_ELEMENT[tensor.dtype];
}

/** Whole cache lines first, so that all of those stay aligned; then wide elements before narrow ones; then by name. */
function inFileOrder(tensors: readonly StreamedTensor[]): StreamedTensor[] {
  const ragged = (tensor: StreamedTensor): number => Number(byteLength(tensor) % ALIGNMENT !== 0);
  return [...tensors].sort(
    (a, b) =>
      ragged(a) - ragged(b) ||
      BYTES_PER_ELEMENT[b.dtype] - BYTES_PER_ELEMENT[a.dtype] ||
      (a.name < b.name ? -1 : Number(a.name > b.name)),
  );
}

function encodeHeader(tensors: readonly StreamedTensor[], metadata: Readonly<Record<string, string>>): Buffer {
  const entries: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  const names = new Set(['__metadata__', '__proto__']);
  let position = 0;
  for (const tensor of tensors) {
    if (names.has(tensor.name))
      throw new Error(`A safetensors file cannot hold the name ${quote(tensor.name)} (again).`);
    names.add(tensor.name);
    const end = position + byteLength(tensor);
    const description = { dtype: DTYPE_NAMES[tensor.dtype], shape: tensor.shape, data_offsets: [position, end] };
    entries.push([tensor.name, description]);
    position = end;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const dataStart = Math.ceil((LENGTH_BYTES + json.length) / ALIGNMENT) * ALIGNMENT;
  if (dataStart > MAX_HEADER_BYTES) throw new Error(`A safetensors header of ${dataStart} bytes is too long.`);
  const header = Buffer.alloc(dataStart, ' ');
  header.writeBigUInt64LE(BigInt(dataStart - LENGTH_BYTES));
  json.copy(header, LENGTH_BYTES);
  return header;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) done += (await handle.write(bytes, done)).bytesWritten;
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

/** Writes it all; returns the CRC-32 of everything so far. */
async function writeTensor(handle: FileHandle, tensor: StreamedTensor, before: number): Promise<number> {
  let written = 0;
  let sum = before;
  for await (const chunk of tensor.chunks()) {
    await writeAll(handle, chunk);
    sum = crc32(chunk, sum);
    written += chunk.length;
  }
  const expected = byteLength(tensor);
  if (written !== expected)
    throw new Error(`Tensor ${tensor.name}: ${written} bytes came, its shape needs ${expected}.`);
  return sum;
}

/** Eight hexadecimal digits, so that a header has the same length before the checksum is known. */
export function checksumText(sum: number): string {
  return sum.toString(16).padStart(8, '0');
}

/**
 * Writes `tensors` to `file`, replacing it only once everything is on the disk.
 * `checksum`: name in the metadata under which the CRC-32 of all tensors' bytes is kept.
 * Throws UserError('io') when it cannot be written; the message says how much room was needed.
 */
export async function streamSafetensors(
  file: string,
  tensors: readonly StreamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
  checksum?: string,
): Promise<void> {
  const ordered = inFileOrder(tensors);
  const headerWith = (sum: number): Buffer =>
    encodeHeader(ordered, checksum === undefined ? metadata : { ...metadata, [checksum]: checksumText(sum) });
  const header = headerWith(0);
  const total = ordered.reduce((sum, tensor) => sum + byteLength(tensor), header.length);
  try {
    await replaceFile(file, async (handle) => {
      await writeAll(handle, header);
      let sum = 0;
      for (const tensor of ordered) sum = await writeTensor(handle, tensor, sum);
      if (checksum !== undefined) await writeAt(handle, headerWith(sum), 0);
    });
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'io') throw error;
    throw new UserError('io', `${error.message} The file needs ${Math.ceil(total / 1e6)} MB.`, { cause: error });
  }
}

/** Writes tensors from memory, under their names. `file` is replaced as a whole; see {@link streamSafetensors}. */
export async function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const streamed = [...tensors].map(([name, { dtype, shape, data }]) => ({
    name,
    dtype,
    shape,
    chunks: () => [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
  }));
  await streamSafetensors(file, streamed, metadata);
}
