/** Picking results of a session, and noticing when the arithmetic went wrong. */
import { UserError } from '../../domain/errors';
import type { Tensor } from '../tensors/tensor';

/** The float32 output `name`; anything else is a bug in the graph. */
export function floatOutput(outputs: Readonly<Record<string, Tensor>>, name: string): Tensor<'float32'> {
  const tensor = outputs[name];
  if (tensor?.dtype !== 'float32' || !(tensor.data instanceof Float32Array)) {
    throw new Error(`expected the float32 output "${name}", found ${tensor?.dtype ?? 'nothing'}`);
  }
  return { dtype: 'float32', shape: tensor.shape, data: tensor.data };
}

/** Throws instead of letting a black picture through. `where` says which part computed the values. */
export function assertFinite(values: Float32Array, where: string): void {
  if (values.every(Number.isFinite)) return;
  throw new UserError(
    'bad-checkpoint',
    `${where} gave values that are not numbers (NaN or infinite). The checkpoint is probably damaged, or made for another precision or scheduler; run "fourstep inspect" on its folder.`,
  );
}
