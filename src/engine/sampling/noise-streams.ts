/** Which random numbers a variant uses for what; part of a recipe's meaning, so never to be changed. */
import { normalNoise } from '../tensors/noise';

/** Streams of the generator in `tensors/noise.ts`, under the variant's own seed. */
const STREAMS = { latents: 0, encode: 1, addNoise: 2, firstStep: 16 } as const;

/** The noise of one picture; tests replay given tensors through the same interface. */
export interface NoiseSource {
  latents(size: number): Float32Array;
  encode(size: number): Float32Array;
  addNoise(size: number): Float32Array;
  step(index: number, size: number): Float32Array;
}

export function seededNoise(seed: number): NoiseSource {
  return {
    latents: (size) => normalNoise(seed, STREAMS.latents, size),
    encode: (size) => normalNoise(seed, STREAMS.encode, size),
    addNoise: (size) => normalNoise(seed, STREAMS.addNoise, size),
    step: (index, size) => normalNoise(seed, STREAMS.firstStep + index, size),
  };
}
