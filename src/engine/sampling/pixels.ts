/** Between the model's float planes and 8-bit pictures; alpha is straight in pictures and may be premultiplied in models. */
import { roundHalfEven } from '../../domain/round-half-even';
import { float32, type Tensor } from '../tensors/tensor';
import type { RawImage } from '../../pictures/raw';

export interface PixelForm {
  /** The model's RGB planes are multiplied by alpha. */
  readonly premultiplied: boolean;
}

/** 8 bits from [-1, 1]: half to even of clamp(x / 2 + 0.5) · 255, as numpy's round in diffusers' numpy_to_pil. */
export function toByte(value: number): number {
  return roundHalfEven(Math.fround(Math.min(Math.max(Math.fround(value / 2 + 0.5), 0), 1) * 255));
}

/** One picture from float32 [1, 3 or 4, height, width] in [-1, 1]. */
export function tensorToImage(tensor: Tensor<'float32'>, { premultiplied }: PixelForm): RawImage {
  const [, planes = 0, height = 0, width = 0] = tensor.shape;
  const channels = planes === 4 ? 4 : 3;
  const count = height * width;
  const data = new Uint8Array(count * channels);
  for (let i = 0; i < count; i++) {
    const alpha = channels === 4 ? clampUnit((tensor.data[3 * count + i] ?? 0) / 2 + 0.5) : 1;
    for (let channel = 0; channel < 3; channel++) {
      const value = tensor.data[channel * count + i] ?? 0;
      data[i * channels + channel] = premultiplied && channels === 4 ? straightByte(value, alpha) : toByte(value);
    }
    if (channels === 4) data[i * channels + 3] = toByte(tensor.data[3 * count + i] ?? 0);
  }
  return { width, height, channels, data };
}

/** Float32 [1, planes, height, width] in [-1, 1]. RGB gets alpha 1; RGBA for an RGB model is laid on white. */
export function imageToTensor(image: RawImage, planes: number, { premultiplied }: PixelForm): Tensor<'float32'> {
  const count = image.width * image.height;
  const data = new Float32Array(planes * count);
  for (let i = 0; i < count; i++) {
    const alpha = image.channels === 4 ? (image.data[4 * i + 3] ?? 0) / 255 : 1;
    for (let channel = 0; channel < 3; channel++) {
      const value = (image.data[image.channels * i + channel] ?? 0) / 255;
      data[channel * count + i] = 2 * placed(value, alpha, planes === 4 ? premultiplied : 'on white') - 1;
    }
    if (planes === 4) data[3 * count + i] = 2 * alpha - 1;
  }
  return float32(data, [1, planes, image.height, image.width]);
}

function placed(value: number, alpha: number, form: boolean | 'on white'): number {
  if (form === 'on white') return value * alpha + (1 - alpha);
  return form ? value * alpha : value;
}

/** Un-premultiplied colour; where nothing is visible the colour is black, so that empty pixels compress and compare equal. */
function straightByte(value: number, alpha: number): number {
  if (Math.round(alpha * 255) === 0) return 0;
  return Math.round(clampUnit(clampUnit(value / 2 + 0.5) / alpha) * 255);
}

function clampUnit(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
