/** What a model folder of no family of ours holds, in the words that its users know. */
import type { ModelIndex } from '../checkpoints/folder';
import { isGiven } from './unet-models';

/** By the class of the pipeline (diffusers' names, without "Pipeline"), the most specific first. */
const PIPELINES: readonly (readonly [RegExp, string])[] = [
  [/^Flux2/, 'a FLUX.2 transformer model'],
  [/^Flux/, 'a FLUX transformer model'],
  [/^ZImage/, 'a Z-Image transformer model'],
  [/^QwenImage/, 'a Qwen-Image transformer model'],
  [/^StableDiffusion3/, 'a Stable Diffusion 3 transformer model'],
  [/^Sana/, 'a Sana transformer model'],
  [/^PixArt/, 'a PixArt transformer model'],
  [/^HunyuanDiT/, 'a Hunyuan-DiT transformer model'],
  [/^(Chroma|AuraFlow|Lumina|CogView|HiDream|OmniGen|Bria|EasyAnimate)/, 'a transformer model'],
  [/^StableCascade|^Wuerstchen/, 'a Stable Cascade (Würstchen) model'],
  [/^Kandinsky/, 'a Kandinsky model'],
  [/^IF/, 'a DeepFloyd IF model, which draws pixels and not latents'],
  [/^DiT/, 'a model that draws classes, not prompts'],
  [/Audio|^MusicLDM/, 'a model for sound'],
  [
    /Video|^(Wan|LTX|Mochi|Allegro|Latte|HunyuanVideo|Cosmos|SkyReels|AnimateDiff|TextToVideo|I2VGen)/,
    'a model for video',
  ],
  [/^StableUnCLIP|^UnCLIP/, 'an unCLIP model, which is prompted with embeddings of pictures'],
  [/Upscale/, 'an upscaler, which enlarges pictures'],
  [/^StableDiffusionDepth2Img/, 'a depth-to-image model'],
  [/InstructPix2Pix/, 'an InstructPix2Pix model'],
  [/ControlNet/, 'a pipeline with a ControlNet'],
  [/^StableDiffusionXL/, 'a part of a Stable Diffusion XL model'],
];

/** The class that model_index.json names; '' where it names none. */
function classOf(index: ModelIndex): string {
  const name = index['_class_name'];
  return typeof name === 'string' ? name : '';
}

function knownKind(index: ModelIndex): string | undefined {
  const name = classOf(index).replace(/Pipeline$/, '');
  return PIPELINES.find(([pattern]) => pattern.test(name))?.[1];
}

/** The class says that it is no model of ours, whatever its parts are called. */
export function isForeign(index: ModelIndex): boolean {
  return knownKind(index) !== undefined;
}

/** "a FLUX transformer model", as far as model_index.json tells. */
export function foreignKind(index: ModelIndex): string {
  if (index['requires_aesthetics_score'] === true) return "SDXL's refiner, made to finish what SDXL has begun";
  const known = knownKind(index);
  if (known !== undefined) return `${known} ("${classOf(index)}")`;
  const what = isGiven(index['transformer']) ? 'a transformer model' : 'a kind of model';
  const parts = Object.keys(index).filter((part) => isGiven(index[part]));
  return `${what} ("${classOf(index)}" with the parts ${parts.join(', ')})`;
}
