/** Names of a CLIP text encoder's tensors in files, made those of transformers' CLIPTextModel. */
import { splitRows, viewOf, type WeightView } from '../checkpoints/weight-view';
import type { WeightTensor } from '../checkpoints/weight-source';

/** The level that holds all of a CLIPTextModel but its projection. */
const LEVEL = 'text_model.';

/** Newer versions of transformers leave the level out where they save a CLIPTextModel. */
export const withTextLevel: WeightView = (source) => {
  const isFlat = source.tensors.has('embeddings.token_embedding.weight');
  if (!isFlat) return source;
  return viewOf(source, (tensor) => [
    tensor.name.startsWith('text_projection.') ? tensor : { ...tensor, name: LEVEL + tensor.name },
  ]);
};

/** OpenCLIP's text transformer. */
const OPEN_CLIP: readonly (readonly [RegExp, string])[] = [
  [/^token_embedding\.weight$/, 'embeddings.token_embedding.weight'],
  [/^positional_embedding$/, 'embeddings.position_embedding.weight'],
  [/^transformer\.resblocks\.(\d+)\.ln_1\.(\w+)$/, 'encoder.layers.$1.layer_norm1.$2'],
  [/^transformer\.resblocks\.(\d+)\.ln_2\.(\w+)$/, 'encoder.layers.$1.layer_norm2.$2'],
  [/^transformer\.resblocks\.(\d+)\.attn\.out_proj\.(\w+)$/, 'encoder.layers.$1.self_attn.out_proj.$2'],
  [/^transformer\.resblocks\.(\d+)\.mlp\.c_fc\.(\w+)$/, 'encoder.layers.$1.mlp.fc1.$2'],
  [/^transformer\.resblocks\.(\d+)\.mlp\.c_proj\.(\w+)$/, 'encoder.layers.$1.mlp.fc2.$2'],
  [/^ln_final\.(\w+)$/, 'final_layer_norm.$1'],
];

/** Query, key and value lie on top of each other in one tensor. */
const FUSED = /^transformer\.resblocks\.(\d+)\.attn\.in_proj_(weight|bias)$/;

/**
 * A tensor of OpenCLIP under transformers' names. `text_projection` keeps its name: it is stored as [hidden, projection], the transpose of
 * a Linear's weight, and the builder takes either.
 */
export function openClipNames(tensor: WeightTensor): WeightTensor[] {
  const { name } = tensor;
  if (name === 'text_projection') return [tensor];
  const [, layer, kind] = FUSED.exec(name) ?? [];
  if (layer !== undefined && kind !== undefined) {
    const attention = `${LEVEL}encoder.layers.${layer}.self_attn`;
    return splitRows(
      tensor,
      ['q', 'k', 'v'].map((part) => `${attention}.${part}_proj.${kind}`),
    );
  }
  const known = OPEN_CLIP.find(([pattern]) => pattern.test(name));
  return known === undefined ? [] : [{ ...tensor, name: LEVEL + name.replace(...known) }];
}
