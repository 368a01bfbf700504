/** Where a model's weights lie: named tensors in checkpoint files, found by header only. */
import type { DType } from '../tensors/tensor';

/** One tensor of a checkpoint, as raw little-endian bytes [offset, offset + length) of `file`. */
export interface WeightTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Absolute path of the file that holds the bytes. */
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export interface WeightSource {
  /** By checkpoint key. */
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  /** The file or index the tensors came from, for error messages. */
  readonly origin: string;
}
