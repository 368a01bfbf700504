/** What can be chosen from a list: what computes, how noise is taken away, which layers a LoRA is on. */

/** ONNX Runtime's execution providers, by its own names. */
export const DEVICES = ['cpu', 'cuda', 'dml', 'coreml', 'webgpu'] as const;
export type DeviceName = (typeof DEVICES)[number];

/** What may be asked for: one device, or the first of the platform's order that works. */
export const DEVICE_REQUESTS = ['auto', ...DEVICES] as const;
export type DeviceRequest = (typeof DEVICE_REQUESTS)[number];

/** The samplers, with the names that AUTOMATIC1111's web UI and the tools that read its files use for them. */
export const SAMPLER_TITLES = {
  lcm: 'LCM',
  ddim: 'DDIM',
  'dpmsolver++': 'DPM++ 2M',
  euler: 'Euler',
  'euler-ancestral': 'Euler a',
  heun: 'Heun',
  pndm: 'PLMS',
  unipc: 'UniPC',
  deis: 'DEIS',
  tcd: 'TCD',
} as const;
export type SamplerName = keyof typeof SAMPLER_TITLES;
export const SAMPLERS = Object.keys(SAMPLER_TITLES) as SamplerName[];

/** Groups of a UNet's layers that a LoRA may be on; which layers they are is the engine's (`engine/training/lora-targets.ts`). */
export const LORA_TARGET_NAMES = ['attention', 'projections', 'feed-forward', 'convolutions', 'time'] as const;
export type LoraTarget = (typeof LORA_TARGET_NAMES)[number];
