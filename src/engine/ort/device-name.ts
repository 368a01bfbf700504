/** The execution providers we can ask ONNX Runtime for, by its own names. */
import type { GraphForm } from '../onnx/graph';

export type DeviceName = GraphForm['provider'];
