/**
 * Hostile input for the readers of untrusted files: whatever the bytes are, the outcome is a parse that keeps the format's
 * promises, or a UserError. About 22,000 cases; a failing one is printed with the seed that makes it again.
 */
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/domain/errors';
import { BYTES_PER_ELEMENT } from '../../../../src/engine/tensors/dtype';
import { parseJson } from '../../../../src/files/json-text';
import { openSafetensors, openWeights, readTensor } from '../../../../src/engine/checkpoints/safetensors';
import {
  DTYPE_NAMES,
  headerLength,
  LENGTH_BYTES,
  parseHeader,
} from '../../../../src/engine/checkpoints/safetensors-header';
import { sizeOf } from '../../../../src/engine/tensors/tensor';
import type { WeightTensor } from '../../../../src/engine/checkpoints/weight-source';
import { ownFolder, safetensorsBytes, writeTo } from '../checkpoints/safetensors-bytes';

const DTYPES = Object.entries(DTYPE_NAMES) as [keyof typeof DTYPE_NAMES, string][];

/** Bytes → tensors, as openSafetensors does it with a file. */
function parse(bytes: Uint8Array): ReadonlyMap<string, WeightTensor> {
  const length = headerLength(bytes.subarray(0, LENGTH_BYTES), bytes.length, 'fuzz.safetensors');
  return parseHeader(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length), bytes.length, 'fuzz.safetensors').tensors;
}

/** What every accepted file must keep: sizes fit shapes, and the tensors cover the data exactly. */
function expectSound(tensors: ReadonlyMap<string, WeightTensor>, bytes: Uint8Array): void {
  let position = LENGTH_BYTES + Number(Buffer.from(bytes).readBigUInt64LE());
  for (const tensor of [...tensors.values()].sort((a, b) => a.offset - b.offset || a.length - b.length)) {
    expect(tensor.shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0)).toBe(true);
    expect(tensor.length).toBe(sizeOf(tensor.shape) * BYTES_PER_ELEMENT[tensor.dtype]);
    expect(tensor.offset).toBe(position);
    position += tensor.length;
  }
  expect(position).toBe(bytes.length);
}

function expectSoundOrRefused(bytes: Uint8Array): void {
  let tensors: ReadonlyMap<string, WeightTensor>;
  try {
    tensors = parse(bytes);
  } catch (error) {
    if (
      error instanceof UserError &&
      ['bad-checkpoint', 'unsupported'].includes(error.code) &&
      error.message.includes('fuzz.safetensors')
    )
      return;
    throw error;
  }
  expectSound(tensors, bytes);
}

const name = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('__proto__', 'constructor', '__metadata__', 'length'),
);
const tensorSpec = fc.record({ dtype: fc.constantFrom(...DTYPES), shape: fc.array(fc.nat(3), { maxLength: 3 }) });

/** The file that holds tensors of these types and shapes, one after the other. */
function fileOf(specs: Record<string, { dtype: (typeof DTYPES)[number]; shape: number[] }>): Buffer {
  let position = 0;
  const entries = Object.entries(specs).map(([key, { dtype, shape }]) => {
    const begin = position;
    position += sizeOf(shape) * BYTES_PER_ELEMENT[dtype[0]];
    return [key, { dtype: dtype[1], shape, data_offsets: [begin, position] }] as const;
  });
  return safetensorsBytes(Object.fromEntries(entries), new Uint8Array(position));
}

const validFile = fc.dictionary(fc.stringMatching(/^[a-z.0-9]{1,12}$/), tensorSpec, { maxKeys: 5 }).map(fileOf);

