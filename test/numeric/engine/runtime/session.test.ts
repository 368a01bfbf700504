import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder, type Graph } from '../../../../src/engine/graph/graph';
import { Add, Cast, Identity, MatMul, Mul, Reshape, Transpose } from '../../../../src/engine/graph/ops/index';
import { createSession, type Session, type SessionProfile } from '../../../../src/engine/runtime/session';
import { openSafetensors } from '../../../../src/engine/checkpoints/safetensors';
import { float32, int64, type Tensor } from '../../../../src/engine/tensors/tensor';
import type { WeightTensor } from '../../../../src/engine/checkpoints/weight-source';

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'fourstep-session-')));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const options = { device: 'cpu', profile: 'mapped' } as const;

async function withSession<T>(
  graph: Graph,
  use: (session: Session) => Promise<T>,
  profile?: SessionProfile,
): Promise<T> {
  const session = await createSession(graph, { ...options, ...(profile && { profile }) });
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}

/** A file with `header` bytes of something else, then the numbers. */
async function weightFile(path: string, numbers: readonly number[], header: number): Promise<WeightTensor> {
  const bytes = Buffer.concat([Buffer.alloc(header, 0xff), Buffer.from(Float32Array.from(numbers).buffer)]);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, bytes);
  return {
    name: path,
    dtype: 'float32',
    shape: [numbers.length],
    file: path,
    offset: header,
    length: numbers.length * 4,
  };
}

/** y = x + the sum of the weights */
function adding(...weights: readonly WeightTensor[]): Graph {
  const g = new GraphBuilder('adding');
  const x = g.input('x', 'float32', ['batch', 2]);
  g.output(
    'y',
    weights.map((source) => g.weight(source)).reduce((sum, weight) => Add(g, sum, weight), x),
  );
  return g.finish();
}
const x: Tensor = float32([10, 20, 30, 40], [2, 2]);

describe('weights that stay in their files', () => {
  it.each<[SessionProfile, number]>([
    ['mapped', 8],
    ['mapped', 12],
    ['mapped', 1254],
    ['mapped', 3],
    ['fast', 3],
  ])('are read by a %s session at offset %i', async (profile, offset) => {
    const weight = await weightFile(join(folder, `${profile}-${offset}.bin`), [1, 2], offset);
    const results = await withSession(adding(weight), (session) => session.run({ x }), profile);
    expect([...results['y']!.data]).toEqual([11, 22, 31, 42]);
  });

  it('are read where a safetensors header with an odd length puts them', async () => {
    const header = Buffer.from('{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} ');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const file = join(folder, 'odd.safetensors');
    await writeFile(file, Buffer.concat([length, header, Buffer.from(Float32Array.of(1, 2).buffer)]));
    const { tensors } = await openSafetensors(file);
    expect(tensors.get('w')!.offset % 4).not.toBe(0);
    const results = await withSession(adding(tensors.get('w')!), (session) => session.run({ x }));
    expect([...results['y']!.data]).toEqual([11, 22, 31, 42]);
  });

  it('may lie in several files and folders, also outside the model’s own', async () => {
    const inside = await weightFile(join(folder, 'model/unet/a.bin'), [1, 2], 4);
    const sibling = await weightFile(join(folder, 'model/unet/b ü.bin'), [3, 4], 8);
    const outside = await weightFile(join(folder, 'adapters/c.bin'), [5, 6], 0);
    const session = await createSession(adding(inside, sibling, outside), options);
    expect([...(await session.run({ x }))['y']!.data]).toEqual([19, 32, 39, 52]);
    await session.release();
  });

  it('may be behind symbolic links that leave the folder', async () => {
    const real = await weightFile(join(folder, 'blobs/abc'), [1, 2], 16);
    await mkdir(join(folder, 'snapshot'));
    await symlink('../blobs/abc', join(folder, 'snapshot/model.safetensors'));
    const linked = { ...real, file: join(folder, 'snapshot/model.safetensors') };
    const session = await createSession(adding(linked), options);
    expect([...(await session.run({ x }))['y']!.data]).toEqual([11, 22, 31, 42]);
    await session.release();
  });

  it('are named in the error when their file is gone', async () => {
    const weight = { ...(await weightFile(join(folder, 'gone.bin'), [1, 2], 0)), file: join(folder, 'missing.bin') };
    await expect(createSession(adding(weight), options)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('missing.bin') as string,
    });
  });

  it('are refused when the file is shorter than the header said', async () => {
    const weight = { ...(await weightFile(join(folder, 'short.bin'), [1, 2], 0)), offset: 4 };
    await expect(createSession(adding(weight), options)).rejects.toMatchObject({ name: 'UserError', code: 'internal' });
  });
});

