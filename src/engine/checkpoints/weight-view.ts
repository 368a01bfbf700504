/** Other names for the tensors of a checkpoint; nothing is copied. */
import { sizeOf } from '../tensors/tensor';
import type { WeightSource, WeightTensor } from './weight-source';

/** The tensors that a network reads, under its own names, among those of a checkpoint. */
export type WeightView = (source: WeightSource) => WeightSource;

/** `find` gives what a tensor of the checkpoint is in the network: nothing, itself under another name, or several. */
export function viewOf(source: WeightSource, find: (tensor: WeightTensor) => readonly WeightTensor[]): WeightSource {
  const tensors = [...source.tensors.values()].flatMap(find);
  return { tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])), origin: source.origin };
}

/** [c, c, 1, 1], a convolution that is a matrix product, as [c, c]. */
export function withoutKernel(tensor: WeightTensor): WeightTensor {
  const { shape } = tensor;
  return shape.length === 4 && shape[2] === 1 && shape[3] === 1 ? { ...tensor, shape: shape.slice(0, 2) } : tensor;
}

/** The tensor cut along its first axis into parts of one size, one for each name. Its rows must be a multiple of their number. */
export function splitRows(tensor: WeightTensor, names: readonly string[]): WeightTensor[] {
  const [rows = 0, ...rest] = tensor.shape;
  const shape = [rows / names.length, ...rest];
  const length = (tensor.length / sizeOf(tensor.shape)) * sizeOf(shape);
  return names.map((name, part) => ({ ...tensor, name, shape, offset: tensor.offset + part * length, length }));
}
