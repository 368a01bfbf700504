/** The checker that runs on every graph before it is written; a violation is a bug in whoever built the graph. */
import { BYTES_PER_ELEMENT } from '../tensors/dtype';
import { sizeOf } from '../tensors/tensor';
import { ARITY } from './attributes';
import { sameShape, shapeText, symbolsOf } from './dims';
import type { Graph, Initializer, Node, Value } from './graph';
import { inferOutputs } from './infer';

/**
 * Throws an Error naming the graph and the node (or input, initializer, output) unless: names are unique; every value
 * is made before it is used and used as it was made; arity, dtypes and shapes are what inference gives; initializers
 * have the bytes their shape needs; every free dimension is a symbol of an input; every output exists.
 */
export function checkGraph(graph: Graph): void {
  new Checker(graph).run();
}

class Checker {
  readonly #graph: Graph;
  readonly #defined = new Map<string, Value>();
  readonly #constants = new Map<string, Initializer>();
  readonly #producers = new Map<string, Node>();
  readonly #nodeNames = new Set<string>();
  readonly #symbols: ReadonlySet<string>;

  constructor(graph: Graph) {
    this.#graph = graph;
    const dims = graph.inputs.flatMap(({ shape }) => shape).filter((dim) => typeof dim === 'string');
    this.#symbols = new Set(dims.filter((dim) => symbolsOf(dim)[0] === dim));
  }

  run(): void {
    for (const input of this.#graph.inputs) this.#define(input, `input '${input.name}'`);
    for (const initializer of this.#graph.initializers) this.#initializer(initializer);
    for (const node of this.#graph.nodes) this.#node(node);
    if (this.#graph.outputs.length === 0) this.#fail('the graph', 'has no outputs');
    const names = this.#graph.outputs.map(({ name }) => name);
    for (const output of this.#graph.outputs) {
      this.#use(output, `output '${output.name}'`);
      if (names.indexOf(output.name) !== names.lastIndexOf(output.name)) this.#fail(output.name, 'is an output twice');
    }
  }

  #initializer(initializer: Initializer): void {
    const { value } = initializer;
    const where = `initializer '${value.name}'`;
    this.#define(value, where);
    const shape = value.shape.filter((dim) => typeof dim === 'number');
    if (shape.length !== value.shape.length) this.#fail(where, 'has a free dimension');
    const expected = sizeOf(shape) * BYTES_PER_ELEMENT[value.dtype];
    const found = initializer.kind === 'inline' ? initializer.tensor.data.byteLength : initializer.source.length;
    if (found !== expected) {
      this.#fail(where, `${value.dtype}${shapeText(shape)} needs ${expected} bytes, it has ${found}`);
    }
    this.#constants.set(value.name, initializer);
  }

  #node(node: Node): void {
    const where = `${node.op} node '${node.name}'`;
    if (this.#nodeNames.has(node.name)) this.#fail(where, 'has the name of another node');
    this.#nodeNames.add(node.name);
    const [fewest, most] = ARITY[node.op];
    if (node.inputs.length < fewest || node.inputs.length > most) {
      this.#fail(where, `takes ${fewest} to ${most} inputs, not ${node.inputs.length}`);
    }
    for (const input of node.inputs) if (input !== undefined) this.#use(input, where);
    this.#outputs(node, where);
    for (const output of node.outputs) {
      this.#define(output, where);
      this.#producers.set(output.name, node);
    }
  }

  #outputs(node: Node, where: string): void {
    const inferred = inferOutputs(node.op, node.inputs, node.attributes, {
      constant: ({ name }) => {
        const initializer = this.#constants.get(name);
        return initializer?.kind === 'inline' ? initializer.tensor : undefined;
      },
      producer: ({ name }) => this.#producers.get(name),
      node: node.name,
    });
    if (inferred.length !== node.outputs.length) {
      this.#fail(where, `makes ${inferred.length} outputs, ${node.outputs.length} are declared`);
    }
    node.outputs.forEach((output, i) => {
      const expected = inferred[i];
      if (expected?.dtype !== output.dtype || !sameShape(expected.shape, output.shape)) {
        const is = expected === undefined ? 'nothing' : `${expected.dtype}${shapeText(expected.shape)}`;
        this.#fail(where, `output '${output.name}' is declared ${output.dtype}${shapeText(output.shape)} but is ${is}`);
      }
    });
  }

  #define(value: Value, where: string): void {
    if (value.name === '') this.#fail(where, 'defines a value without a name');
    if (this.#defined.has(value.name)) this.#fail(where, `defines '${value.name}', which is defined already`);
    for (const symbol of value.shape.flatMap(symbolsOf)) {
      if (!this.#symbols.has(symbol)) this.#fail(where, `the size '${symbol}' of '${value.name}' is no input's`);
    }
    this.#defined.set(value.name, value);
  }

  #use(value: Value, where: string): void {
    const made = this.#defined.get(value.name);
    if (made === undefined) return this.#fail(where, `uses '${value.name}' before anything makes it`);
    if (made.dtype !== value.dtype || !sameShape(made.shape, value.shape)) {
      const [is, used] = [made, value].map(({ dtype, shape }) => `${dtype}${shapeText(shape)}`);
      this.#fail(where, `uses '${value.name}' as ${used ?? ''}, it is ${is ?? ''}`);
    }
  }

  #fail(where: string, problem: string): never {
    throw new Error(`Graph '${this.#graph.name}', ${where}: ${problem}`);
  }
}
