/** The weights of all of a model's networks, opened in one place. */
import type { ModelFolder } from './folder';
import type { ModelComponent } from './folder-parts';
import { openAsFloat32 } from './fp32-cache';
import { openWeights } from './safetensors';
import type { WeightSource } from './weight-source';

export interface ConvertOptions {
  /** Folder for float32 copies of large half-precision checkpoints. */
  readonly cacheFolder: string;
  readonly signal?: AbortSignal;
  /** Fraction of a float32 copy written, while one is made. */
  readonly onConvert?: (component: string, fraction: number) => void;
}

export type ComponentWeights = Readonly<Record<string, WeightSource>>;

/**
 * Half-precision weights of at least this many bytes are copied to float32 once and mapped from then on: cast in the graph they
 * would sit in private memory (3.4 GB for an SD1.5 UNet). Smaller ones are cast: a copy would not pay.
 */
const LARGE_BYTES = 128 * 2 ** 20;

/** By component. Reads headers only; with options, large half-precision weights are those of a mapped float32 copy. */
export async function openComponents({ components }: ModelFolder, convert?: ConvertOptions): Promise<ComponentWeights> {
  const weights: Record<string, WeightSource> = {};
  for (const [name, component] of Object.entries(components)) {
    const source = await openComponentWeights(component);
    weights[name] =
      convert === undefined || halfBytes(source) < LARGE_BYTES ? source : await converted(name, source, convert);
  }
  return weights;
}

/** One network's tensors under its own names. Reads headers only. */
export async function openComponentWeights({ weights, view }: ModelComponent): Promise<WeightSource> {
  const source = await openWeights(weights);
  return view === undefined ? source : view(source);
}

function converted(
  name: string,
  source: WeightSource,
  { cacheFolder, signal, onConvert }: ConvertOptions,
): Promise<WeightSource> {
  return openAsFloat32(source, {
    folder: cacheFolder,
    component: name,
    ...(signal === undefined ? {} : { signal }),
    onProgress: (fraction) => onConvert?.(name, fraction),
  });
}

function halfBytes(source: WeightSource): number {
  return [...source.tensors.values()].reduce(
    (sum, { dtype, length }) => sum + (dtype === 'float16' || dtype === 'bfloat16' ? length : 0),
    0,
  );
}

/** Bytes of all tensors, as they are stored. */
export function weightBytes({ tensors }: WeightSource): number {
  return [...tensors.values()].reduce((sum, { length }) => sum + length, 0);
}

/** Whether loading fast and keeping memory free counts more than speed. */
export function isLarge(source: WeightSource): boolean {
  return weightBytes(source) >= LARGE_BYTES;
}
