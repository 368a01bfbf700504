/** Old AutoencoderKL files name the attention weights differently; the same tensors are offered under today's names. */
import type { WeightSource, WeightTensor } from '../checkpoints/weight-source';

const CURRENT_NAMES: Readonly<Record<string, string>> = {
  query: 'to_q',
  key: 'to_k',
  value: 'to_v',
  proj_attn: 'to_out.0',
};

const OLD_KEY = /^(.*mid_block\.attentions\.0\.)(query|key|value|proj_attn)\.(weight|bias)$/;

/** Renames query/key/value/proj_attn, and drops the 1×1 kernel of files that stored them as convolutions. */
export function withCurrentAttentionKeys(source: WeightSource): WeightSource {
  const tensors = new Map<string, WeightTensor>();
  for (const [key, tensor] of source.tensors) {
    const [, prefix, old = '', kind = ''] = OLD_KEY.exec(key) ?? [];
    const name = prefix === undefined ? key : `${prefix}${CURRENT_NAMES[old] ?? old}.${kind}`;
    tensors.set(name, name === key ? tensor : { ...tensor, name, shape: withoutKernel(tensor.shape) });
  }
  return { tensors, origin: source.origin };
}

function withoutKernel(shape: readonly number[]): readonly number[] {
  return shape.length === 4 && shape[2] === 1 && shape[3] === 1 ? shape.slice(0, 2) : shape;
}
