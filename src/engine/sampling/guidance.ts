/** Classifier-free guidance, for models that do not know guidance themselves. */

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
