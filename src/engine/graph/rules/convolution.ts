/** Shapes of convolutions, pooling and resizing; images are [batch, channels, ...spatial]. */
import type { ConvAttributes } from '../attributes';
import { convolved, product, sum, type Window } from '../dims';
import type { Dim, Shape } from '../value';
import { dimAt, sameDtype, type RuleCall, type RuleFamily } from './rule';

type SpatialOp = 'Conv' | 'ConvTranspose' | 'AveragePool';

function windowOf(call: RuleCall<SpatialOp>, kernel: readonly Dim[], axis: number): Window {
  const attributes: ConvAttributes = call.attributes;
  const size = kernel[axis];
  if (typeof size !== 'number') return call.fail('the kernel size must be known');
  const pads = attributes.pads ?? [];
  return {
    kernel: size,
    stride: attributes.strides?.[axis] ?? 1,
    dilation: attributes.dilations?.[axis] ?? 1,
    padding: (pads[axis] ?? 0) + (pads[axis + kernel.length] ?? 0),
  };
}

function checkBias(call: RuleCall<'Conv' | 'ConvTranspose'>, channels: Dim): void {
  const bias = call.inputs[2];
  if (bias === undefined) return;
  if (bias.shape.length !== 1 || bias.shape[0] !== channels) call.fail(`the bias must be [${channels}]`);
}

function kernelOf(call: RuleCall<'Conv' | 'ConvTranspose'>): { data: Shape; kernel: Shape } {
  const data = call.at(0).shape;
  const weight = call.at(1).shape;
  sameDtype(call, ...call.inputs.filter((value) => value !== undefined));
  if (data.length < 3 || data.length !== weight.length) call.fail('data and weight must have the same spatial axes');
  const kernel = weight.slice(2);
  const stated = call.attributes.kernel_shape ?? kernel;
  if (stated.some((size, axis) => size !== kernel[axis])) call.fail('kernel_shape differs from the weight');
  return { data, kernel };
}

export const convolutionRules: RuleFamily<SpatialOp | 'Resize'> = {
  Conv: (call) => {
    const { data, kernel } = kernelOf(call);
    const weight = call.at(1).shape;
    const channels = product(dimAt(call, weight, 1), call.attributes.group ?? 1);
    if (data[1] !== channels) call.fail(`the data must have ${channels} channels`);
    const out = dimAt(call, weight, 0);
    checkBias(call, out);
    const spatial = data.slice(2).map((size, axis) => convolved(size, windowOf(call, kernel, axis)));
    return [{ dtype: call.at(0).dtype, shape: [dimAt(call, data, 0), out, ...spatial] }];
  },

  ConvTranspose: (call) => {
    const { data, kernel } = kernelOf(call);
    const weight = call.at(1).shape;
    if (data[1] !== weight[0]) call.fail(`the data must have ${weight[0] ?? 0} channels`);
    const out = product(dimAt(call, weight, 1), call.attributes.group ?? 1);
    checkBias(call, out);
    const spatial = data.slice(2).map((size, axis) => {
      const window = windowOf(call, kernel, axis);
      const reach = window.dilation * (window.kernel - 1) + 1 - window.padding;
      const extra = call.attributes.output_padding?.[axis] ?? 0;
      return sum(product(sum(size, -1), window.stride), reach + extra);
    });
    return [{ dtype: call.at(0).dtype, shape: [dimAt(call, data, 0), out, ...spatial] }];
  },

  AveragePool: (call) => {
    const { dtype, shape } = call.at(0);
    const kernel = call.attributes.kernel_shape;
    if (kernel.length !== shape.length - 2) call.fail('kernel_shape must name every spatial axis');
    const spatial = shape.slice(2).map((size, axis) => convolved(size, windowOf(call, kernel, axis)));
    return [{ dtype, shape: [...shape.slice(0, 2), ...spatial] }];
  },

  Resize: (call) => {
    const { dtype, shape } = call.at(0);
    const scales = call.inputs[2];
    const sizes = call.numbers(3);
    if (sizes?.length === shape.length) return [{ dtype, shape: sizes }];
    if (scales === undefined) return call.fail('the sizes must be known');
    return [{ dtype, shape: scaledShape(call, shape) }];
  },
};

function scaledShape(call: RuleCall<'Resize'>, shape: Shape): Shape {
  const factors = call.numbers(2);
  if (factors?.length !== shape.length) return call.fail('there must be one scale for every axis');
  return shape.map((size, axis) => {
    const factor = factors[axis];
    return typeof factor === 'number' && Number.isInteger(factor)
      ? product(size, factor)
      : call.fail('scales must be whole numbers');
  });
}
