/** Rounding as numpy does it, on which both pixel values and timesteps of the reference depend. */

/** The nearest whole number; of two equally near ones the even one. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
