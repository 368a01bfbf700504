/**
 * Standard normal noise from a seed, the same bits on every platform and in every version.
 *
 * Element i of stream s under seed k: word i mod 4 of Philox4x32-10 block ⌊i / 4⌋ (counter: block number, stream; key:
 * seed; each as low and high 32 bits), read as u = (word + ½) / 2³², put through the inverse normal distribution
 * function (Wichura, algorithm AS 241 PPND16, 1988) and rounded to float32. Only + − × ÷ and √ are used: IEEE 754
 * defines their results to the last bit. Math.log, Math.cos and the like differ between JavaScript engines.
 */
import { UserError } from '../../domain/errors';
import { philox4x32 } from './philox';

/** Coefficients of AS 241 (rounded to the doubles they become), highest power first: numerator and denominator for |u − ½| ≤ 0.425 … */
const CENTRAL_NUMERATOR = [
  2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
  133.14166789178438, 3.3871328727963665,
];
const CENTRAL_DENOMINATOR = [
  5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
  42.31333070160091, 1,
];
/** … and for the tails. The paper's third pair, for u below e⁻²⁵, cannot occur: u is at least 2⁻³³. */
const TAIL_NUMERATOR = [
  0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
  5.769497221460691, 4.630337846156546, 1.4234371107496835,
];
const TAIL_DENOMINATOR = [
  1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
  1.6763848301838038, 2.053191626637759, 1,
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
