/** Half-precision bit patterns of normal numbers, for fast random weights. */

/** 4,096 float16 patterns of N(0, deviation²), Box–Muller over a fixed grid. */
export function halfTable(deviation: number): Uint16Array {
  const table = new Uint16Array(4096);
  for (let i = 0; i < table.length; i++) {
    const radius = Math.sqrt(-2 * Math.log(((i & 63) + 0.5) / 64));
    table[i] = floatToHalf(deviation * radius * Math.cos((2 * Math.PI * ((i >> 6) + 0.5)) / 64));
  }
  return table;
}

function floatToHalf(value: number): number {
  const sign = value < 0 ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude < 2 ** -24) return sign;
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14);
  const mantissa = Math.round((magnitude / 2 ** exponent - (exponent === -14 && magnitude < 2 ** -14 ? 0 : 1)) * 1024);
  const biased = magnitude < 2 ** -14 ? 0 : exponent + 15;
  return sign | ((biased << 10) + mantissa);
}
