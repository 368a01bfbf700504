/** How guidance reaches the model: as an embedding of w (LCM), or by two runs of the UNet (classifier-free guidance). */

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

/** ε̃ = ε(∅) + g (ε(c) − ε(∅)) with diffusers' guidance_scale g (Ho & Salimans 2022, with g = 1 + w). */
export function classifierFreeGuidance(
  conditional: Float32Array,
  unconditional: Float32Array,
  scale: number,
): Float32Array {
  return conditional.map((value, i) => {
    const base = unconditional[i] ?? NaN;
    return base + scale * (value - base);
  });
}
