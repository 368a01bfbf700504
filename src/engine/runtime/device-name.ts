/** The execution providers we can ask ONNX Runtime for, by its own names. */
import type { GraphForm } from '../graph/graph';

export type DeviceName = GraphForm['provider'];
