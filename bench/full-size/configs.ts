/** The published configuration files of LCM_Dreamshaper_v7 and of taesd, as far as the engine reads them. */
const unet = {
  _class_name: 'UNet2DConditionModel',
  act_fn: 'silu',
  attention_head_dim: 8,
  block_out_channels: [320, 640, 1280, 1280],
  center_input_sample: false,
  cross_attention_dim: 768,
  down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
  downsample_padding: 1,
  flip_sin_to_cos: true,
  freq_shift: 0,
  in_channels: 4,
  layers_per_block: 2,
  mid_block_scale_factor: 1,
  mid_block_type: 'UNetMidBlock2DCrossAttn',
  norm_eps: 1e-5,
  norm_num_groups: 32,
  only_cross_attention: false,
  out_channels: 4,
  resnet_time_scale_shift: 'default',
  sample_size: 96,
  time_cond_proj_dim: 256,
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
  upcast_attention: false,
  use_linear_projection: false,
};

const textEncoder = {
  architectures: ['CLIPTextModel'],
  bos_token_id: 0,
  eos_token_id: 2,
  pad_token_id: 1,
  hidden_act: 'quick_gelu',
  hidden_size: 768,
  intermediate_size: 3072,
  layer_norm_eps: 1e-5,
  max_position_embeddings: 77,
  model_type: 'clip_text_model',
  num_attention_heads: 12,
  num_hidden_layers: 12,
  projection_dim: 768,
  vocab_size: 49408,
};

const vae = {
  _class_name: 'AutoencoderKL',
  act_fn: 'silu',
  block_out_channels: [128, 256, 512, 512],
  down_block_types: ['DownEncoderBlock2D', 'DownEncoderBlock2D', 'DownEncoderBlock2D', 'DownEncoderBlock2D'],
  force_upcast: true,
  in_channels: 3,
  latent_channels: 4,
  layers_per_block: 2,
  norm_num_groups: 32,
  out_channels: 3,
  sample_size: 768,
  scaling_factor: 0.18215,
  up_block_types: ['UpDecoderBlock2D', 'UpDecoderBlock2D', 'UpDecoderBlock2D', 'UpDecoderBlock2D'],
};

const taesd = {
  _class_name: 'AutoencoderTiny',
  act_fn: 'relu',
  decoder_block_out_channels: [64, 64, 64, 64],
  encoder_block_out_channels: [64, 64, 64, 64],
  force_upcast: false,
  in_channels: 3,
  latent_channels: 4,
  latent_magnitude: 3,
  latent_shift: 0.5,
  num_decoder_blocks: [3, 3, 3, 1],
  num_encoder_blocks: [1, 3, 3, 3],
  out_channels: 3,
  scaling_factor: 1.0,
  upsampling_scaling_factor: 2,
};

const scheduler = {
  _class_name: 'LCMScheduler',
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  beta_start: 0.00085,
  clip_sample: false,
  num_train_timesteps: 1000,
  original_inference_steps: 50,
  prediction_type: 'epsilon',
  set_alpha_to_one: true,
  steps_offset: 0,
  timestep_spacing: 'leading',
};

const modelIndex = {
  _class_name: 'LatentConsistencyModelPipeline',
  scheduler: ['diffusers', 'LCMScheduler'],
  text_encoder: ['transformers', 'CLIPTextModel'],
  tokenizer: ['transformers', 'CLIPTokenizer'],
  unet: ['diffusers', 'UNet2DConditionModel'],
  vae: ['diffusers', 'AutoencoderKL'],
};

/** What is a tenth, a twelfth or a quarter as wide in the smoke form, which only shows that a benchmark still runs. */
const smokeUNet = { ...unet, block_out_channels: [32, 64, 128, 128], cross_attention_dim: 64 };
const smokeText = {
  ...textEncoder,
  hidden_size: 64,
  intermediate_size: 256,
  num_attention_heads: 4,
  projection_dim: 64,
};
const smokeVae = { ...vae, block_out_channels: [32, 64, 128, 128] };

/** File in the model folder → content. */
export function configs(smoke: boolean): Readonly<Record<string, object>> {
  return {
    'model_index.json': modelIndex,
    'unet/config.json': smoke ? smokeUNet : unet,
    'text_encoder/config.json': smoke ? smokeText : textEncoder,
    'vae/config.json': smoke ? smokeVae : vae,
    'taesd/config.json': taesd,
    'scheduler/scheduler_config.json': scheduler,
  };
}

/** The length of one side of a tensor in the smoke form. */
export function smokeDim(component: string, dim: number): number {
  if (component === 'unet') return dim === 768 ? 64 : dim % 320 === 0 ? dim / 10 : dim;
  if (component === 'text_encoder') return dim % 768 === 0 ? dim / 12 : dim;
  return component === 'vae' && dim >= 128 ? dim / 4 : dim;
}
