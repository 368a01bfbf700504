/** Run-time checks of what the fine-tuning page sends. */
import * as v from 'valibot';
import type { FromTunePage } from './tune-page-api';

/** A caption is cut to the model's window later; beyond this it is no caption. */
const MAX_CAPTION = 10_000;
const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const number = (least: number, most: number) => v.pipe(v.number(), v.finite(), v.minValue(least), v.maxValue(most));
const whole = (least: number, most: number) => v.pipe(number(least, most), v.integer());

const form = v.object({
  name: text(100),
  styleWord: text(100),
  settings: v.object({
    steps: whole(1, 1_000_000),
    rank: whole(1, 1024),
    learningRate: number(1e-8, 1),
    seed: whole(0, Number.MAX_SAFE_INTEGER),
  }),
});

const bare = [
  'ready',
  'save-captions',
  'rescan',
  'start',
  'go-on',
  'pause',
  'resume',
  'stop',
  'discard',
  'use-style',
  'reveal-style',
  'show-log',
] as const;

const fromTunePage = v.variant('type', [
  v.object({ type: v.picklist(bare) }),
  v.object({ type: v.literal('edit-icon'), id: text(4096), caption: text(MAX_CAPTION), excluded: v.boolean() }),
  v.object({ type: v.literal('edit-form'), form }),
]);

/** The message, or undefined when it is not one of ours. */
export function parseFromTunePage(message: unknown): FromTunePage | undefined {
  const parsed = v.safeParse(fromTunePage, message);
  return parsed.success ? parsed.output : undefined;
}
