/**
 * Tiny checkpoints for the committed reference numbers under test/fixtures/models: the keys and shapes are stored,
 * the random weights are made here from a seed, so that a few kilobytes stand for a whole model.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { normalNoise } from '../../src/engine/tensors/noise';
import { openSafetensors, readTensor } from '../../src/engine/checkpoints/safetensors';
import { float32, sizeOf, type Tensor } from '../../src/engine/tensors/tensor';

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/models');

export interface Layout {
  readonly seed: number;
  /** Scale of everything but the norms; small ones make the epsilons of the norms visible. */
  readonly gain: number;
  /** Shape by checkpoint key. */
  readonly tensors: Readonly<Record<string, readonly number[]>>;
}

export type TensorMap = ReadonlyMap<string, Tensor>;

export interface TinyModel {
  readonly name: string;
  /** Parsed config.json. */
  readonly config: unknown;
  readonly weights: TensorMap;
  /** Inputs and expected outputs. */
  readonly io: TensorMap;
  /** Largest allowed |difference| by output. */
  readonly tolerances: Readonly<Record<string, number>>;
}

function fixtureJson(file: string): unknown {
  return JSON.parse(readFileSync(path.join(FIXTURES, file), 'utf8'));
}

const tolerances = fixtureJson('tolerances.json') as Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Names of the models whose name starts with `kind`. */
export function tinyModelNames(kind: string): string[] {
  return Object.keys(tolerances).filter((name) => name.startsWith(kind));
}

export async function tinyModel(name: string): Promise<TinyModel> {
  const { tensors } = await openSafetensors(path.join(FIXTURES, name, `${name}_io.safetensors`));
  const read = [...tensors.values()].map(async (tensor) => [tensor.name, await readTensor(tensor)] as const);
  return {
    name,
    config: tinyConfig(name),
    weights: tinyWeights(tinyLayout(name)),
    io: new Map(await Promise.all(read)),
    tolerances: tolerances[name] ?? {},
  };
}

export function tinyConfig(name: string): Readonly<Record<string, unknown>> {
  return fixtureJson(`${name}/config.json`) as Record<string, unknown>;
}

export function tinyLayout(name: string): Layout {
  return fixtureJson(`${name}/layout.json`) as Layout;
}

/** Norm scales around 1, all biases small, all other weights scaled by 1 / √(fan-in) as layers are initialised. */
export function tinyWeights({ seed, gain, tensors }: Layout): TensorMap {
  return new Map(
    Object.entries(tensors).map(([key, shape], stream) => {
      const noise = normalNoise(seed, stream, sizeOf(shape));
      const isNorm = key.includes('norm');
      const fanIn = sizeOf(shape.slice(1));
      const scale = (isNorm ? 1 : gain) * (shape.length === 1 ? 0.1 : 1 / Math.sqrt(fanIn));
      const offset = isNorm && key.endsWith('.weight') ? 1 : 0;
      return [
        key,
        float32(
          noise.map((value) => offset + scale * value),
          shape,
        ),
      ];
    }),
  );
}
