/** Old AutoencoderKL files name the attention weights differently; the same tensors are offered under today's names. */
import type { WeightSource } from '../checkpoints/weight-source';
import { viewOf, withoutKernel } from '../checkpoints/weight-view';

const CURRENT_NAMES: Readonly<Record<string, string>> = {
  query: 'to_q',
  key: 'to_k',
  value: 'to_v',
  proj_attn: 'to_out.0',
};

const OLD_KEY = /^(.*mid_block\.attentions\.0\.)(query|key|value|proj_attn)\.(weight|bias)$/;

/** Renames query/key/value/proj_attn, and drops the 1×1 kernel of files that stored them as convolutions. */
export function withCurrentAttentionKeys(source: WeightSource): WeightSource {
  return viewOf(source, (tensor) => {
    const [, prefix, old = '', kind = ''] = OLD_KEY.exec(tensor.name) ?? [];
    if (prefix === undefined) return [tensor];
    return [withoutKernel({ ...tensor, name: `${prefix}${CURRENT_NAMES[old] ?? old}.${kind}` })];
  });
}
