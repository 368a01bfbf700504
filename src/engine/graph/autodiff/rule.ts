/** What a derivative rule sees of one operator call, and what it gives back. */
import type { OpName } from '../attributes';
import type { GraphBuilder, Node, Value } from '../graph';

/** One operator call on the way back. */
export interface GradientCall<O extends OpName = OpName> {
  readonly g: GraphBuilder;
  readonly node: Node<O>;
  readonly attributes: Node<O>['attributes'];
  /** Input `index` of the call; made again when it lies in a segment that is not kept. */
  input(index: number): Value;
  /** Output `index` of the call; made again when it lies in a segment that is not kept. */
  output(index?: number): Value;
  /** The gradient of output `index`; throws when nothing depends on that output. */
  dy(index?: number): Value;
  /** The gradient of output `index`, undefined when nothing depends on it. */
  dyIfAny(index: number): Value | undefined;
  /** Whether anybody asks for the gradient of input `index`. */
  wants(index: number): boolean;
  /** A name for a value that this rule makes. */
  hint(name: string): string;
  /** Refuses this call: an Error naming operator and node. */
  refuse(reason: string): never;
}

/**
 * Gradients of the inputs, in their order; undefined where none is wanted or none exists. A gradient may still have
 * axes that the input was broadcast along: the walker sums over them.
 */
export type GradientRule<O extends OpName> = (call: GradientCall<O>) => readonly (Value | undefined)[];

/** The rules of one family of operators. */
export type GradientFamily<O extends OpName> = { readonly [K in O]: GradientRule<K> };

/** The rule of an operator that cannot be differentiated; says what to do instead. */
export function refusal<O extends OpName>(reason: string): GradientRule<O> {
  return (call) => call.refuse(reason);
}

/** The rule of an operator whose outputs are whole numbers or conditions: nothing flows through it. */
export function noGradient(): readonly undefined[] {
  return [];
}

/** Whether a value can change by a little; a whole number or a condition cannot. */
export function isSmooth({ dtype }: Value): boolean {
  return dtype === 'float32' || dtype === 'float64' || dtype === 'float16' || dtype === 'bfloat16';
}

/** The value's gradient when input `index` is asked for. */
export function when<O extends OpName>(call: GradientCall<O>, index: number, make: () => Value): Value | undefined {
  return call.wants(index) ? make() : undefined;
}