const SNIPPETS = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\u0000',
  '-',
  'e9',
  '1e400',
  '0',
  '999999999999999999',
  'null',
  'F16',
  '"shape":',
  '"__proto__":{},',
  '"a":1,"a":1,',
  '\u0000',
  '\ud7ff',
];
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  what: fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), bit: fc.nat(7) }),
    fc.record({ kind: fc.constant('cut' as const) }),
    fc.record({ kind: fc.constant('remove' as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('insert' as const), text: fc.constantFrom(...SNIPPETS) }),
    fc.record({ kind: fc.constant('overwrite' as const), text: fc.constantFrom(...SNIPPETS) }),
  ),
});
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function applyEdit(bytes: Buffer, { at, what }: Edit): Buffer {
  const index = Math.floor(at * bytes.length);
  const before = bytes.subarray(0, index);
  switch (what.kind) {
    case 'cut':
      return before;
    case 'flip':
      return Buffer.from(bytes.map((byte, i) => (i === index ? byte ^ (1 << what.bit) : byte)));
    case 'remove':
      return Buffer.concat([before, bytes.subarray(index + what.count)]);
    case 'insert':
      return Buffer.concat([before, Buffer.from(what.text), bytes.subarray(index)]);
    case 'overwrite':
      return Buffer.concat([before, Buffer.from(what.text), bytes.subarray(index + Buffer.byteLength(what.text))]);
  }
}

/** With the length field set right again, edits of the JSON reach the checks behind it. */
function withLength(bytes: Buffer, length: number): Buffer {
  if (bytes.length < LENGTH_BYTES) return bytes;
  const fixed = Buffer.from(bytes);
  fixed.writeBigUInt64LE(BigInt(Math.max(0, length)));
  return fixed;
}

