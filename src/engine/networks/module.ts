/** A cursor over a checkpoint while its graph is laid out: where we are, which weights are taken, what is tapped. */
import { UserError } from '../../domain/errors';
import type { GraphBuilder, GraphForm, Value } from '../graph/graph';
import { Cast } from '../graph/ops/index';
import type { DType } from '../tensors/tensor';
import type { WeightSource, WeightTensor } from '../checkpoints/weight-source';
import type { LoraSlots } from './lora-slots';

/** Module outputs that tests ask for, by module path; filled while the graph is built. */
export type Taps = Map<string, Value>;

const FLOATS: ReadonlySet<DType> = new Set(['float32', 'float16', 'bfloat16', 'float64']);

/** What every builder takes. */
export interface BuildOptions {
  readonly form?: GraphForm;
  /** Filled with the outputs of all modules while the graph is built. */
  readonly taps?: Taps;
  /** Layers with a low-rank addition; each adds the graph inputs `<path>.lora_A.weight` and `<path>.lora_B.weight`. */
  readonly lora?: LoraSlots;
}

export interface ModuleExtras {
  readonly taps?: Taps | undefined;
  /** Low-rank additions, by the path of the layer they are added to. */
  readonly lora?: LoraSlots | undefined;
}

export class Module {
  constructor(
    readonly g: GraphBuilder,
    readonly weights: WeightSource,
    readonly path = '',
    readonly extras: ModuleExtras = {},
  ) {}

  /** The sub-module `name`, as in the checkpoint: `at('down_blocks.0')`. */
  at(name: string): Module {
    return new Module(this.g, this.weights, this.pathOf(name), this.extras);
  }

  /** The weight `name` as float32; a half-precision one is cast in the graph. Throws `bad-checkpoint` on a missing or misshaped tensor, `unsupported` on a quantised one. */
  weight(name: string, shape: readonly number[]): Value {
    return this.asFloat32(this.g.weight(this.#find(name, shape)));
  }

  /** The weight in the checkpoint's own precision, for a table of which only some rows are read. */
  storedWeight(name: string, shape: readonly number[]): Value {
    return this.g.weight(this.#find(name, shape));
  }

  asFloat32(value: Value): Value {
    return value.dtype === 'float32' ? value : Cast(this.g, value, 'float32', `${value.name}.float32`);
  }

  /** Marks the output of this module, so that a test can ask for it by the module's path. */
  tap(value: Value): Value {
    this.extras.taps?.set(this.path, value);
    return value;
  }

  pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  #find(name: string, shape: readonly number[]): WeightTensor {
    const key = this.pathOf(name);
    const tensor = this.weights.tensors.get(key);
    if (tensor === undefined) {
      throw new UserError(
        'bad-checkpoint',
        `${this.weights.origin}: the tensor "${key}" of shape [${shape.join(', ')}] is missing. The file is incomplete or belongs to another config.json.`,
      );
    }
    if (tensor.shape.length !== shape.length || tensor.shape.some((dim, i) => dim !== shape[i])) {
      throw new UserError(
        'bad-checkpoint',
        `${this.weights.origin}: the tensor "${key}" has shape [${tensor.shape.join(', ')}], but config.json asks for [${shape.join(', ')}].`,
      );
    }
    if (!FLOATS.has(tensor.dtype)) {
      throw new UserError(
        'unsupported',
        `${this.weights.origin}: the tensor "${key}" is stored as ${tensor.dtype}; quantised weights are not supported (supported: ${[...FLOATS].join(', ')}).`,
      );
    }
    return tensor;
  }
}

/** A known dimension, such as a channel count; a free one here is a bug in the builder. */
export function knownDim(value: Value, axis: number): number {
  const dim = value.shape[axis];
  if (typeof dim !== 'number')
    throw new Error(`${value.name}: dimension ${axis} is ${String(dim)}, expected a known size`);
  return dim;
}

/** A stretch of the model that is made again for the backward pass in the graph form that asks for it. */
export function asBlock({ g }: Module, layOut: () => Value): Value {
  return g.form.recompute === 'blocks' ? g.segment(layOut) : layOut();
}
