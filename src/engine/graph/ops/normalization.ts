/* eslint max-params: ['error', 8] -- operator functions take the inputs in ONNX's order, then attributes and hint */
/** Normalizations and Softmax. */
import type {
  GroupNormalizationAttributes,
  LayerNormalizationAttributes,
  NormalizationAttributes,
  OptionalAxisAttributes,
} from '../attributes';
import type { GraphBuilder, Value } from '../graph';
import { emitOne, trimmed } from './operand';

/** Over the last axis; scale and bias [size of that axis]. */
export function LayerNormalization(
  g: GraphBuilder,
  x: Value,
  scale: Value,
  bias: Value | undefined,
  attributes: LayerNormalizationAttributes = {},
  hint?: string,
): Value {
  return emitOne(g, 'LayerNormalization', { inputs: trimmed(x, scale, bias), attributes, hint });
}

/** Every channel of every item over its spatial axes; x [batch, channels, ...], scale and bias [channels]. */
export function InstanceNormalization(
  g: GraphBuilder,
  x: Value,
  scale: Value,
  bias: Value,
  attributes: NormalizationAttributes = {},
  hint?: string,
): Value {
  return emitOne(g, 'InstanceNormalization', { inputs: [x, scale, bias], attributes, hint });
}

/** x [batch, channels, ...], scale and bias [channels]. No WebGPU kernel: Reshape + InstanceNormalization has one. */
export function GroupNormalization(
  g: GraphBuilder,
  x: Value,
  scale: Value,
  bias: Value,
  attributes: GroupNormalizationAttributes,
  hint?: string,
): Value {
  return emitOne(g, 'GroupNormalization', { inputs: [x, scale, bias], attributes, hint });
}

/** Along the last axis unless another is named. */
export function Softmax(g: GraphBuilder, x: Value, attributes: OptionalAxisAttributes = {}, hint?: string): Value {
  return emitOne(g, 'Softmax', { inputs: [x], attributes, hint });
}