describe('the safetensors reader', () => {
  it('accepts every valid file', () => {
    fc.assert(
      fc.property(validFile, (bytes) => {
        expectSound(parse(bytes), bytes);
      }),
      { numRuns: 500 },
    );
  });

  it('survives bit flips, cuts, insertions and removals anywhere in a file', () => {
    fc.assert(
      fc.property(validFile, fc.array(edit, { minLength: 1, maxLength: 3 }), (bytes, edits) => {
        expectSoundOrRefused(edits.reduce(applyEdit, bytes));
      }),
      { numRuns: 3000 },
    );
  });

  it('survives the same edits in the header, with its length corrected', () => {
    fc.assert(
      fc.property(validFile, fc.array(edit, { minLength: 1, maxLength: 3 }), (bytes, edits) => {
        const end = LENGTH_BYTES + Number(bytes.readBigUInt64LE());
        const json = edits.reduce(applyEdit, bytes.subarray(LENGTH_BYTES, end));
        const edited = Buffer.concat([bytes.subarray(0, LENGTH_BYTES), json, bytes.subarray(end)]);
        expectSoundOrRefused(withLength(edited, json.length));
      }),
      { numRuns: 3000 },
    );
  });

  it('survives wrong numbers in headers that are right otherwise', () => {
    const small = fc.record({
      dtype: fc.constantFrom(...DTYPES.filter(([dtype]) => BYTES_PER_ELEMENT[dtype] <= 2)),
      shape: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 }),
    });
    const file = fc.dictionary(fc.constantFrom('a', 'b', 'c'), small, { minKeys: 1, maxKeys: 3 }).map(fileOf);
    const change = fc.record({
      which: fc.nat(99),
      to: fc.constantFrom<(n: number, others: number[], which: number) => number>(
        (n) => -n,
        (n) => n + 1,
        (n) => n - 1,
        (n) => n * 2,
        (n) => n / 2,
        () => 0,
        (_, others, which) => others[(which * 7) % others.length] ?? 0,
      ),
    });
    fc.assert(
      fc.property(file, fc.array(change, { minLength: 1, maxLength: 4 }), (bytes, changes) => {
        const end = LENGTH_BYTES + Number(bytes.readBigUInt64LE());
        let json = bytes.toString('utf8', LENGTH_BYTES, end);
        for (const { which, to } of changes) {
          const numbers = [...json.matchAll(/-?[\d.]+(?=[,\]])/g)];
          const found = numbers[which % numbers.length];
          const value = to(Number(found), numbers.map(Number), which);
          if (found) json = json.slice(0, found.index) + String(value) + json.slice(found.index + found[0].length);
        }
        expectSoundOrRefused(safetensorsBytes(json, bytes.subarray(end)));
      }),
      { numRuns: 6000 },
    );
  });

  it('survives headers made of almost right parts', () => {
    const number = fc.oneof(
      fc.nat(16),
      fc.integer(),
      fc.double(),
      fc.constantFrom(-0, 2 ** 53, 2 ** 31, 2 ** 32, 1e308, NaN),
    );
    const almost = <T>(right: fc.Arbitrary<T>) =>
      fc.oneof({ weight: 5, arbitrary: right }, { weight: 1, arbitrary: fc.jsonValue() });
    const entry = fc.record(
      {
        dtype: almost(fc.constantFrom(...DTYPES.map(([, code]) => code), 'F8_E5M2', 'f32', '')),
        shape: almost(fc.array(number, { maxLength: 3 })),
        data_offsets: almost(fc.array(number, { minLength: 1, maxLength: 3 })),
      },
      { requiredKeys: [] },
    );
    const header = fc.array(fc.tuple(name, almost(entry)), { maxLength: 4 });
    fc.assert(
      fc.property(header, fc.nat(32), (entries, dataBytes) => {
        // Built as text, so that names may occur twice.
        const json = `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
        expectSoundOrRefused(safetensorsBytes(json, new Uint8Array(dataBytes)));
      }),
      { numRuns: 3000 },
    );
  });

  it('survives random bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(bytes, fc.nat(64), fc.boolean(), (array, length, fix) => {
        expectSoundOrRefused(fix ? withLength(array, length) : array);
      }),
      { numRuns: 2000 },
    );
  });

  it('survives the same through real files, single and sharded, reading what it accepted', async () => {
    const folder = await ownFolder();
    const shardName = fc.oneof(
      fc.constantFrom('fuzz.safetensors', '../x.safetensors', '', '__proto__', 'gone.safetensors'),
      fc.string(),
    );
    const index = fc.record({ weight_map: fc.oneof(fc.dictionary(name, shardName, { maxKeys: 3 }), fc.jsonValue()) });
    await fc.assert(
      fc.asyncProperty(validFile, fc.array(edit, { maxLength: 2 }), index, async (bytes, edits, json) => {
        await writeTo(folder, 'fuzz.safetensors', edits.reduce(applyEdit, bytes));
        await writeTo(folder, 'fuzz.safetensors.index.json', JSON.stringify(json));
        const opens = [
          async () => openSafetensors(path.join(folder, 'fuzz.safetensors')),
          async () => openWeights(path.join(folder, 'fuzz.safetensors.index.json')),
        ];
        for (const open of opens) {
          try {
            for (const tensor of (await open()).tensors.values())
              expect((await readTensor(tensor)).data.byteLength).toBe(tensor.length);
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('the JSON reader', () => {
  it('gives what JSON.parse gives or refuses, whatever is done to the text', () => {
    const text = fc.json({ maxDepth: 4 }).map((json) => Buffer.from(json));
    fc.assert(
      fc.property(text, fc.array(edit, { maxLength: 3 }), (bytes, edits) => {
        const edited = edits.reduce(applyEdit, bytes);
        let value: unknown;
        try {
          value = parseJson(edited, 'fuzz.json');
        } catch (error) {
          if (error instanceof UserError && error.message.includes('fuzz.json')) return;
          throw error;
        }
        expect(value).toEqual(JSON.parse(edited.toString('utf8')));
      }),
      { numRuns: 3000 },
    );
  });

  it('accepts every JSON text without repeated keys, __proto__ and halves of characters', () => {
    const value = fc.jsonValue({ maxDepth: 4 }).filter((json) => !JSON.stringify(json).includes('__proto__'));
    fc.assert(
      fc.property(value, (json) => {
        expect(parseJson(Buffer.from(JSON.stringify(json)), 'fuzz.json')).toEqual(JSON.parse(JSON.stringify(json)));
      }),
      { numRuns: 1000 },
    );
  });
});
