/** The noise schedule of a checkpoint in one file, which does not say it: that of its kind, and what some tensors give away. */
import { UserError } from '../../../domain/errors';
import type { SchedulerPart } from '../../checkpoints/folder-parts';
import type { SafetensorsFile } from '../../checkpoints/safetensors';
import { readTensor } from '../../checkpoints/safetensors';
import { toFloat32 } from '../../tensors/dtype';
import { UNET_MARK } from './kinds';

/** Stable Diffusion's, in all versions. */
const COMMON = {
  num_train_timesteps: 1000,
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  clip_sample: false,
  set_alpha_to_one: false,
  steps_offset: 1,
};

const GUIDANCE = 'model.diffusion_model.time_embed.cond_proj.weight';

export async function schedulerOf(file: SafetensorsFile, pipelineClass: string): Promise<SchedulerPart> {
  const { tensors, origin } = file;
  if (tensors.has('edm_mean') || tensors.has('edm_vpred.sigma_max')) {
    throw new UserError(
      'unsupported',
      `${origin} was trained with an EDM schedule (Playground 2.5, CosXL), which Fourstep does not have.`,
    );
  }
  const part = (className: string, config: object): SchedulerPart => ({ className, configFile: origin, config });
  if (tensors.has(GUIDANCE)) return part('LCMScheduler', { ...COMMON, original_inference_steps: 50 });
  const prediction_type = (await predictsVelocity(file)) ? 'v_prediction' : 'epsilon';
  // diffusers' choice for the published folders of each kind.
  if (pipelineClass === 'StableDiffusionXLPipeline') {
    const zeroSnr = tensors.has('ztsnr') ? { rescale_betas_zero_snr: true, timestep_spacing: 'trailing' } : {};
    return part('EulerDiscreteScheduler', { ...COMMON, timestep_spacing: 'leading', prediction_type, ...zeroSnr });
  }
  return part('PNDMScheduler', { ...COMMON, skip_prk_steps: true, prediction_type });
}

/** A weight of SD2.x whose spread tells what the UNet predicts. */
const TELLING = 'model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias';
const VELOCITY_SPREAD = 0.09;
/** SD2.x's width of the text; other models all predict the noise unless they say so. */
const SD2_TEXT_WIDTH = 1024;

/**
 * By the metadata that newer tools write (`modelspec.prediction_type`) or a tensor named `v_pred`; for SD2.x, which comes in both forms
 * under the same shapes, by the spread of one bias, as ComfyUI and diffusers' scripts do.
 */
async function predictsVelocity({ tensors, metadata }: SafetensorsFile): Promise<boolean> {
  const said = metadata.get('modelspec.prediction_type');
  if (said !== undefined) return said.startsWith('v');
  if (tensors.has('v_pred')) return true;
  const text = tensors.get('cond_stage_model.model.positional_embedding');
  const telling = tensors.get(TELLING);
  if (text?.shape[1] !== SD2_TEXT_WIDTH || telling === undefined || !tensors.has(UNET_MARK)) return false;
  return spread(toFloat32(await readTensor(telling))) > VELOCITY_SPREAD;
}

/** Standard deviation. */
function spread(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
