/** One function per operator, named as the operator: Op(g, ...inputs in ONNX's order, attributes?, hint?). */
export { AveragePool, Conv, ConvTranspose, Resize } from './convolution';
export { FusedMatMul, MultiHeadAttention } from './contrib';
export {
  Add,
  Cast,
  Clip,
  Cos,
  Div,
  Equal,
  Erf,
  Exp,
  Identity,
  Less,
  Mul,
  Neg,
  Relu,
  Sigmoid,
  Sin,
  Sqrt,
  Sub,
  Tanh,
  Where,
} from './elementwise';
export { MatMul } from './linear';
export { Concat, Gather, Pad, Slice, Split, TO_END, type SliceRange } from './movement';
export { GroupNormalization, InstanceNormalization, LayerNormalization, Softmax } from './normalization';
export { Constant, scalar, vector, type Operand } from './operand';
export { ArgMax, ReduceMax, ReduceMean, ReduceSum } from './reduction';
export { Expand, Range, Reshape, Shape, Squeeze, Transpose, Unsqueeze } from './shaping';
export { dimsValue } from './sizes';
