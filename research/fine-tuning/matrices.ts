/** Means and covariances of small groups, and the square root that the Fréchet distance needs. */

export type Matrix = readonly (readonly number[])[];

export function meanOf(rows: Matrix): number[] {
  return rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
}

export function covarianceOf(rows: Matrix): number[][] {
  const mean = meanOf(rows);
  return mean.map((_, i) =>
    mean.map(
      (__, j) => rows.reduce((sum, row) => sum + (row[i]! - mean[i]!) * (row[j]! - mean[j]!), 0) / (rows.length - 1),
    ),
  );
}

/** tr (A B)^½ of two covariances = tr (√A B √A)^½, whose argument is symmetric. */
export function traceOfRoot(a: Matrix, b: Matrix): number {
  const root = rootOf(a);
  const { values } = eigen(product(product(root, b), root));
  return values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
}

function rootOf(matrix: Matrix): Matrix {
  const { values, vectors } = eigen(matrix);
  return matrix.map((_, i) =>
    matrix.map((__, j) =>
      values.reduce((sum, value, k) => sum + Math.sqrt(Math.max(0, value)) * vectors[i]![k]! * vectors[j]![k]!, 0),
    ),
  );
}

function product(a: Matrix, b: Matrix): Matrix {
  return a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));
}

/** Jacobi's method for a symmetric matrix; column k of `vectors` belongs to `values[k]`. */
function eigen(symmetric: Matrix): { readonly values: readonly number[]; readonly vectors: Matrix } {
  const size = symmetric.length;
  const m = symmetric.map((row) => [...row]);
  const vectors = m.map((_, i) => m.map((__, j) => (i === j ? 1 : 0)));
  const sweeps = 30;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(m, vectors, p, q);
  }
  return { values: m.map((row, i) => row[i]!), vectors };
}

/** Makes m[p][q] zero. */
function rotate(m: number[][], vectors: number[][], p: number, q: number): void {
  const off = m[p]![q]!;
  if (Math.abs(off) < 1e-15) return;
  const angle = 0.5 * Math.atan2(2 * off, m[q]![q]! - m[p]![p]!);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const mix = (row: number[]): void => {
    const [x, y] = [row[p]!, row[q]!];
    row[p] = cos * x - sin * y;
    row[q] = sin * x + cos * y;
  };
  m.forEach(mix);
  for (let k = 0; k < m.length; k++) {
    const [x, y] = [m[p]![k]!, m[q]![k]!];
    m[p]![k] = cos * x - sin * y;
    m[q]![k] = sin * x + cos * y;
  }
  vectors.forEach(mix);
}
