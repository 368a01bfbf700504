/** How much two drawings of the same size are alike. */
import type { RawImage } from '../pictures/raw';

/** From 0, where nothing is at the same place in the same colour, to 1 for the same drawing. RGBA of equal size. */
export function likeness(a: RawImage, b: RawImage): number {
  let [different, drawn] = [0, 0];
  for (let i = 0; i < a.data.length; i += 4) {
    const [alphaA, alphaB] = [a.data[i + 3] ?? 0, b.data[i + 3] ?? 0];
    let most = Math.abs(alphaA - alphaB);
    for (let channel = i; channel < i + 3; channel++) {
      const [x, y] = [((a.data[channel] ?? 0) * alphaA) / 255, ((b.data[channel] ?? 0) * alphaB) / 255];
      most = Math.max(most, Math.abs(x - y));
    }
    different += most;
    drawn += Math.max(alphaA, alphaB);
  }
  return drawn === 0 ? 1 : 1 - different / drawn;
}