describe('one session', () => {
  it('runs at every batch and picture size', async () => {
    const g = new GraphBuilder('sizes');
    const image = g.input('image', 'float32', ['batch', 2, 'height', 'width']);
    const flat = Reshape(g, image, ['batch', 2, 'height*width']);
    const gram = MatMul(g, flat, Transpose(g, flat, [0, 2, 1]));
    g.output('gram', gram);
    g.output('back', Reshape(g, Mul(g, flat, 2), ['batch', 2, 'height', 'width']));
    await withSession(g.finish(), async (session) => {
      for (const [batch, height, width] of [
        [1, 2, 3],
        [3, 5, 1],
        [1, 2, 3],
      ] as const) {
        const size = batch * 2 * height * width;
        const data = Float32Array.from({ length: size }, (_, i) => i % 7);
        const results = await session.run({ image: float32(data, [batch, 2, height, width]) });
        expect(results['back']!.shape).toEqual([batch, 2, height, width]);
        expect([...results['back']!.data]).toEqual(Array.from(data, (value) => 2 * value));
        expect(results['gram']!.shape).toEqual([batch, 2, 2]);
        const row = data.subarray(0, height * width);
        expect(results['gram']!.data[0]).toBe(row.reduce((sum, value) => sum + value * value, 0));
      }
    });
  });

  it('hands every dtype through', async () => {
    const tensors: Record<string, Tensor> = {
      float32: float32([1.5, -2], [2]),
      float64: { dtype: 'float64', shape: [2], data: Float64Array.of(1 / 3, -2) },
      float16: { dtype: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) },
      int64: int64([2 ** 40, -1], [2]),
      int32: { dtype: 'int32', shape: [2], data: Int32Array.of(-5, 6) },
      int16: { dtype: 'int16', shape: [2], data: Int16Array.of(-5, 6) },
      int8: { dtype: 'int8', shape: [2], data: Int8Array.of(-5, 6) },
      uint8: { dtype: 'uint8', shape: [2], data: Uint8Array.of(5, 255) },
      bool: { dtype: 'bool', shape: [2], data: Uint8Array.of(0, 1) },
    };
    const g = new GraphBuilder('dtypes');
    for (const [name, { dtype }] of Object.entries(tensors))
      g.output(`${name}.out`, Identity(g, g.input(name, dtype, ['n'])));
    const results = await withSession(g.finish(), (session) => session.run(tensors));
    for (const [name, tensor] of Object.entries(tensors)) expect(results[`${name}.out`]).toEqual(tensor);
  });

  it('casts half-precision weights in the graph', async () => {
    const file = join(folder, 'half.bin');
    await writeFile(file, Buffer.from(Uint16Array.of(0x3c00, 0x4000).buffer));
    const g = new GraphBuilder('half');
    const weight = g.weight({ name: 'w', dtype: 'float16', shape: [2], file, offset: 0, length: 4 });
    g.output('y', Add(g, g.input('x', 'float32', ['batch', 2]), Cast(g, weight, 'float32')));
    const results = await withSession(g.finish(), (session) => session.run({ x }));
    expect([...results['y']!.data]).toEqual([11, 22, 31, 42]);
  });

  it('cannot run after its release', async () => {
    const weight = await weightFile(join(folder, 'released.bin'), [1, 2], 0);
    const released = await createSession(adding(weight), options);
    await released.release();
    await released.release();
    await expect(released.run({ x })).rejects.toThrow("The session of graph 'adding' is released");
  });
});

describe('feeds are checked, because ONNX Runtime ignores what it does not know', () => {
  const g = new GraphBuilder('feeds');
  const a = g.input('a', 'float32', ['batch', 'length']);
  const b = g.input('b', 'float32', ['batch', '2*length']);
  g.output('y', Add(g, a, 1));
  g.output('z', Add(g, b, 1));
  const graph = g.finish();
  const good = { a: float32([1, 2], [1, 2]), b: float32([1, 2, 3, 4], [1, 4]) };
  it.each<[string, Record<string, Tensor>, string]>([
    ['a misspelt name', { ...good, A: good.a }, "there is no input 'A'; the inputs are a, b"],
    ['a missing input', { a: good.a }, "input 'b' is missing"],
    ['another dtype', { ...good, a: int64([1, 2], [1, 2]) }, "input 'a' must be float32, not int64"],
    ['another rank', { ...good, a: float32([1, 2], [2]) }, "input 'a' must be [batch, length]"],
    [
      'two sizes for one symbol',
      { ...good, b: float32([1, 2, 3], [1, 3]) },
      "input 'b' must be [batch, 2*length] with batch=1 length=2, not [1, 3]",
    ],
    ['data that does not fill the shape', { ...good, a: float32([1], [1, 2]) }, "input 'a' needs 2 elements, it has 1"],
  ])('%s', async (_, feeds, message) => {
    await withSession(graph, async (session) => {
      await expect(session.run(feeds)).rejects.toThrow(message);
    });
  });
});

describe('an allocation that cannot succeed', () => {
  it('is the out-of-memory error, and the session still works', async () => {
    const g = new GraphBuilder('huge');
    const column = g.input('column', 'float32', ['rows', 1]);
    const row = g.input('row', 'float32', [1, 'columns']);
    g.output('y', MatMul(g, column, row));
    await withSession(g.finish(), async (session) => {
      const side = 2 ** 22;
      const feeds = {
        column: float32(new Float32Array(side), [side, 1]),
        row: float32(new Float32Array(side), [1, side]),
      };
      await expect(session.run(feeds)).rejects.toMatchObject({ name: 'UserError', code: 'out-of-memory' });
      const { y } = await session.run({ column: float32([3], [1, 1]), row: float32([4], [1, 1]) });
      expect([...y!.data]).toEqual([12]);
    });
  });
});
