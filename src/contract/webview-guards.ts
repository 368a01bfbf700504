/** Run-time checks of what a page sends: a page is a browser, so nothing it says is taken on trust. */
import * as v from 'valibot';
import type { FromGallery, FromPanel } from './webview-api';

const MAX_PROMPT = 100_000;
const whole = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(max));

const settings = v.object({
  prompt: v.pipe(v.string(), v.maxLength(MAX_PROMPT)),
  negativePrompt: v.pipe(v.string(), v.maxLength(MAX_PROMPT)),
  steps: whole(1000),
  guidance: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(100)),
  count: whole(64),
  seed: whole(Number.MAX_SAFE_INTEGER),
  size: whole(65_536),
  styles: v.pipe(
    v.array(
      v.object({
        name: v.pipe(v.string(), v.maxLength(200)),
        weight: v.pipe(v.number(), v.minValue(-4), v.maxValue(4)),
      }),
    ),
    v.maxLength(16),
  ),
});

const fromPanel = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('generate'), settings }),
  v.object({ type: v.literal('retry') }),
  v.object({ type: v.literal('stop') }),
  v.object({ type: v.literal('stop-now') }),
  v.object({ type: v.literal('save'), indices: v.pipe(v.array(whole(63)), v.minLength(1), v.maxLength(64)) }),
  v.object({ type: v.literal('show-log') }),
]);

const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));

const fromGallery = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('open'), path }),
  v.object({ type: v.literal('reveal'), path }),
  v.object({ type: v.literal('copy-path'), path }),
  v.object({ type: v.literal('again'), path }),
  v.object({ type: v.literal('generate') }),
]);

/** The message, or undefined when it is not one of ours. */
export function parseFromPanel(message: unknown): FromPanel | undefined {
  const parsed = v.safeParse(fromPanel, message);
  return parsed.success ? parsed.output : undefined;
}

export function parseFromGallery(message: unknown): FromGallery | undefined {
  const parsed = v.safeParse(fromGallery, message);
  return parsed.success ? parsed.output : undefined;
}
