/**
 * The safetensors header, checked as strictly as the reference reader does: 8 bytes of length (unsigned, little-endian),
 * then JSON { name: { dtype, shape, data_offsets: [begin, end] } }, then the data without gaps or overlaps.
 * https://github.com/huggingface/safetensors#format
 */
import { UserError } from '../../domain/errors';
import { BYTES_PER_ELEMENT } from '../tensors/dtype';
import { isJsonObject, parseJson, quote, quoteValue } from '../../files/json-text';
import type { DType } from '../tensors/tensor';
import type { WeightTensor } from './weight-source';

/** The reference implementation's own limit: whatever others can read is read here too, and no more is allocated. */
export const MAX_HEADER_BYTES = 100_000_000;

export const LENGTH_BYTES = 8;

/** safetensors' spelling of every dtype that is read and written. */
export const DTYPE_NAMES: Readonly<Record<DType, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};

const DTYPES: ReadonlyMap<unknown, DType> = new Map(
  (Object.keys(DTYPE_NAMES) as DType[]).map((dtype) => [DTYPE_NAMES[dtype], dtype]),
);

/** What newer files may hold beside them. */
const OTHER_DTYPES: ReadonlyMap<unknown, string> = new Map([
  ['F8_E4M3', '8-bit floating-point numbers'],
  ['F8_E5M2', '8-bit floating-point numbers'],
  ['F8_E4M3FNUZ', '8-bit floating-point numbers'],
  ['F8_E5M2FNUZ', '8-bit floating-point numbers'],
  ['F8_E8M0', '8-bit scales'],
  ['F6_E2M3', '6-bit floating-point numbers'],
  ['F6_E3M2', '6-bit floating-point numbers'],
  ['F4', '4-bit floating-point numbers'],
  ['C64', 'complex numbers'],
  ['U16', 'unsigned 16-bit numbers'],
  ['U32', 'unsigned 32-bit numbers'],
  ['U64', 'unsigned 64-bit numbers'],
]);

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

function bad(file: string, what: string): UserError {
  return new UserError('bad-checkpoint', `${file} is not a valid safetensors file: ${what}.`);
}

/** What a file that does not begin like safetensors most likely is. */
function guessFromStart(start: Uint8Array): string {
  const text = Buffer.from(start).toString('latin1');
  if (text.startsWith('version ')) return ' (it looks like a Git LFS pointer: run "git lfs pull" in its repository)';
  // A zip archive, in which newer versions of PyTorch write, and a pickle of protocol 2 to 5.
  if (text.startsWith('PK') || (text.startsWith('\u0080') && text.charCodeAt(1) <= 5))
    return ' (it looks like a PyTorch pickle file with another name)';
  if (text.startsWith('<')) return ' (it looks like a web page: the download failed)';
  return '';
}

/**
 * Length of the JSON header, from the file's first 8 bytes.
 * Throws when the file is too short, or the header longer than the limit or than the file.
 */
export function headerLength(start: Uint8Array, fileSize: number, file: string): number {
  if (start.length < LENGTH_BYTES) {
    throw bad(file, `it has ${start.length} bytes, but the length of its header alone takes ${LENGTH_BYTES}`);
  }
  const length = Number(Buffer.from(start).readBigUInt64LE());
  const guess = guessFromStart(start);
  if (length > MAX_HEADER_BYTES) {
    throw bad(file, `its header would be ${length} bytes long, more than the ${MAX_HEADER_BYTES} allowed${guess}`);
  }
  if (length > fileSize - LENGTH_BYTES) {
    throw bad(
      file,
      `its header would be ${length} bytes long, but the file has only ${fileSize}${guess}; it may be cut off`,
    );
  }
  return length;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
}

function readShape(value: unknown, fail: (what: string) => UserError): readonly number[] {
  if (!Array.isArray(value)) throw fail('has no list as its shape');
  let size = 1;
  for (const dim of value as readonly unknown[]) {
    if (!isCount(dim)) throw fail(`has the dimension ${quoteValue(dim)}, expected a whole number of 0 or more`);
    size *= dim;
    if (!Number.isSafeInteger(size)) throw fail('has a shape with more elements than can be counted');
  }
  return value as readonly number[];
}

