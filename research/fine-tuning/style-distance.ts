/**
 * How far generated pictures are from a set's style: the Fréchet distance between two groups of pictures over a few
 * measures of style. With some 60 pictures a covariance of many dimensions cannot be estimated, so there are ten, all of
 * which a designer would name, and none of which depends on what is shown.
 */
import type { RawImage } from '../../src/pictures/raw';
import { covarianceOf, meanOf, traceOfRoot } from './matrices';
import { strokeWidth } from './stroke-width';

export const MEASURES = [
  'coverage',
  'soft edge',
  'lightness',
  'contrast',
  'colourfulness',
  'red–green',
  'yellow–blue',
  'spread of colours',
  'edges inside',
  'stroke width',
] as const;

/** One picture's measures, in the order of MEASURES. */
export function styleOf(image: RawImage): number[] {
  const pixels = labPixels(image);
  const { alpha } = pixels;
  const count = image.width * image.height;
  const covered = sum(alpha) + 1e-6;
  const mean = (plane: Float64Array): number =>
    plane.reduce((total, value, i) => total + value * alpha[i]!, 0) / covered;
  const spread = (plane: Float64Array): number => {
    const centre = mean(plane);
    return Math.sqrt(plane.reduce((total, value, i) => total + (value - centre) ** 2 * alpha[i]!, 0) / covered);
  };
  const chroma = pixels.a.map((a, i) => Math.hypot(a, pixels.b[i]!));
  return [
    covered / count,
    alpha.filter((value) => value > 0.1 && value < 0.9).length / covered,
    mean(pixels.lightness),
    spread(pixels.lightness),
    mean(chroma),
    mean(pixels.a),
    mean(pixels.b),
    Math.hypot(spread(pixels.a), spread(pixels.b)),
    edgesInside(pixels, image.width),
    strokeWidth(alpha, image.width) / image.width,
  ];
}

/** Fréchet distance of two groups: |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½), in units of the measures' spread among many sets. */
export class StyleDistance {
  readonly #scale: readonly number[];

  /** `common`: real icons of many sets, which say how much each measure varies at all. */
  constructor(common: readonly RawImage[]) {
    const covariance = covarianceOf(common.map(styleOf));
    this.#scale = covariance.map((row, i) => 1 / Math.sqrt(row[i]! + 1e-12));
  }

  between(a: readonly RawImage[], b: readonly RawImage[]): number {
    const [first, second] = [this.#scaled(a), this.#scaled(b)];
    const [meanA, meanB] = [meanOf(first), meanOf(second)];
    const [covA, covB] = [covarianceOf(first), covarianceOf(second)];
    const means = meanA.reduce((total, value, i) => total + (value - meanB[i]!) ** 2, 0);
    const traces = covA.reduce((total, row, i) => total + row[i]! + covB[i]![i]!, 0);
    return means + traces - 2 * traceOfRoot(covA, covB);
  }

  /** By measure: how far the means are apart, in spreads. */
  differences(a: readonly RawImage[], b: readonly RawImage[]): number[] {
    const [meanA, meanB] = [meanOf(this.#scaled(a)), meanOf(this.#scaled(b))];
    return meanA.map((value, i) => value - meanB[i]!);
  }

  #scaled(images: readonly RawImage[]): number[][] {
    return images.map((image) => styleOf(image).map((value, i) => value * this.#scale[i]!));
  }
}

interface LabPixels {
  readonly alpha: Float64Array;
  readonly lightness: Float64Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
}

/** Oklab (Ottosson 2020) of every pixel. */
function labPixels({ width, height, data }: RawImage): LabPixels {
  const count = width * height;
  const planes = [0, 1, 2, 3].map(() => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const [alpha, lightness, a, b] = planes;
  for (let i = 0; i < count; i++) {
    const [red, green, blue] = [0, 1, 2].map((c) => linear(data[4 * i + c]! / 255)) as [number, number, number];
    const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
    const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
    const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
    alpha[i] = data[4 * i + 3]! / 255;
    lightness[i] = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
    a[i] = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
    b[i] = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  }
  return { alpha, lightness, a, b };
}

function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** Share of neighbouring opaque pixels whose colours clearly differ. */
function edgesInside({ alpha, lightness, a, b }: LabPixels, width: number): number {
  let [edges, pairs] = [0, 1e-6];
  for (let i = 0; i < alpha.length; i++) {
    for (const step of [1, width]) {
      const j = i + step;
      if (j >= alpha.length || (step === 1 && j % width === 0) || alpha[i]! < 0.9 || alpha[j]! < 0.9) continue;
      pairs++;
      if (Math.hypot(lightness[i]! - lightness[j]!, a[i]! - a[j]!, b[i]! - b[j]!) > 0.08) edges++;
    }
  }
  return edges / pairs;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
