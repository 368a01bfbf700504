/** The operators we emit and their attributes, typed by operator. Standard operators are those of opset 21. */
import type { DType } from '../tensors/tensor';

/** Version of the standard operator set that every graph declares. */
export const OPSET = 21;
/** Version of the com.microsoft operator set. */
export const CONTRIB_OPSET = 1;

/** An operator without attributes. */
export type NoAttributes = Readonly<Record<string, never>>;

export interface ConvAttributes {
  readonly kernel_shape?: readonly number[];
  readonly strides?: readonly number[];
  /** Begin of every spatial axis, then end of every spatial axis. */
  readonly pads?: readonly number[];
  readonly dilations?: readonly number[];
  readonly group?: number;
}
export interface ConvTransposeAttributes extends ConvAttributes {
  readonly output_padding?: readonly number[];
}
export interface AveragePoolAttributes {
  readonly kernel_shape: readonly number[];
  readonly strides?: readonly number[];
  readonly pads?: readonly number[];
  /** 1 divides by the whole window at the border too. */
  readonly count_include_pad?: number;
}
export interface NormalizationAttributes {
  readonly epsilon?: number;
}
export interface LayerNormalizationAttributes extends NormalizationAttributes {
  readonly axis?: number;
}
export interface GroupNormalizationAttributes extends NormalizationAttributes {
  readonly num_groups: number;
}
export interface AxisAttributes {
  readonly axis: number;
}
export interface OptionalAxisAttributes {
  readonly axis?: number;
}
export interface ReduceAttributes {
  /** 1 (the default) keeps a reduced axis as size 1. */
  readonly keepdims?: number;
}
export interface ResizeAttributes {
  readonly mode?: 'nearest' | 'linear' | 'cubic';
  readonly coordinate_transformation_mode?: 'asymmetric' | 'half_pixel' | 'pytorch_half_pixel' | 'align_corners';
  readonly nearest_mode?: 'floor' | 'ceil' | 'round_prefer_floor' | 'round_prefer_ceil';
}
export interface MultiHeadAttentionAttributes {
  readonly num_heads: number;
  /** Factor on the scores; 1/sqrt(head size) when absent. */
  readonly scale?: number;
  /** 1: position i sees positions up to i only. */
  readonly unidirectional?: number;
}
export interface FusedMatMulAttributes {
  readonly alpha?: number;
  readonly transA?: number;
  readonly transB?: number;
}

/** Operator name → its attributes. The key list is the list of operators this engine knows. */
export interface OpAttributes {
  // convolution
  Conv: ConvAttributes;
  ConvTranspose: ConvTransposeAttributes;
  AveragePool: AveragePoolAttributes;
  Resize: ResizeAttributes;
  // linear
  MatMul: NoAttributes;
  // normalization
  LayerNormalization: LayerNormalizationAttributes;
  InstanceNormalization: NormalizationAttributes;
  GroupNormalization: GroupNormalizationAttributes;
  Softmax: OptionalAxisAttributes;
  // arithmetic, element by element with broadcasting
  Add: NoAttributes;
  Sub: NoAttributes;
  Mul: NoAttributes;
  Div: NoAttributes;
  // functions, element by element
  Neg: NoAttributes;
  Sqrt: NoAttributes;
  Exp: NoAttributes;
  Sin: NoAttributes;
  Cos: NoAttributes;
  Erf: NoAttributes;
  Sigmoid: NoAttributes;
  Tanh: NoAttributes;
  Relu: NoAttributes;
  Clip: NoAttributes;
  Identity: NoAttributes;
  Cast: { readonly to: DType };
  // comparison
  Less: NoAttributes;
  Equal: NoAttributes;
  Where: NoAttributes;
  // movement
  Reshape: { readonly allowzero?: number };
  Transpose: { readonly perm: readonly number[] };
  Concat: AxisAttributes;
  Split: OptionalAxisAttributes & { readonly num_outputs?: number };
  Slice: NoAttributes;
  Gather: OptionalAxisAttributes;
  Expand: NoAttributes;
  Unsqueeze: NoAttributes;
  Squeeze: NoAttributes;
  Pad: { readonly mode?: 'constant' | 'reflect' | 'edge' };
  Shape: { readonly start?: number; readonly end?: number };
  Range: NoAttributes;
  // reduction
  ReduceSum: ReduceAttributes;
  ReduceMean: ReduceAttributes;
  ReduceMax: ReduceAttributes;
  ArgMax: OptionalAxisAttributes & ReduceAttributes;
  // com.microsoft
  MultiHeadAttention: MultiHeadAttentionAttributes;
  FusedMatMul: FusedMatMulAttributes;
}

export type OpName = keyof OpAttributes;

/** Operators outside the standard set, with their domain. */
export const DOMAINS: Readonly<Partial<Record<OpName, string>>> = {
  MultiHeadAttention: 'com.microsoft',
  FusedMatMul: 'com.microsoft',
};

/** Attributes that are floating point; every other number is an integer. */
export const FLOAT_ATTRIBUTES: ReadonlySet<string> = new Set(['alpha', 'beta', 'epsilon', 'scale']);

/** Fewest and most inputs of every operator. */
export const ARITY: Readonly<Record<OpName, readonly [fewest: number, most: number]>> = {
  Conv: [2, 3],
  ConvTranspose: [2, 3],
  AveragePool: [1, 1],
  Resize: [3, 4],
  MatMul: [2, 2],
  LayerNormalization: [2, 3],
  InstanceNormalization: [3, 3],
  GroupNormalization: [3, 3],
  Softmax: [1, 1],
  Add: [2, 2],
  Sub: [2, 2],
  Mul: [2, 2],
  Div: [2, 2],
  Neg: [1, 1],
  Sqrt: [1, 1],
  Exp: [1, 1],
  Sin: [1, 1],
  Cos: [1, 1],
  Erf: [1, 1],
  Sigmoid: [1, 1],
  Tanh: [1, 1],
  Relu: [1, 1],
  Clip: [1, 3],
  Identity: [1, 1],
  Cast: [1, 1],
  Less: [2, 2],
  Equal: [2, 2],
  Where: [3, 3],
  Reshape: [2, 2],
  Transpose: [1, 1],
  Concat: [1, Infinity],
  Split: [1, 2],
  Slice: [3, 5],
  Gather: [2, 2],
  Expand: [2, 2],
  Unsqueeze: [2, 2],
  Squeeze: [1, 2],
  Pad: [2, 4],
  Shape: [1, 1],
  Range: [3, 3],
  ReduceSum: [1, 2],
  ReduceMean: [1, 2],
  ReduceMax: [1, 2],
  ArgMax: [1, 1],
  MultiHeadAttention: [1, 6],
  FusedMatMul: [2, 2],
};
