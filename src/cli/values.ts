/** Values as people type and read them; a wrong one is a usage error that names the option. */
import { InvalidArgumentError } from 'commander';
import { isWithin, rangeText, type NumberRange } from '../domain/range';

/** A number of that range. A whole one is written in digits alone: 1e3 and 0x10 are slips. */
export function numberIn(range: NumberRange): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const written = range.whole === true ? /^\d+$/.test(text) : text.trim() !== '';
    if (written && isWithin(value, range)) return value;
    throw new InvalidArgumentError(`Expected ${rangeText(range)}.`);
  };
}

export interface Weighted {
  readonly value: string;
  readonly weight: number;
  readonly start?: number;
}

/**
 * Collects "house", "house:0.8" or "house:0.8@0.2" (weight and start); without a number behind the last colon ("C:\house.safetensors")
 * the weight is 1.
 */
export function weighted(text: string, before: readonly Weighted[]): readonly Weighted[] {
  const number = String.raw`(?:\d+(?:\.\d*)?|\.\d+)`;
  const pattern = new RegExp(`^(.+):([+-]?${number})(?:@(${number}))?$`);
  const [, value = text, weight = '1', start] = pattern.exec(text) ?? [];
  return [...before, { value, weight: Number(weight), ...(start === undefined ? {} : { start: Number(start) }) }];
}

/** Collects the values of an option that may be given several times. */
export function collected(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** "512x768", or "512" for a square. */
export function size(text: string): Size {
  const [, width, height = width] = /^(\d{1,6})(?:[x×](\d{1,6}))?$/i.exec(text) ?? [];
  if (Number(width) > 0 && Number(height) > 0) return { width: Number(width), height: Number(height) };
  throw new InvalidArgumentError('Expected a width and a height in pixels, such as 512x768.');
}

/** "45 s", "12 min", "2 h 5 min" */
export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "640 MB", "1.2 GB" */
export function bytesText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
}
