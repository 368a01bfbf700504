/**
 * A float32 copy of a half-precision checkpoint, written once into a cache folder: ONNX Runtime can map float32 weights
 * where they lie, but has to convert half-precision ones into private memory at every load.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { throwIfCancelled, UserError } from '../../domain/errors';
import { FLOAT32_COPY } from '../../domain/weight-copies';
import { fileState } from '../../files/file-state';
import { BYTES_PER_ELEMENT, toFloat32, typedArray } from '../tensors/dtype';
import { fileError } from '../../files/file-error';
import { TEMPORARY_EXTENSION } from '../../files/replace-file';
import { openSafetensors, readBytes, withFile } from './safetensors';
import { checksumText, streamSafetensors } from './safetensors-writer';
import type { StreamedTensor } from './safetensors-writer';
import type { DType } from '../tensors/tensor';
import type { WeightSource, WeightTensor } from './weight-source';

export interface Float32Options {
  /** Where copies lie; made when absent. */
  readonly folder: string;
  /** Which network it is, since one file may hold several. */
  readonly component: string;
  readonly signal?: AbortSignal;
  /** Fraction written, from 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
}

/** Part of the key: a change of what a copy contains makes all old copies invalid. */
const COPY_VERSION = 2;

/** Elements converted at a time; the conversion's memory is a few times these 4 MiB of float32, whatever the file's size. */
const CHUNK_ELEMENTS = 1 << 20;

/** An unfinished copy that nobody wrote to for this long belongs to a process that died. */
const STALE_MILLISECONDS = 15 * 60 * 1000;

/** A copy that nobody has opened for this long goes: it is made again in a minute, and takes gigabytes. */
const UNUSED_MILLISECONDS = 30 * 24 * 60 * 60 * 1000;

/** Read at a time when a copy is checked. */
const READ_BYTES = 2 ** 23;

/** The copy's own checksum, in its metadata. */
const CHECKSUM = 'fourstep.crc32';

const CONVERTED: ReadonlySet<DType> = new Set(['float16', 'bfloat16', 'float64']);

function sha256(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}

async function stateOf(file: string): Promise<string> {
  return fileState(file).catch((error: unknown) => {
    throw fileError(error, 'read', file);
  });
}

/** Names the copy: `source` stays the same while the files stay where they are, `content` while nobody changes them. */
async function identify(
  { tensors }: WeightSource,
  { component }: Float32Options,
): Promise<{ source: string; content: string }> {
  const files = [...new Set([...tensors.values()].map((tensor) => tensor.file))].sort();
  const states = await Promise.all(files.map(stateOf));
  const header = [...tensors.values()].map(({ name, dtype, shape, offset, file }) => [
    name,
    dtype,
    shape,
    offset,
    files.indexOf(file),
  ]);
  return { source: sha256([component, files]), content: sha256([COPY_VERSION, states, header]) };
}

async function* convertedChunks(tensor: WeightTensor, options: Float32Options): AsyncGenerator<Uint8Array> {
  const width = BYTES_PER_ELEMENT[tensor.dtype];
  for (let done = 0; done < tensor.length; done += CHUNK_ELEMENTS * width) {
    throwIfCancelled(options.signal);
    const length = Math.min(CHUNK_ELEMENTS * width, tensor.length - done);
    const bytes = await withFile(tensor.file, async (handle) => readBytes(handle, tensor.offset + done, length));
    if (bytes.length < length)
      throw new UserError('bad-checkpoint', `${tensor.file} became shorter while it was in use.`);
    if (!CONVERTED.has(tensor.dtype)) {
      yield bytes;
      continue;
    }
    const values = toFloat32({
      dtype: tensor.dtype,
      shape: [length / width],
      data: typedArray(tensor.dtype, bytes.buffer),
    });
    yield new Uint8Array(values.buffer);
  }
}

async function writeCopy(source: WeightSource, file: string, content: string, options: Float32Options): Promise<void> {
  const total = [...source.tensors.values()].reduce((sum, tensor) => sum + tensor.length, 0);
  let done = 0;
  const streamed = [...source.tensors.values()].map((tensor): StreamedTensor => ({
    name: tensor.name,
    dtype: CONVERTED.has(tensor.dtype) ? 'float32' : tensor.dtype,
    shape: tensor.shape,
    chunks: async function* () {
      yield* convertedChunks(tensor, options);
      done += tensor.length;
      options.onProgress?.(done / total);
    },
  }));
  await streamSafetensors(file, streamed, { 'fourstep.content': content }, CHECKSUM);
}

