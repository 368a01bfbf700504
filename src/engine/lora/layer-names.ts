/** From the name that a LoRA file gives a layer to the layer: looked up among the model's own layers, never taken apart. */
import type { UNetConfig } from '../networks/unet-config';
import type { WeightSource } from '../checkpoints/weight-source';
import { ldmName, ldmPrefixes } from './ldm-names';

export interface AdaptableLayer {
  /** The network it belongs to. */
  readonly component: string;
  /** Path in the checkpoint. */
  readonly path: string;
  /** Of its weight: [out, in, …kernel]. */
  readonly shape: readonly number[];
}

/** How LoRA files name the layers of one network. */
export interface LoraNaming {
  readonly component: string;
  /** What kohya-ss's scripts put in front of the path. */
  readonly prefixes: readonly string[];
  /** Names of a layer beside its path and kohya's. */
  readonly others: (path: string) => readonly string[];
}

/** All layers of a model, by every name that a layout has for them. */
export function layerNames(
  namings: readonly LoraNaming[],
  weights: Readonly<Record<string, WeightSource>>,
): ReadonlyMap<string, AdaptableLayer> {
  const names = new Map<string, AdaptableLayer>();
  for (const naming of namings) {
    for (const layer of adaptableLayers(naming.component, weights[naming.component])) {
      for (const name of namesOf(layer, naming)) names.set(name, layer);
    }
  }
  return names;
}

/** Linear layers and convolutions. Norms have vectors, and the tables of embeddings are looked up instead of multiplied. */
function adaptableLayers(component: string, source: WeightSource | undefined): AdaptableLayer[] {
  if (source === undefined) throw new Error(`There are no weights of ${component}.`);
  return [...source.tensors.values()]
    .filter(({ name, shape }) => name.endsWith('.weight') && (shape.length === 2 || shape.length === 4))
    .map(({ name, shape }) => ({ component, path: name.slice(0, -'.weight'.length), shape }))
    .filter(({ path }) => !/(^|\.)(token|position)_embedding$/.test(path));
}

function namesOf({ component, path }: AdaptableLayer, { prefixes, others }: LoraNaming): string[] {
  const kohya = prefixes.map((prefix) => kohyaName(prefix, path));
  return [path, `${component}.${path}`, `base_model.model.${path}`, ...kohya, ...others(path)];
}

/** kohya-ss's spelling: every dot an underscore, so that it cannot be read back without knowing the layers. */
export function kohyaName(prefix: string, path: string): string {
  return `${prefix}_${path.replaceAll('.', '_')}`;
}

/** kohya-ss's prefix for a UNet. */
export const KOHYA_UNET = 'lora_unet';

/** Of a model's only text encoder; trainers for several number them. */
const KOHYA_TEXT = ['lora_te', 'lora_te1'];

/** A CLIP text encoder, whose level `text_model` some tools leave out. `prefixes`: what kohya-ss's scripts put in front of its paths. */
export function clipLayers(component: string, prefixes: readonly string[] = KOHYA_TEXT): LoraNaming {
  const others = (path: string): string[] => {
    const flat = path.replace(/^text_model\./, '');
    return [`${component}.${flat}`, ...prefixes.map((prefix) => kohyaName(prefix, flat))];
  };
  return { component, prefixes, others };
}

/** A UNet's layers, also by their names in the original latent-diffusion code and in diffusers' old attention processors. */
export function unetLayers(config: UNetConfig, component: string): LoraNaming {
  const ldm = ldmPrefixes(config);
  const others = (path: string): string[] => {
    const [original, processor] = [ldmName(path, ldm), processorName(path)];
    return [
      ...(original === undefined ? [] : [kohyaName(KOHYA_UNET, original)]),
      ...(processor === undefined ? [] : [processor, `${component}.${processor}`]),
    ];
  };
  return { component, prefixes: [KOHYA_UNET], others };
}

/** Old diffusers kept LoRA in the attention's processor: '….attn1.to_out.0' is '….attn1.processor.to_out_lora' there. */
function processorName(path: string): string | undefined {
  const [, attention, projection] = /^(.+\.attn\d)\.(to_[qkv]|to_out)(\.0)?$/.exec(path) ?? [];
  return attention === undefined || projection === undefined ? undefined : `${attention}.processor.${projection}_lora`;
}
