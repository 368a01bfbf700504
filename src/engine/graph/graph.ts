/**
 * The graph we build, check, print, differentiate and write as ONNX.
 * Values know their dtype and shape from the moment they are made; a dimension may stay free (a symbol).
 */
import type { DeviceName } from '../../domain/choices';
import type { DType, Tensor } from '../tensors/tensor';
import type { WeightTensor } from '../checkpoints/weight-source';
import type { OpAttributes, OpName } from './attributes';
import { inferOutputs } from './infer';
import type { Segment, Node, Shape, Value } from './value';

export type { Dim, Node, Shape, Value } from './value';

/** A constant of the graph: bytes in the graph itself, or a range of a file that stays where it is. */
export type Initializer =
  | { readonly kind: 'inline'; readonly value: Value; readonly tensor: Tensor }
  | { readonly kind: 'external'; readonly value: Value; readonly source: WeightTensor };

/** A finished graph. Nodes are in execution order. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly initializers: readonly Initializer[];
  readonly nodes: readonly Node[];
}

/** What the emitted operators may assume about who runs the graph (ARCHITECTURE.md, "Graph forms"). */
export interface GraphForm {
  /** True: only operators with a derivative rule. False: fused operators where the provider has them. */
  readonly differentiable: boolean;
  /** Execution provider the graph is written for; decides which fused operators may be used. */
  readonly provider: DeviceName;
  /** Backward pass: 'fast' copies convolution weights into the form it likes best, 'small' uses them as they are stored. */
  readonly backward?: 'fast' | 'small';
  /** What is made again for the backward pass instead of being kept: nothing (absent), attention weights, or whole residual and transformer blocks. */
  readonly recompute?: 'attention' | 'blocks';
}

export const CPU_FORM: GraphForm = { differentiable: false, provider: 'cpu' };

/** Collects nodes while a model is laid out; `finish` gives the immutable graph. */
export class GraphBuilder {
  readonly #inputs: Value[] = [];
  readonly #outputs: Value[] = [];
  readonly #initializers = new Map<string, Initializer>();
  readonly #weights = new Map<WeightTensor, Value>();
  readonly #nodes: Node[] = [];
  readonly #names = new Set<string>();
  /** First value and axis that carries a symbol, so that its size can be read when the graph runs. */
  readonly #symbolSources = new Map<string, { value: Value; axis: number }>();
  /** By name of the value. */
  readonly #producers = new Map<string, Node>();
  readonly #segments = new Map<Node, Segment>();
  #segment: Segment | undefined;
  /** Results that were declared under another name than they were made with; `finish` renames them throughout. */
  readonly #renamed = new Map<string, Value>();

  constructor(
    readonly name: string,
    readonly form: GraphForm = CPU_FORM,
  ) {}

  input(name: string, dtype: DType, shape: Shape): Value {
    const value = this.#register({ name: this.#claim(name), dtype, shape });
    this.#inputs.push(value);
    return value;
  }

