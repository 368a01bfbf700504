/** Edges and operator calls of a graph. */
import type { DType } from '../tensors/tensor';
import type { OpAttributes, OpName } from './attributes';

/** A known size, or a symbolic one in canonical spelling ('batch', 'ceil(height/2)'); equal spelling means equal size. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** One edge of the graph. */
export interface Value {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** One operator call, with attributes typed by the operator. */
export interface Node<O extends OpName = OpName> {
  readonly op: O;
  readonly name: string;
  /** An omitted optional input is undefined. */
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: OpAttributes[O];
}

/** A stretch of a graph whose values need not be kept for the backward pass. */
export interface Segment {
  readonly parent: Segment | undefined;
}
