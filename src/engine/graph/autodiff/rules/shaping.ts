/** Derivatives of operators that only give the same elements another shape. */
import { noGradient, type GradientFamily } from '../rule';
import { Reshape, Transpose } from '../../ops/index';

type Shaping = 'Reshape' | 'Transpose' | 'Expand' | 'Unsqueeze' | 'Squeeze' | 'Shape' | 'Range';

export const shapingRules: GradientFamily<Shaping> = {
  Reshape: (call) => [Reshape(call.g, call.dy(), call.input(0).shape, call.hint('shape'))],
  Unsqueeze: (call) => [Reshape(call.g, call.dy(), call.input(0).shape, call.hint('shape'))],
  Squeeze: (call) => [Reshape(call.g, call.dy(), call.input(0).shape, call.hint('shape'))],
  Transpose: (call) => {
    const inverse: number[] = [];
    call.attributes.perm.forEach((axis, place) => {
      inverse[axis] = place;
    });
    return [Transpose(call.g, call.dy(), inverse, call.hint('back'))];
  },
  // The walker sums over the axes that were repeated.
  Expand: (call) => [call.dy()],
  Shape: noGradient,
  Range: noGradient,
};
