/**
 * Standard normal noise from a seed, the same bits on every platform and in every version.
 *
 * Element i of stream s under seed k: word i mod 4 of Philox4x32-10 block ⌊i / 4⌋ (counter: block number, stream; key:
 * seed; each as low and high 32 bits), read as u = (word + ½) / 2³², put through the inverse normal distribution
 * function (Wichura, algorithm AS 241 PPND16, 1988) and rounded to float32. Only + − × ÷ and √ are used: IEEE 754
 * defines their results to the last bit. Math.log, Math.cos and the like differ between JavaScript engines.
 */
import { UserError } from '../../base/errors';
import { philox4x32 } from './philox';

/** Coefficients of AS 241, highest power first: numerator and denominator for |u − ½| ≤ 0.425 … */
const CENTRAL_NUMERATOR = [
  2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125,
  1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
];
const CENTRAL_DENOMINATOR = [
  5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077,
  687.1870074920579083, 42.313330701600911252, 1,
];
/** … and for the tails. The paper's third pair, for u below e⁻²⁵, cannot occur: u is at least 2⁻³³. */
const TAIL_NUMERATOR = [
  7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
  3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
];
const TAIL_DENOMINATOR = [
  1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
  0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1,
];

const LN_2 = 0.6931471805599453;
const SQRT_HALF = 0.7071067811865476;

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}

/** Natural logarithm of u in [2⁻³³, 1): exact scaling into [√½, √2), then ln m = 2 artanh((m − 1) / (m + 1)). */
function logarithm(u: number): number {
  let mantissa = u;
  let exponent = 0;
  while (mantissa < SQRT_HALF) {
    mantissa *= 2;
    exponent--;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let series = 0;
  // |s| ≤ 0.172, so the term s²³ / 23 is below 1e-18: the sum is as good as a double can be.
  for (let power = 23; power >= 1; power -= 2) series = series * square + 1 / power;
  return 2 * s * series + exponent * LN_2;
}

/** Inverse of the standard normal distribution function for u in [2⁻³³, 1 − 2⁻³³]. */
export function inverseNormal(u: number): number {
  const q = u - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(CENTRAL_NUMERATOR, r)) / polynomial(CENTRAL_DENOMINATOR, r);
  }
  const r = Math.sqrt(-logarithm(q < 0 ? u : 1 - u)) - 1.6;
  const magnitude = polynomial(TAIL_NUMERATOR, r) / polynomial(TAIL_DENOMINATOR, r);
  return q < 0 ? -magnitude : magnitude;
}

function words(value: number, what: string): readonly [number, number] {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new UserError(
      'bad-request',
      `The ${what} is ${value}; expected a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`,
    );
  }
  return [value % 2 ** 32, Math.floor(value / 2 ** 32)];
}

/**
 * `count` standard normal values: elements [offset, offset + count) of the noise that `seed` and `stream` name.
 * Different seeds and different streams are independent of each other.
 * Throws UserError('bad-request') for a seed that is no whole number from 0 to 2⁵³ − 1.
 */
export function normalNoise(seed: number, stream: number, count: number, offset = 0): Float32Array {
  const key = words(seed, 'seed');
  const [streamLow, streamHigh] = words(stream, 'noise stream');
  const noise = new Float32Array(count);
  for (let block = Math.floor(offset / 4); block * 4 < offset + count; block++) {
    const [low, high] = words(block, 'noise block');
    const random = philox4x32([low, high, streamLow, streamHigh], key);
    for (const [lane, word] of random.entries()) {
      // Positions before the offset or after the end fall outside the array and are dropped.
      const index = block * 4 + lane - offset;
      if (index >= 0 && index < count) noise[index] = inverseNormal((word + 0.5) / 2 ** 32);
    }
  }
  return noise;
}
