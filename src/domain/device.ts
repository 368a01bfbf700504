/** What can compute: ONNX Runtime's execution providers, by its own names. */

export const DEVICES = ['cpu', 'cuda', 'dml', 'coreml', 'webgpu'] as const;
export type DeviceName = (typeof DEVICES)[number];

/** What may be asked for: one device, or the first of the platform's order that works. */
export const DEVICE_REQUESTS = ['auto', ...DEVICES] as const;
export type DeviceRequest = (typeof DEVICE_REQUESTS)[number];
