/** The golden sets: reference tensors from diffusers, found through their manifest, so that another folder of the same form runs unchanged. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openSafetensors, readTensor } from '../../src/engine/checkpoints/safetensors';
import type { Tensor } from '../../src/engine/tensors/tensor';

interface TensorEntry {
  readonly role: 'input' | 'output' | 'exact' | 'weight';
  readonly tol_maxabs?: number;
}

interface FileEntry {
  readonly about?: string;
  readonly tensors?: Readonly<Record<string, TensorEntry>>;
}

/** A folder of reference tensors with its manifest. */
export class GoldenSet {
  readonly isPresent: boolean;
  readonly #manifest: Readonly<Record<string, FileEntry>>;

  constructor(readonly folder: string) {
    const manifest = path.join(folder, 'manifest.json');
    this.isPresent = existsSync(manifest);
    this.#manifest = this.isPresent ? (JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, FileEntry>) : {};
  }

  /** Files of the manifest whose path matches. */
  files(pattern: RegExp): string[] {
    return Object.keys(this.#manifest)
      .filter((file) => pattern.test(file))
      .sort();
  }

  path(file: string): string {
    return path.join(this.folder, file);
  }

  json(file: string): unknown {
    return JSON.parse(readFileSync(this.path(file), 'utf8'));
  }

  /** What the manifest says about a file, in words. */
  about(file: string): string {
    return this.#manifest[file]?.about ?? '';
  }

  tensors(file: string): Promise<GoldenTensors> {
    return GoldenTensors.read(file, this);
  }

  /** max |got − stored| allowed. */
  tolerance(file: string, name: string): number {
    const tolerance = this.#manifest[file]?.tensors?.[name]?.tol_maxabs;
    if (tolerance === undefined) throw new Error(`the manifest gives no tolerance for ${name} of ${file}`);
    return tolerance;
  }
}

function setAt(variable: string, name: string): GoldenSet {
  return new GoldenSet(path.resolve(process.env[variable] ?? path.join(__dirname, '../../../shared', name)));
}

const first = setAt('FOURSTEP_GOLDEN', 'golden');
/** Compressed UNets among others. */
export const golden2 = setAt('FOURSTEP_GOLDEN2', 'golden2');

export const GOLDEN_FOLDER = first.folder;
export const hasGolden = first.isPresent;

/** Files of the first set's manifest whose path matches. */
export function goldenFiles(pattern: RegExp): string[] {
  return first.files(pattern);
}

export function goldenPath(file: string): string {
  return first.path(file);
}

/** What the manifest says about a file, in words. */
export function goldenAbout(file: string): string {
  return first.about(file);
}

export function goldenJson(file: string): unknown {
  return first.json(file);
}

/** One file of reference tensors. */
export class GoldenTensors {
  private constructor(
    readonly file: string,
    private readonly tensors: ReadonlyMap<string, Tensor>,
    private readonly set: GoldenSet,
  ) {}

  static async read(file: string, set = first): Promise<GoldenTensors> {
    const { tensors } = await openSafetensors(set.path(file));
    const read = await Promise.all(
      [...tensors.values()].map(async (tensor) => [tensor.name, await readTensor(tensor)] as const),
    );
    return new GoldenTensors(file, new Map(read), set);
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
    return this.set.tolerance(this.file, name);
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