  /**
   * Declares `value` as a result called `name`. The value is renamed where it is made; only what cannot be
   * renamed (an input, a weight, a value that is a result already) is copied.
   */
  output(name: string, value: Value): void {
    const taken = this.#renamed.has(value.name) || this.#outputs.includes(value);
    if (this.#producers.has(value.name) && !taken) {
      const result = value.name === name ? value : { ...value, name: this.#claim(name) };
      if (result !== value) this.#renamed.set(value.name, result);
      this.#outputs.push(result);
      return;
    }
    const [copy] = this.emit('Identity', [value], {}, `${name}.copy`);
    if (copy === undefined) throw new Error(`Identity of ${value.name} has no output`);
    this.output(name, copy);
  }

  /** A constant stored in the graph message; meant for small tensors (shapes, scales, tables). */
  constant(tensor: Tensor, hint = 'constant'): Value {
    const value = this.#register({ name: this.#unique(hint), dtype: tensor.dtype, shape: tensor.shape });
    this.#initializers.set(value.name, { kind: 'inline', value, tensor });
    return value;
  }

  /** A weight that stays in its checkpoint file. The same tensor asked for twice is one initializer. */
  weight(source: WeightTensor): Value {
    const known = this.#weights.get(source);
    if (known !== undefined) return known;
    const value = this.#register({ name: this.#unique(source.name), dtype: source.dtype, shape: source.shape });
    this.#weights.set(source, value);
    this.#initializers.set(value.name, { kind: 'external', value, source });
    return value;
  }

  /**
   * Appends one operator call; shapes and dtypes of its outputs are inferred here and nowhere else.
   * `hint` names the node and its first output; it is made unique.
   */
  emit<O extends OpName>(
    op: O,
    inputs: readonly (Value | undefined)[],
    attributes: OpAttributes[O],
    hint: string = op,
  ): Value[] {
    const name = this.#unique(hint);
    const inferred = inferOutputs(op, inputs, attributes, {
      constant: (value) => this.constantOf(value),
      producer: (value) => this.#producers.get(value.name),
      node: name,
    });
    const outputs = inferred.map(({ dtype, shape }, i) =>
      this.#register({ name: i === 0 ? name : this.#unique(`${name}.${i}`), dtype, shape }),
    );
    const node: Node<O> = { op, name, inputs, outputs, attributes };
    this.#nodes.push(node);
    if (this.#segment !== undefined) this.#segments.set(node, this.#segment);
    for (const output of outputs) this.#producers.set(output.name, node);
    return outputs;
  }

  /** The inline constant behind a value, if it is one; lets shape inference read Reshape targets and the like. */
  constantOf(value: Value): Tensor | undefined {
    const initializer = this.#initializers.get(value.name);
    return initializer?.kind === 'inline' ? initializer.tensor : undefined;
  }

  /** The nodes so far, in execution order. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** The node that makes a value; an input, a weight and a constant have none. */
  producerOf(value: Value): Node | undefined {
    return this.#producers.get(value.name);
  }

  /** Lays out a stretch whose inner values are made again in a backward pass instead of being kept. May be nested. */
  segment<T>(layOut: () => T): T {
    return this.inSegment({ parent: this.#segment }, layOut);
  }

  /** Goes on with a segment. */
  inSegment<T>(segment: Segment, layOut: () => T): T {
    const outer = this.#segment;
    this.#segment = segment;
    try {
      return layOut();
    } finally {
      this.#segment = outer;
    }
  }

  /** The innermost segment a node was laid out in. */
  segmentOf(node: Node): Segment | undefined {
    return this.#segments.get(node);
  }

  /** The input of that name; throws an Error when there is none. */
  inputNamed(name: string): Value {
    const input = this.#inputs.find((value) => value.name === name);
    if (input === undefined) throw new Error(`Graph ${this.name} has no input '${name}'`);
    return input;
  }

  /** A value and axis whose size is `symbol`, when the graph has one. */
  sourceOf(symbol: string): { value: Value; axis: number } | undefined {
    return this.#symbolSources.get(symbol);
  }

  finish(): Graph {
    const final = (value: Value): Value => this.#renamed.get(value.name) ?? value;
    const nodes = this.#nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((value) => value && final(value)),
      outputs: node.outputs.map(final),
    }));
    return {
      name: this.name,
      inputs: this.#inputs,
      outputs: this.#outputs,
      initializers: [...this.#initializers.values()],
      nodes,
    };
  }

  #register(value: Value): Value {
    value.shape.forEach((dim, axis) => {
      if (typeof dim === 'string' && !this.#symbolSources.has(dim)) this.#symbolSources.set(dim, { value, axis });
    });
    return value;
  }

  /** A name that outsiders use, so it cannot be varied. */
  #claim(name: string): string {
    if (this.#names.has(name)) throw new Error(`Graph ${this.name}: the name '${name}' is taken already`);
    this.#names.add(name);
    return name;
  }

  #unique(hint: string): string {
    let name = hint;
    for (let i = 1; this.#names.has(name); i++) name = `${hint}_${i}`;
    this.#names.add(name);
    return name;
  }
}
