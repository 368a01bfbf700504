/** The models that others publish and that are worth a look, from models/catalog.json. Nothing of them ships. */
import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(1));

export const publishedSchema = v.object({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]*$/, 'expected lower-case letters, digits, "." and "-"')),
  /** `org/name` at the hub, or `org/name/file.safetensors`. */
  name: v.pipe(v.string(), v.regex(/^[\w.-]+\/[\w.-]+(?:\/[\w.-]+)*$/, 'expected org/name')),
  title: v.string(),
  kind: v.picklist(['model', 'unet', 'decoder', 'lora', 'file']),
  family: v.picklist(['sd1', 'sd2', 'sdxl']),
  /** As the hub spells it; the hub's own word is shown before anything is fetched. */
  license: v.string(),
  /** Of the denoiser, in millions, as its authors publish it; absent for what is no denoiser. */
  parameters: v.exactOptional(count),
  /** What it is usually drawn with. */
  usual: v.exactOptional(v.object({ steps: count, guidance: v.number() })),
  /** Guidance is fed into the denoiser, which then runs once in a step. */
  embedsGuidance: v.exactOptional(v.boolean()),
  /** `id` of the model that a LoRA, a UNet or a decoder is used with. */
  base: v.exactOptional(v.string()),
  /** A commit, where one is known to be good; else the newest is installed, and noted. */
  revision: v.exactOptional(v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/, 'expected a commit'))),
  /** What is known of its files from elsewhere than the hub; the hub must say the same. */
  files: v.exactOptional(
    v.array(
      v.object({
        path: v.string(),
        bytes: v.exactOptional(count),
        sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected a SHA-256')),
      }),
    ),
  ),
});

/** A model at the hub as the catalog describes it. */
export type PublishedModel = v.InferOutput<typeof publishedSchema>;