/**
 * The copy as it lies in the cache, if it is whole and belongs to this content. All of it is read for that, once for each load: a disk that
 * has lost a few bytes would otherwise spoil every picture without a word. CRC-32 finds accidents at 1.5 GB/s on a slow core, where
 * SHA-256 takes three times as long; against malice nothing here could help, because whoever writes into the cache could write the
 * checksum as well.
 */
async function openCopy(
  file: string,
  content: string,
  signal: AbortSignal | undefined,
): Promise<WeightSource | undefined> {
  try {
    const copy = await openSafetensors(file);
    if (copy.metadata.get('fourstep.content') !== content) return undefined;
    const found = await checksumOf(file, Math.min(...[...copy.tensors.values()].map(({ offset }) => offset)), signal);
    return copy.metadata.get(CHECKSUM) === found ? copy : undefined;
  } catch (error) {
    if (error instanceof UserError && error.code !== 'cancelled') return undefined;
    throw error;
  }
}

/** CRC-32 of the file from `start` to its end, as the writer spells it. */
async function checksumOf(file: string, start: number, signal: AbortSignal | undefined): Promise<string> {
  return withFile(file, async (handle) => {
    let sum = 0;
    for (let place = start; ; place += READ_BYTES) {
      throwIfCancelled(signal);
      const bytes = await readBytes(handle, place, READ_BYTES);
      sum = crc32(bytes, sum);
      if (bytes.length < READ_BYTES) return checksumText(sum);
    }
  });
}

/**
 * Removes copies of earlier contents of the same source, copies that nobody has used for a month, and what killed processes left. A file in
 * use is left alone.
 */
async function removeOld(folder: string, source: string, current: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const outdated = name.startsWith(`${source}-`) && !name.startsWith(current);
    const unfinished = name.endsWith(TEMPORARY_EXTENSION);
    const unused =
      (unfinished || FLOAT32_COPY.test(name)) &&
      (await ageOf(file)) > (unfinished ? STALE_MILLISECONDS : UNUSED_MILLISECONDS);
    // Windows does not remove a file that another process has mapped; the next run will.
    if (unused || (outdated && !unfinished)) await rm(file, { force: true }).catch(() => undefined);
  }
}

async function ageOf(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
}

/**
 * The same tensors with all floating-point ones as float32, all in one file. A source without any half-precision
 * tensor is returned as it is. Two processes may do this at once: both write a copy, the later one stays.
 * Throws UserError('io') when the copy cannot be written (the source stays usable), 'cancelled'.
 */
export async function openAsFloat32(source: WeightSource, options: Float32Options): Promise<WeightSource> {
  if (![...source.tensors.values()].some((tensor) => CONVERTED.has(tensor.dtype))) return source;
  const key = await identify(source, options);
  const name = `${key.source}-${key.content}.safetensors`;
  const file = path.join(options.folder, name);
  const known = await openCopy(file, key.content, options.signal);
  if (known !== undefined) {
    // Clearing up is worth a look on every start, and never a reason to fail; its time says when it was last used.
    await utimes(file, new Date(), new Date()).catch(() => undefined);
    await removeOld(options.folder, key.source, name).catch(() => undefined);
    return { tensors: known.tensors, origin: source.origin };
  }
  try {
    await mkdir(options.folder, { recursive: true });
    await removeOld(options.folder, key.source, name);
  } catch (error) {
    throw fileError(error, 'use the cache folder', options.folder);
  }
  try {
    await writeCopy(source, file, key.content, options);
  } catch (error) {
    // Windows refuses to replace a file that another process has just written and mapped; then that one serves as well.
    const other =
      error instanceof UserError && error.code === 'io' ? await openCopy(file, key.content, options.signal) : undefined;
    if (other === undefined) throw error;
  }
  const copy = await openSafetensors(file);
  return { tensors: copy.tensors, origin: source.origin };
}