function readEntry(name: string, entry: unknown, file: string, dataStart: number): WeightTensor {
  const fail = (what: string): UserError => bad(file, `tensor ${quote(name)} ${what}`);
  if (!isJsonObject(entry)) throw fail('is not described by an object');
  const dtype = DTYPES.get(entry['dtype']);
  if (dtype === undefined) {
    const other = OTHER_DTYPES.get(entry['dtype']);
    if (other !== undefined) {
      throw new UserError(
        'unsupported',
        `${file} stores tensor ${quote(name)} as ${String(entry['dtype'])}, ${other}, which Fourstep does not read. ` +
          `Get the file in half precision (F16 or BF16).`,
      );
    }
    const found = quoteValue(entry['dtype']);
    throw fail(`has the dtype ${found}, expected one of ${[...DTYPES.keys()].join(', ')}`);
  }
  const shape = readShape(entry['shape'], fail);
  const offsets: unknown = entry['data_offsets'];
  if (!Array.isArray(offsets) || offsets.length !== 2) throw fail('has no data_offsets [begin, end]');
  const [begin, end] = offsets as readonly unknown[];
  if (!isCount(begin) || !isCount(end) || end < begin)
    throw fail(`has impossible data_offsets [${offsets.join(', ')}]`);
  const expected = shape.reduce((product, dim) => product * dim, 1) * BYTES_PER_ELEMENT[dtype];
  if (end - begin !== expected) {
    throw fail(
      `needs ${expected} bytes for ${String(entry['dtype'])} [${shape.join(', ')}], but its data_offsets span ${end - begin}`,
    );
  }
  return { name, dtype, shape, file, offset: dataStart + begin, length: expected };
}

/** Tensors must cover the data exactly: each begins where the one before it ends, the last one at the end of the file. */
function checkCoverage(tensors: Iterable<WeightTensor>, dataStart: number, fileSize: number, file: string): void {
  let position = dataStart;
  for (const tensor of [...tensors].sort((a, b) => a.offset - b.offset || a.length - b.length)) {
    const name = quote(tensor.name);
    if (tensor.offset < position)
      throw bad(file, `tensor ${name} overlaps the one before it by ${position - tensor.offset} bytes`);
    if (tensor.offset > position)
      throw bad(file, `there is a hole of ${tensor.offset - position} bytes before tensor ${name}`);
    position += tensor.length;
    if (position > fileSize) {
      throw bad(
        file,
        `tensor ${name} ends at byte ${position}, but the file has only ${fileSize}; it is cut off, download it again`,
      );
    }
  }
  if (position !== fileSize) throw bad(file, `${fileSize - position} bytes follow the last tensor`);
}

function readMetadata(value: unknown, file: string): ReadonlyMap<string, string> {
  if (value === undefined) return new Map();
  if (!isJsonObject(value)) throw bad(file, '__metadata__ is not an object');
  const metadata = new Map<string, string>();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw bad(file, `__metadata__ ${quote(key)} is not a text`);
    metadata.set(key, text);
  }
  return metadata;
}

/**
 * Reads the JSON part (`bytes`, after the length) of a file of `fileSize` bytes.
 * Every violation is a UserError('bad-checkpoint') naming the file and the tensor.
 */
export function parseHeader(bytes: Uint8Array, fileSize: number, file: string): SafetensorsHeader {
  if (bytes[0] !== '{'.charCodeAt(0)) throw bad(file, 'its header does not begin with "{"');
  const json = parseJson(bytes, `The header of ${file}`);
  if (!isJsonObject(json)) throw bad(file, 'its header is not an object');
  const dataStart = LENGTH_BYTES + bytes.length;
  const tensors = new Map<string, WeightTensor>();
  for (const [name, entry] of Object.entries(json)) {
    if (name !== '__metadata__') tensors.set(name, readEntry(name, entry, file, dataStart));
  }
  checkCoverage(tensors.values(), dataStart, fileSize, file);
  return { tensors, metadata: readMetadata(json['__metadata__'], file) };
}
