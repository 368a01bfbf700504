/** From the name that a LoRA file gives a layer to the layer: looked up among the model's own layers, never taken apart. */
import type { UNetConfig } from '../networks/unet-config';
import type { WeightSource } from '../checkpoints/weight-source';
import { ldmName, ldmPrefixes } from './ldm-names';
import { LORA_COMPONENTS, type LoraComponent } from './lora';

export interface AdaptableLayer {
  readonly component: LoraComponent;
  /** Path in the checkpoint. */
  readonly path: string;
  /** Of its weight: [out, in, …kernel]. */
  readonly shape: readonly number[];
}

/** What a LoRA must fit: the config and the weights of a model's parts. */
export interface LoraBase {
  readonly config: UNetConfig;
  readonly weights: Readonly<Record<LoraComponent, WeightSource>>;
}

/** All layers of the model, by every name that a layout has for them. */
export function layerNames({ config, weights }: LoraBase): ReadonlyMap<string, AdaptableLayer> {
  const prefixes = ldmPrefixes(config);
  const names = new Map<string, AdaptableLayer>();
  for (const component of LORA_COMPONENTS) {
    for (const layer of adaptableLayers(component, weights[component])) {
      for (const name of namesOf(layer, prefixes)) names.set(name, layer);
    }
  }
  return names;
}

/** Linear layers and convolutions. Norms have vectors, and the tables of embeddings are looked up instead of multiplied. */
function adaptableLayers(component: LoraComponent, { tensors }: WeightSource): AdaptableLayer[] {
  return [...tensors.values()]
    .filter(({ name, shape }) => name.endsWith('.weight') && (shape.length === 2 || shape.length === 4))
    .map(({ name, shape }) => ({ component, path: name.slice(0, -'.weight'.length), shape }))
    .filter(({ path }) => !/(^|\.)(token|position)_embedding$/.test(path));
}

function namesOf({ component, path }: AdaptableLayer, prefixes: ReadonlyMap<string, string>): string[] {
  const dotted = [path, `${component}.${path}`, `base_model.model.${path}`];
  if (component === 'text_encoder') {
    // Trainers for several text encoders number them.
    return [...dotted, kohyaName(component, path), kohyaName(component, path).replace('lora_te_', 'lora_te1_')];
  }
  const ldm = ldmName(path, prefixes);
  const processor = processorName(path);
  return [
    ...dotted,
    kohyaName(component, path),
    ...(ldm === undefined ? [] : [kohyaName(component, ldm)]),
    ...(processor === undefined ? [] : [processor, `unet.${processor}`]),
  ];
}

const KOHYA_PREFIXES = { unet: 'lora_unet', text_encoder: 'lora_te' } as const;

/** kohya-ss's spelling: every dot an underscore, so that it cannot be read back without knowing the layers. */
export function kohyaName(component: LoraComponent, path: string): string {
  return `${KOHYA_PREFIXES[component]}_${path.replaceAll('.', '_')}`;
}

/** Old diffusers kept LoRA in the attention's processor: '….attn1.to_out.0' is '….attn1.processor.to_out_lora' there. */
function processorName(path: string): string | undefined {
  const [, attention, projection] = /^(.+\.attn\d)\.(to_[qkv]|to_out)(\.0)?$/.exec(path) ?? [];
  return attention === undefined || projection === undefined ? undefined : `${attention}.processor.${projection}_lora`;
}
