/** ONNX Runtime's execution providers as users name them. */
export type DeviceName = 'cpu' | 'cuda' | 'dml' | 'coreml' | 'webgpu';
