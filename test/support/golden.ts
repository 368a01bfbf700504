/** The golden sets: reference tensors from diffusers, found through their manifest, so that another folder of the same form runs unchanged. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openSafetensors, readTensor } from '../../src/engine/checkpoints/safetensors';
import type { Tensor } from '../../src/engine/tensors/tensor';

export const GOLDEN_FOLDER = path.resolve(
  process.env['FOURSTEP_GOLDEN'] ?? path.join(__dirname, '../../../shared/golden'),
);
export const hasGolden = existsSync(path.join(GOLDEN_FOLDER, 'manifest.json'));

interface TensorEntry {
  readonly role: 'input' | 'output' | 'exact' | 'weight';
  readonly tol_maxabs?: number;
}

interface FileEntry {
  readonly about?: string;
  readonly tensors?: Readonly<Record<string, TensorEntry>>;
}

const manifest: Readonly<Record<string, FileEntry>> = hasGolden
  ? (JSON.parse(readFileSync(path.join(GOLDEN_FOLDER, 'manifest.json'), 'utf8')) as Record<string, FileEntry>)
  : {};

/** Files of the manifest whose path matches. */
export function goldenFiles(pattern: RegExp): string[] {
  return Object.keys(manifest)
    .filter((file) => pattern.test(file))
    .sort();
}

export function goldenPath(file: string): string {
  return path.join(GOLDEN_FOLDER, file);
}

export function goldenJson(file: string): unknown {
  return JSON.parse(readFileSync(goldenPath(file), 'utf8'));
}

/** One file of reference tensors. */
export class GoldenTensors {
  private constructor(
    readonly file: string,
    private readonly tensors: ReadonlyMap<string, Tensor>,
  ) {}

  static async read(file: string): Promise<GoldenTensors> {
    const { tensors } = await openSafetensors(goldenPath(file));
    const read = await Promise.all(
      [...tensors.values()].map(async (tensor) => [tensor.name, await readTensor(tensor)] as const),
    );
    return new GoldenTensors(file, new Map(read));
  }

  get names(): string[] {
    return [...this.tensors.keys()];
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** A float32 tensor. */
  float(name: string): Tensor<'float32'> {
    const tensor = this.tensor(name);
    if (!(tensor.data instanceof Float32Array))
      throw new Error(`${this.file}: ${name} is ${tensor.dtype}, expected float32`);
    return { dtype: 'float32', shape: tensor.shape, data: tensor.data };
  }

  /** Whole numbers of an int64 tensor. */
  integers(name: string): number[] {
    const { data } = this.tensor(name);
    return Array.from(data as ArrayLike<number | bigint>, Number);
  }

  tensor(name: string): Tensor {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw new Error(`${this.file} has no tensor ${name}`);
    return tensor;
  }

  /** max |got − stored| allowed, from the manifest. */
  tolerance(name: string): number {
    const tolerance = manifest[this.file]?.tensors?.[name]?.tol_maxabs;
    if (tolerance === undefined) throw new Error(`the manifest gives no tolerance for ${name} of ${this.file}`);
    return tolerance;
  }
}

/** Rows [start, start + count) along the first axis. */
export function rows(tensor: Tensor<'float32'>, start: number, count: number): Tensor<'float32'> {
  const size = tensor.data.length / (tensor.shape[0] ?? 1);
  return {
    dtype: 'float32',
    shape: [count, ...tensor.shape.slice(1)],
    data: tensor.data.slice(start * size, (start + count) * size),
  };
}
