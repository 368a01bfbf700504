/* eslint max-params: ['error', 8] -- operator functions take the inputs in ONNX's order, then attributes and hint */
/** Convolutions, pooling, resizing; images are [batch, channels, height, width]. */
import { float32 } from '../../tensors/tensor';
import type { AveragePoolAttributes, ConvAttributes, ConvTransposeAttributes } from '../attributes';
import type { Dim, GraphBuilder, Value } from '../graph';
import { emitOne, trimmed } from './operand';
import { dimsValue } from './sizes';

/** weight [out, in / group, kh, kw] */
export function Conv(
  g: GraphBuilder,
  x: Value,
  weight: Value,
  bias: Value | undefined,
  attributes: ConvAttributes = {},
  hint?: string,
): Value {
  return emitOne(g, 'Conv', { inputs: trimmed(x, weight, bias), attributes, hint });
}

/** weight [in, out / group, kh, kw] */
export function ConvTranspose(
  g: GraphBuilder,
  x: Value,
  weight: Value,
  bias: Value | undefined,
  attributes: ConvTransposeAttributes = {},
  hint?: string,
): Value {
  return emitOne(g, 'ConvTranspose', { inputs: trimmed(x, weight, bias), attributes, hint });
}

export function AveragePool(g: GraphBuilder, x: Value, attributes: AveragePoolAttributes, hint?: string): Value {
  return emitOne(g, 'AveragePool', { inputs: [x], attributes, hint });
}

/**
 * Nearest-neighbour resize of an image, by a whole factor on height and width or to the sizes of all four axes.
 * Source pixel = floor(target pixel x source size / target size), which is PyTorch's F.interpolate(mode='nearest').
 */
export function Resize(
  g: GraphBuilder,
  x: Value,
  target: { readonly scale: number } | { readonly dims: readonly Dim[] },
  hint?: string,
): Value {
  const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' } as const;
  const inputs =
    'scale' in target
      ? [x, undefined, g.constant(float32([1, 1, target.scale, target.scale], [4]), 'scales')]
      : [x, undefined, undefined, dimsValue(g, target.dims)];
  return emitOne(g, 'Resize', { inputs, attributes, hint });
}
