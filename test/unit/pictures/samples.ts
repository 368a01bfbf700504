/** Pictures, recipes, prompts and files that the image tests share. */
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { BitmapFormat } from '../../../src/domain/image-format';
import type { RawImage } from '../../../src/pictures/raw';
import type { Recipe } from '../../../src/contract/recipe';

export const FORMATS: readonly BitmapFormat[] = ['png', 'webp', 'avif', 'jpeg'];

/** Every channel varies, every alpha from 0 to 255 occurs, and invisible pixels have colours. */
export function picture(channels: 3 | 4, width = 32, height = 24): RawImage {
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    data.set([(i * 7) % 256, (i * 3 + 40) % 256, 255 - ((i * 5) % 256)], i * channels);
    if (channels === 4) data[i * 4 + 3] = i % 256;
  }
  return { width, height, channels, data };
}

export function plain(
  color: readonly number[],
  { width, height }: { width: number; height: number } = { width: 8, height: 8 },
): RawImage {
  const channels = color.length === 4 ? 4 : 3;
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => color[i % channels]!);
  return { width, height, channels, data };
}

export function pixel({ data, width, channels }: RawImage, x: number, y: number): number[] {
  const at = (y * width + x) * channels;
  return [...data.subarray(at, at + channels)];
}

export const RECIPE: Recipe = {
  version: 1,
  engine: '0.1.0',
  model: { id: 'icons-v1', sha256: '0123456789abcdef'.repeat(4) },
  prompt: 'a red rocket, flat',
  negativePrompt: '',
  seed: 42,
  steps: 4,
  guidance: 3.5,
  sampler: 'lcm',
  width: 64,
  height: 96,
  device: 'cpu',
  created: '2025-11-23T12:00:00.000Z',
};

export const AWKWARD_PROMPTS: Readonly<Record<string, string>> = {
  emoji: '🚀👩‍🚀 rocket 🇨🇭',
  'quotes and brackets': `"double" 'single' <b>&amp; &#x41; (x, ASCII, 3 components, 3 bytes)`,
  'line breaks': 'first\nsecond\r\nthird\ttab',
  'ends of comments, CDATA and our own element': '--> ]]> </fourstep:recipe> </rdf:RDF> <?xpacket end="w"?>',
  'a parameters line': 'x\nNegative prompt: y\nSteps: 99, Seed: 1, Size: 1x1',
  'right-to-left text': 'صاروخ أحمر ‏רקטה אדומה',
  'characters that XML cannot hold': 'a\u0000b\u0001c\u001bd\uFFFEe\uFFFFf',
  'half a surrogate pair': 'broken \ud83d here',
  '10 KB': 'tiny 🚀 rocket "x" '.repeat(500),
  '100 KB': 'é<&>x'.repeat(20_000),
};

/** A folder for this test file, removed after it; returns a function that writes a file there and gives its path. */
export function scratch(): (name: string, bytes: Uint8Array | string) => Promise<string> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'fourstep-image-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return async (name, bytes) => {
    const file = path.join(folder, name);
    await writeFile(file, bytes);
    return file;
  };
}
