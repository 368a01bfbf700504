/** What an inference rule gets and gives, and the checks most rules share. */
import type { DType } from '../../tensors/tensor';
import { ARITY, type OpAttributes, type OpName } from '../attributes';
import { broadcast, shapeText } from '../dims';
import type { Dim, Shape, Value } from '../value';
import { contentsOf, type Surroundings } from './contents';

/** What inference may ask about the graph around a node. */
export interface InferContext extends Surroundings {
  /** Name of the node, for errors. */
  readonly node: string;
}

export interface Inferred {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** One operator call as a rule sees it. */
export interface RuleCall<O extends OpName = OpName> {
  readonly op: O;
  readonly attributes: OpAttributes[O];
  readonly inputs: readonly (Value | undefined)[];
  /** A required input; throws when it is missing. */
  readonly at: (index: number) => Value;
  /** The numbers in a small integer input (shape, axes, pads) where the graph knows them. */
  readonly numbers: (index: number) => readonly Dim[] | undefined;
  /** Throws, naming operator, node and input shapes. */
  readonly fail: (problem: string) => never;
}

export type Rule<O extends OpName> = (call: RuleCall<O>) => readonly Inferred[];
export type RuleFamily<O extends OpName> = { readonly [Key in O]: Rule<Key> };

interface Operator<O extends OpName> {
  readonly op: O;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: OpAttributes[O];
}

export function ruleCall<O extends OpName>(operator: Operator<O>, context: InferContext): RuleCall<O> {
  const { op, inputs } = operator;
  const fail = (problem: string): never => {
    const given = inputs.map((value) => (value === undefined ? '(none)' : describe(value))).join(', ');
    throw new Error(`${op} node '${context.node}': ${problem}; inputs: ${given}`);
  };
  const [fewest, most] = ARITY[op];
  if (inputs.length < fewest || inputs.length > most) fail(`takes ${fewest} to ${most} inputs, not ${inputs.length}`);
  return {
    ...operator,
    at: (index) => inputs[index] ?? fail(`input ${index} is missing`),
    numbers: (index) => {
      const value = inputs[index];
      return value === undefined ? undefined : contentsOf(value, context);
    },
    fail,
  };
}

/** "name float32[1, 4, height, width]". */
export function describe(value: Value): string {
  return `${value.name} ${value.dtype}${shapeText(value.shape)}`;
}

/** The common dtype of the given inputs. */
export function sameDtype(call: RuleCall, ...values: readonly Value[]): DType {
  const [first] = values;
  if (first === undefined) return call.fail('has no inputs');
  if (values.some((value) => value.dtype !== first.dtype)) call.fail('inputs must have one dtype');
  return first.dtype;
}

export function broadcastOf(call: RuleCall, ...shapes: readonly Shape[]): Shape {
  return broadcast(...shapes) ?? call.fail('shapes do not broadcast');
}

export function expectRank(call: RuleCall, index: number, rank: number): Shape {
  const { shape } = call.at(index);
  return shape.length === rank ? shape : call.fail(`input ${index} must have ${rank} axes`);
}

/** The size of an axis that must exist. */
export function dimAt(call: RuleCall, shape: Shape, axis: number): Dim {
  return shape[axis] ?? call.fail(`there is no axis ${axis} in ${shapeText(shape)}`);
}

/** Turns a negative axis into its place from the front. */
export function normalizeAxis(call: RuleCall, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  return normal >= 0 && normal < rank ? normal : call.fail(`axis ${axis} is outside ${rank} axes`);
}

/** A small integer input whose values must be plain numbers (axes, pads). */
export function plainNumbers(call: RuleCall, index: number): readonly number[] {
  const numbers = call.numbers(index);
  if (numbers?.every((n) => typeof n === 'number') !== true) return call.fail(`input ${index} must be a constant`);
  return numbers;
}
