/** Memory of this process as Linux accounts for it. */
import { readFileSync } from 'node:fs';

export interface ProcessMemory {
  /** Bytes that belong to this process alone and cannot be dropped: the cost of running it. */
  readonly privateBytes: number;
  /** Everything resident, mapped checkpoint pages included (those can be evicted). */
  readonly residentBytes: number;
}

/** Reads /proc/self/smaps_rollup; throws on other systems. */
export function processMemory(): ProcessMemory {
  const rollup = readFileSync('/proc/self/smaps_rollup', 'utf8');
  const kilobytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? NaN);
  return { privateBytes: kilobytes('Anonymous') * 1024, residentBytes: kilobytes('Rss') * 1024 };
}

/** The highest resident size so far. */
export function peakResidentBytes(): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? NaN) * 1024;
}

export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
