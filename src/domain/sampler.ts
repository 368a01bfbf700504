/** The samplers, with the names that AUTOMATIC1111's web UI and the tools that read its files use for them. */

export const SAMPLER_TITLES = { lcm: 'LCM', ddim: 'DDIM', 'dpmsolver++': 'DPM++ 2M' } as const;

export type SamplerName = keyof typeof SAMPLER_TITLES;
export const SAMPLERS = Object.keys(SAMPLER_TITLES) as SamplerName[];
