/** A graph made ready to run on a device. */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { checkGraph } from '../graph/check';
import type { Graph } from '../graph/graph';
import { encodeModel } from '../graph/proto';
import type { Tensor } from '../tensors/tensor';
import type { DeviceName } from '../../domain/choices';
import { checkFeeds } from './feeds';
import { translateError } from './ort-error';
import { loadRuntime, type Runtime } from './runtime';
import { locateWeights } from './weight-files';

/**
 * 'mapped': weights stay in the memory-mapped checkpoint; loads in well under a second with little private memory.
 * 'fast': weights are repacked into private memory; faster steps, half a minute to load a full-size UNet (bench/README.md).
 */
export type SessionProfile = 'mapped' | 'fast';

export interface SessionOptions {
  readonly device: DeviceName;
  readonly profile: SessionProfile;
  /** Threads of one operator; absent: as many as ONNX Runtime finds cores. */
  readonly threads?: number;
  /** True refuses a device that leaves operators to the CPU. */
  readonly deviceOnly?: boolean;
}

export interface Session {
  readonly graph: Graph;
  readonly device: DeviceName;
  /**
   * Runs the graph once; blocks the thread until it is done. Feeds are checked against the graph's inputs.
   * Throws UserError 'out-of-memory', 'device' or 'internal'.
   */
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

/** Checks and writes the graph and loads it. Throws UserError 'out-of-memory', 'device', 'not-found' or 'internal'. */
export async function createSession(graph: Graph, options: SessionOptions): Promise<Session> {
  checkGraph(graph);
  const runtime = await loadRuntime();
  const weights = await locateWeights(graph);
  const model = encodeModel(graph, weights.locationOf);
  try {
    const inner = await runtime.InferenceSession.create(model, ortOptions(options, weights.folder));
    return new OrtSession(graph, options.device, { runtime, inner });
  } catch (error) {
    throw translateError(error, `Loading graph '${graph.name}'`, options.device);
  }
}

function ortOptions(options: SessionOptions, folder: string | undefined): InferenceSession.SessionOptions {
  const mapped = options.profile === 'mapped';
  return {
    executionProviders: [options.device],
    graphOptimizationLevel: mapped ? 'extended' : 'all',
    executionMode: 'sequential',
    // Patterns are kept per input size and hold the largest buffers between runs; without them a step is not slower.
    enableMemPattern: false,
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
    logSeverityLevel: 3,
    extra: {
      session: {
        ...(folder === undefined ? {} : { model_external_initializers_file_folder_path: folder }),
        ...(mapped ? { disable_prepacking: '1' } : {}),
        ...(options.deviceOnly === true ? { disable_cpu_ep_fallback: '1' } : {}),
      },
    },
  };
}

interface Loaded {
  readonly runtime: Runtime;
  readonly inner: InferenceSession;
}

class OrtSession implements Session {
  #loaded: Loaded | undefined;

  constructor(
    readonly graph: Graph,
    readonly device: DeviceName,
    loaded: Loaded,
  ) {
    this.#loaded = loaded;
  }

  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    if (this.#loaded === undefined) throw new Error(`The session of graph '${this.graph.name}' is released`);
    checkFeeds(this.graph, feeds);
    const { runtime, inner } = this.#loaded;
    try {
      const given = Object.entries(feeds).map(([name, tensor]) => [name, toOrt(runtime, tensor)] as const);
      const results = await inner.run(Object.fromEntries(given));
      return Object.fromEntries(this.graph.outputs.map(({ name }) => [name, fromOrt(name, results[name])]));
    } catch (error) {
      throw translateError(error, `Running graph '${this.graph.name}'`, this.device);
    }
  }

  async release(): Promise<void> {
    const loaded = this.#loaded;
    this.#loaded = undefined;
    await loaded?.inner.release();
  }
}

function toOrt(runtime: Runtime, { dtype, shape, data }: Tensor): OrtTensor {
  if (dtype === 'bfloat16') throw new Error('ONNX Runtime takes no bfloat16 tensors from JavaScript');
  // One overload per dtype; Tensor ties dtype and data together already.
  return new runtime.Tensor(dtype as 'float32', data as Float32Array, shape);
}

function fromOrt(name: string, result: OrtTensor | undefined): Tensor {
  if (result === undefined) throw new Error(`ONNX Runtime gave no output '${name}'`);
  const { type, dims, data } = result;
  if (type === 'float16') {
    // Newer V8 has Float16Array; ours are raw 16-bit patterns everywhere.
    const bits = data as unknown as Uint16Array;
    return { dtype: 'float16', shape: dims, data: new Uint16Array(bits.buffer, bits.byteOffset, bits.length) };
  }
  return { dtype: type, shape: dims, data } as Tensor;
}
