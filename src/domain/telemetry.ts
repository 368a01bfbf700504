/**
 * ONNX Runtime's native library for Linux and macOS reports its use to Microsoft and writes files into the home and temporary
 * folders, unless the environment has this before the library is loaded.
 */
export const NO_TELEMETRY = { ORT_DISABLE_TELEMETRY: '1' } as const;
