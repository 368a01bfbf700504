/** What SDXL's UNet takes beside the tokens: the pooled text and the sizes of the picture, computed outside of the graph like the time's sinusoid. */
import { float32, joinedLast, type Tensor } from '../tensors/tensor';
import { timestepSinusoid } from './embeddings';
import { PICTURE_SIZES, type UNetConfig } from './unet-config';

/**
 * `pooled` [batch, pooled width] and `sizes` [batch, 6], pixels → [batch, pooled width + 6 × size width], the text first (diffusers
 * `get_aug_embed`).
 */
export function addedCondition(
  config: UNetConfig,
  pooled: Tensor<'float32'>,
  sizes: Tensor<'float32'>,
): Tensor<'float32'> {
  const { addition } = config;
  if (addition === undefined) throw new Error('This UNet takes no pooled text.');
  const [batch = 1] = pooled.shape;
  const sinusoids = timestepSinusoid(Array.from(sizes.data), addition.sizeWidth, config);
  return joinedLast(pooled, float32(sinusoids, [batch, PICTURE_SIZES * addition.sizeWidth]));
}
