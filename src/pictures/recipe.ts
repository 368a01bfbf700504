/** Reading a recipe back: what a file holds is checked before it is believed. */
import * as v from 'valibot';
import { RECIPE_VERSION, type Recipe } from '../domain/recipe';

const text = v.pipe(v.string(), v.maxLength(1_000_000));
const whole = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const share = v.pipe(v.number(), v.minValue(0), v.ltValue(1));
const lora = v.object({
  name: text,
  sha256: hash,
  weight: v.pipe(v.number(), v.finite()),
  start: v.exactOptional(share),
});

const schema = v.object({
  version: v.literal(RECIPE_VERSION),
  engine: text,
  model: v.object({ id: text, sha256: hash }),
  prompt: text,
  negativePrompt: text,
  seed: whole,
  steps: whole,
  guidance: v.pipe(v.number(), v.finite()),
  sampler: v.picklist(['lcm', 'ddim', 'dpmsolver++']),
  width: whole,
  height: whole,
  strength: v.exactOptional(v.pipe(v.number(), v.finite())),
  initSha256: v.exactOptional(hash),
  loras: v.exactOptional(v.pipe(v.array(lora), v.maxLength(100))),
  device: text,
  created: text,
});

/** The recipe in a JSON text; undefined for anything that is not one (another tool's data, a later version, damage). */
export function parseRecipe(json: string): Recipe | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  const parsed = v.safeParse(schema, value);
  return parsed.success ? parsed.output : undefined;
}
