/** Values between the entries of a table. */

/** Linear between the two entries around `place`; the ends go on beyond the table. */
export function interpolated(table: Float64Array, place: number): number {
  const bounded = Math.min(Math.max(place, 0), table.length - 1);
  const low = Math.floor(bounded);
  const [before = NaN, after = before] = [table[low], table[low + 1]];
  return before + (after - before) * (bounded - low);
}
