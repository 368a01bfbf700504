/** The teacher of Latent Consistency Distillation: the model itself, without what is being trained. */
import { UserError } from '../../domain/errors';
import type { Pipeline } from '../sampling/pipeline';
import type { UNetConfig } from '../networks/unet-config';
import type { LoraFeeds, TargetNetwork } from './networks';
import type { Teacher } from './second-point';

/** Throws `bad-request` for a model that takes guidance as an embedding: it is an LCM already. */
export function checkTeacher(config: UNetConfig, origin: string): void {
  if (config.timeCondProjDim === undefined) return;
  throw new UserError(
    'bad-request',
    `${origin} is a latent consistency model already (its UNet has time_cond_proj_dim ${config.timeCondProjDim}). Distil an ordinary latent diffusion model, or fine-tune this one.`,
  );
}

/** Runs the target network's session with `noChange`, so that the weights are loaded once. */
export async function frozenTeacher(
  { parts }: Pick<Pipeline, 'parts'>,
  { config, schedule, session }: TargetNetwork,
  noChange: LoraFeeds,
): Promise<Teacher> {
  const { states: unconditional } = await parts.textEncoder.encode('');
  return { config, schedule, unconditional, session: { run: (feeds) => session.run({ ...feeds, ...noChange }) } };
}
