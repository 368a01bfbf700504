/** Text encoders of a checkpoint in one file: their configs from their shapes. */
import type { WeightSource } from '../../checkpoints/weight-source';
import { viewOf } from '../../checkpoints/weight-view';
import { openClipNames } from '../clip-names';
import { PartShapes } from './part-shapes';

/** CLIP's heads have 64 channels, in every published size. */
const HEAD_CHANNELS = 64;

const TEXT = 'text_model';

/** config.json as transformers would write it, of a CLIPTextModel with its own names. */
export function clipConfigOf(source: WeightSource): Record<string, unknown> {
  return { ...sizesOf(source), hidden_act: 'quick_gelu' };
}

/** The same of OpenCLIP's transformer under transformers' names; `unused` are layers at its end that the model never reads. */
export function openClipConfigOf(source: WeightSource, unused = 0): Record<string, unknown> {
  const sizes = sizesOf(source);
  return {
    ...sizes,
    num_hidden_layers: sizes.num_hidden_layers - unused,
    projection_dim: new PartShapes(source).side('text_projection', 1) || sizes.hidden_size,
    hidden_act: 'gelu',
  };
}

/** OpenCLIP's tensors under transformers' names. */
export function openClip(source: WeightSource): WeightSource {
  return viewOf(source, openClipNames);
}

function sizesOf(source: WeightSource) {
  const shapes = new PartShapes(source);
  const table = `${TEXT}.embeddings.token_embedding.weight`;
  const width = shapes.side(table, 1);
  return {
    model_type: 'clip_text_model',
    vocab_size: shapes.side(table, 0),
    hidden_size: width,
    intermediate_size: shapes.side(`${TEXT}.encoder.layers.0.mlp.fc1.weight`, 0),
    num_hidden_layers: shapes.count(`${TEXT}.encoder.layers`, 'mlp.fc1.weight'),
    num_attention_heads: width / HEAD_CHANNELS,
    max_position_embeddings: shapes.side(`${TEXT}.embeddings.position_embedding.weight`, 0),
    // The largest id of the prompt is its end; see `pool` in networks/clip.ts.
    eos_token_id: 2,
  };
}
