/** The two sinusoidal embeddings, computed outside the graph: their arguments reach 14,000, where float32 spacing is 1e-3. */

/**
 * Time embedding of diffusers' `get_timestep_embedding` (max_period 10000), row per timestep.
 * Returns float32 [timesteps.length × dim].
 */
export function timestepSinusoid(
  timesteps: readonly number[],
  dim: number,
  { flipSinToCos, freqShift }: { readonly flipSinToCos: boolean; readonly freqShift: number },
): Float32Array {
  const half = Math.floor(dim / 2);
  const embedding = new Float32Array(timesteps.length * dim);
  timesteps.forEach((timestep, row) => {
    for (let i = 0; i < half; i++) {
      const argument = timestep * Math.exp((-Math.log(10_000) * i) / (half - freqShift));
      const [first, second] = flipSinToCos
        ? [Math.cos(argument), Math.sin(argument)]
        : [Math.sin(argument), Math.cos(argument)];
      embedding[row * dim + i] = first;
      embedding[row * dim + half + i] = second;
    }
  });
  return embedding;
}

/**
 * The guidance embedding that enters an LCM's UNet as `timestep_cond`: sin then cos of 1000 w at geometric frequencies
 * (LCM paper, section 4.3; diffusers `get_guidance_scale_embedding`). w = guidance_scale − 1. Returns `dim` numbers.
 */
export function guidanceEmbedding(w: number, dim: number): Float32Array {
  const half = Math.floor(dim / 2);
  const embedding = new Float32Array(dim);
  for (let i = 0; i < half; i++) {
    const argument = 1000 * w * Math.exp((-i * Math.log(10_000)) / (half - 1));
    embedding[i] = Math.sin(argument);
    embedding[half + i] = Math.cos(argument);
  }
  return embedding;
}
