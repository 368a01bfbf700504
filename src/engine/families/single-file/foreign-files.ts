/** What a .safetensors file holds that is no model of ours, and what to do with it instead. */
import type { WeightSource } from '../../checkpoints/weight-source';

interface Kind {
  /** Found in the name of one of the tensors. */
  readonly pattern: RegExp;
  /** Behind "holds". */
  readonly what: string;
}

const CANNOT = 'which Fourstep cannot run.';

/** The most specific first: a LoRA of a FLUX model is a LoRA. */
const KINDS: readonly Kind[] = [
  {
    pattern: /[._](?:lora|hada|lokr|oft|boft|glora|dora)_|\.lora\.|^lora_/,
    what: 'a LoRA, an addition to a model and no model by itself. Give it with --lora.',
  },
  {
    pattern: /^(?:emb_params|clip_[lg]|<[^<>]+>)$/,
    what: 'a textual inversion embedding, words for a prompt and no model. Give it with --embedding.',
  },
  { pattern: /^control_model\.|^controlnet_/, what: 'a ControlNet, which Fourstep cannot use.' },
  { pattern: /(^|\.)ip_adapter\.|^image_proj\./, what: 'an IP-Adapter, which Fourstep cannot use.' },
  { pattern: /(^|\.)double_blocks\.\d+\./, what: `a FLUX transformer model, ${CANNOT}` },
  { pattern: /(^|\.)joint_blocks\.\d+\./, what: `a Stable Diffusion 3 transformer model, ${CANNOT}` },
  {
    pattern:
      /(^|\.)(?:transformer_blocks|layers|blocks)\.\d+\.(?:adaLN_modulation|adaln|scale_shift_table|attention\.)/,
    what: `a transformer model, ${CANNOT}`,
  },
  { pattern: /temporal|motion_modules/, what: `a model for video, ${CANNOT}` },
  {
    pattern: /^conditioner\.embedders\.0\.model\./,
    what: "SDXL's refiner, made to finish what SDXL has begun, " + CANNOT,
  },
  {
    pattern: /^(?:down_blocks|mid_block|conv_in)\b/,
    what: "a UNet alone under diffusers' names and no whole model. Put it into a folder with its config.json and give that with --unet beside a model.",
  },
  {
    pattern: /^model\.diffusion_model\.|^input_blocks\./,
    what: 'a UNet without its text encoder. Get the whole checkpoint.',
  },
  {
    pattern: /^(?:first_stage_model\.)?(?:encoder|decoder)\.(?:down|up|mid|conv_in)[._]/,
    what: 'an autoencoder alone and no whole model. Give it with --vae beside a model.',
  },
  { pattern: /(^|\.)text_model\.encoder\.layers\./, what: 'a text encoder alone and no whole model.' },
  { pattern: /^params_ema|^model\.\d+\.|RDB\d/, what: 'an upscaler, which enlarges pictures and draws none.' },
];

/** A sentence's rest behind "<file> holds". */
export function whatItHolds({ tensors }: WeightSource): string {
  const names = [...tensors.keys()];
  const known = KINDS.find(({ pattern }) => names.some((name) => pattern.test(name)));
  if (known !== undefined) return known.what;
  const some = names.slice(0, 3).join(', ');
  return `no model that Fourstep knows: ${names.length === 0 ? 'it has no tensors' : `its ${names.length} tensors are called ${some} …`}.`;
}
