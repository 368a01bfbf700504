/** Is a rebuilt picture the same one? */
import type { RawImage } from './raw';

export interface ImageComparison {
  readonly verdict: 'identical' | 'near' | 'different';
  /** Largest difference of any channel of any pixel, 0–255; 255 when sizes or channels differ. */
  readonly maxDifference: number;
}

/** Another provider or version rounds differently by a few levels; nobody sees 8 of 255, while another picture differs by far more. */
const NEAR_DIFFERENCE = 8;

export function compareImages(a: RawImage, b: RawImage): ImageComparison {
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels)
    return { verdict: 'different', maxDifference: 255 };
  const maxDifference = a.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b.data[i] ?? 0))), 0);
  return {
    verdict: maxDifference === 0 ? 'identical' : maxDifference <= NEAR_DIFFERENCE ? 'near' : 'different',
    maxDifference,
  };
}
