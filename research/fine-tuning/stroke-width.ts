/** How wide the parts of a silhouette are. */

/** Where the distance to the outside is a local maximum, twice that distance is the local width; their mean, in pixels. */
export function strokeWidth(alpha: Float64Array, width: number): number {
  const distance = distanceToOutside(alpha, width);
  let [total, count] = [0, 0];
  for (let i = 0; i < distance.length; i++) {
    const here = distance[i]!;
    if (here <= 0 || neighbours(i, width, distance.length).some((j) => distance[j]! > here)) continue;
    total += 2 * here - 1;
    count++;
  }
  return count === 0 ? 0 : total / count;
}

/** Chessboard distance in pixels, by two passes. */
function distanceToOutside(alpha: Float64Array, width: number): Float64Array {
  const size = alpha.length;
  const distance = Float64Array.from(alpha, (value) => (value > 0.5 ? Infinity : 0));
  const relax = (i: number): void => {
    if (distance[i] === 0) return;
    const around = neighbours(i, width, size);
    // Beyond the picture's border is outside.
    const border = around.length < 8 ? 0 : Infinity;
    distance[i] = Math.min(distance[i]!, border + 1, ...around.map((j) => distance[j]! + 1));
  };
  for (let i = 0; i < size; i++) relax(i);
  for (let i = size - 1; i >= 0; i--) relax(i);
  return distance;
}

function neighbours(i: number, width: number, size: number): number[] {
  const [x, y] = [i % width, Math.floor(i / width)];
  const result: number[] = [];
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      const j = (y + dy) * width + x + dx;
      if ((dx !== 0 || dy !== 0) && x + dx >= 0 && x + dx < width && j >= 0 && j < size) result.push(j);
    }
  }
  return result;
}
