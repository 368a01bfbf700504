/** Reverse-mode differentiation: appends to a graph the nodes that compute gradients of a scalar. */
import type { OpName } from '../attributes';
import type { GraphBuilder, Node, Value } from '../graph';
import { Add, scalar } from '../ops/index';
import { Recomputation } from './recomputation';
import { isSmooth, type GradientCall } from './rule';
import { ruleOf } from './rules';
import { unbroadcast } from './unbroadcast';

/**
 * Gradients of the scalar `loss` for each of `wrt` (inputs, weights or values in between), in their shapes.
 * Only what lies between them is differentiated: a frozen weight costs nothing. Throws an Error naming the node when
 * an operator in between has no derivative rule, or the value when the loss does not depend on it.
 */
export function gradients(g: GraphBuilder, loss: Value, wrt: readonly Value[]): Value[] {
  if (loss.shape.length > 0)
    throw new Error(`The loss '${loss.name}' has shape [${loss.shape.join(', ')}], not a scalar`);
  return new Backward(g, wrt).run(loss);
}

class Backward {
  /** Names of the values that depend on one of `wrt`. */
  readonly #active: Set<string>;
  readonly #gradients = new Map<string, Value>();
  readonly #recomputation: Recomputation;
  readonly #forward: readonly Node[];

  constructor(
    private readonly g: GraphBuilder,
    private readonly wrt: readonly Value[],
  ) {
    this.#forward = [...g.nodes];
    this.#recomputation = new Recomputation(g);
    this.#active = new Set(wrt.map(({ name }) => name));
    for (const node of this.#forward) {
      const depends = node.inputs.some((input) => input !== undefined && this.#active.has(input.name));
      if (depends) for (const { name } of node.outputs) this.#active.add(name);
    }
  }

  run(loss: Value): Value[] {
    this.#gradients.set(loss.name, scalar(this.g, 1));
    for (const node of this.#forward.toReversed()) {
      const arrived = node.outputs.map(({ name }) => this.#gradients.get(name)).find((value) => value !== undefined);
      if (arrived === undefined || !node.outputs.some(({ name }) => this.#active.has(name))) continue;
      this.#recomputation.enter(this.g.segmentOf(node), arrived);
      this.#differentiate(node);
    }
    return this.wrt.map((value) => {
      const gradient = this.#gradients.get(value.name);
      if (gradient === undefined) throw new Error(`The loss '${loss.name}' does not depend on '${value.name}'`);
      return gradient;
    });
  }

  #differentiate<O extends OpName>(node: Node<O>): void {
    const call = this.#call(node);
    const parts = ruleOf(node.op)(call);
    node.inputs.forEach((input, index) => {
      const part = parts[index];
      if (input === undefined || !this.#active.has(input.name)) return;
      if (part === undefined) {
        if (isSmooth(input) && node.outputs.some(isSmooth)) call.refuse(`its input ${index} has no derivative rule`);
        return;
      }
      const gradient = unbroadcast(this.g, part, input.shape);
      const sofar = this.#gradients.get(input.name);
      this.#gradients.set(
        input.name,
        sofar === undefined ? gradient : Add(this.g, sofar, gradient, `${input.name}.gradient`),
      );
    });
  }

  #call<O extends OpName>(node: Node<O>): GradientCall<O> {
    const refuse = (reason: string): never => {
      throw new Error(`The ${node.op} node '${node.name}' cannot be differentiated: ${reason}`);
    };
    const segment = this.g.segmentOf(node);
    const take = (value: Value | undefined): Value =>
      value === undefined ? refuse('it lacks an input') : this.#recomputation.resolve(value, segment);
    const dyIfAny = (index: number): Value | undefined => this.#gradients.get(node.outputs[index]?.name ?? '');
    return {
      g: this.g,
      node,
      attributes: node.attributes,
      input: (index) => take(node.inputs[index]),
      output: (index = 0) => take(node.outputs[index]),
      dy: (index = 0) => dyIfAny(index) ?? refuse(`nothing depends on its output ${index}`),
      dyIfAny,
      wants: (index) => this.#active.has(node.inputs[index]?.name ?? ''),
      hint: (name) => `${node.name}.grad.${name}`,
      refuse,
    };
  }
}
