/** One `generate` job: request in, preview and result files out. */
import { createHash } from 'node:crypto';
import type { SamplerName } from '../domain/choices';
import { UserError } from '../domain/errors';
import { VERSION } from '../domain/version';
import type { PipelineInfo } from '../engine/sampling/info';
import type { PipelineRequest, PipelineStep } from '../engine/sampling/request';
import { isLcmLora, suitedToModel } from '../product/suited';
import { decodeImage, encodeImage } from '../pictures/codec';
import { encodePicture } from '../pictures/encode-picture';
import { readPictureFile } from '../pictures/picture-file';
import type { RawImage } from '../pictures/raw';
import { fitImage } from '../pictures/resize';
import { DRAWING } from '../contract/drawing-settings';
import { carriedBy, type NamesWith } from '../contract/setting';
import { extensionOf } from '../domain/image-format';
import { RECIPE_VERSION } from '../domain/recipe';
import type { Recipe } from '../contract/recipe';
import type { GenerateParams, GenerateResult, JobProgress, Variant } from '../contract/worker-api';
import { readWords } from './embeddings';
import type { Engine, EngineJob } from './engine';
import type { JobOutput } from './output';
import { inInkOf, readReferences, type References } from './references';
import type { IconSource } from './tune/icon-source';
import type { LoadedModel } from './warm-model';

export interface JobContext {
  readonly signal: AbortSignal;
  readonly output: JobOutput;
  readonly onProgress: (progress: Omit<JobProgress, 'jobId'>) => void;
}

/** Refuses, before anything is loaded, what no model can do. */
export function checkGenerate({ prompt }: GenerateParams): void {
  if (prompt.trim() === '') {
    throw new UserError('bad-request', 'The prompt is empty. Say in a few words what the picture shows.');
  }
}

export async function generate(
  engine: Engine,
  params: GenerateParams,
  context: JobContext & { readonly icons: IconSource },
): Promise<GenerateResult> {
  const started = performance.now();
  context.onProgress({ phase: 'loading' });
  const { modelPath, device } = params;
  const { value, notices, ...run } = await engine.run(
    { modelPath, device, ...loadingHooks(context) },
    async (model) => {
      const load = performance.now() - started;
      const job = new GenerateJob(model, params, context);
      const result = await job.run();
      return { ...result, timings: { load, ...result.timings } };
    },
  );
  return { ...value, device: run.device, notices: [...notices, ...value.notices] };
}

/** Cancellation and progress of the loading, the same for every job. */
export function loadingHooks({ signal, onProgress }: JobContext): Pick<EngineJob, 'signal' | 'onCopy'> {
  return {
    signal,
    onCopy: (fraction) => {
      onProgress({ phase: 'loading', fraction });
    },
  };
}

/** What the engine is told, and the recipe keeps. A setting that the engine does not take is an error here, for the compiler. */
type Drawn = Pick<PipelineRequest, Exclude<NamesWith<typeof DRAWING, 'recipe'>, 'seed' | 'strength'>>;

function drawn(params: GenerateParams, info: PipelineInfo): Drawn {
  const { sampler = samplerFor(params, info), ...set } = carriedBy(DRAWING, 'recipe', params);
  return { ...suitedToModel({ ...info, sampler }), ...set, sampler };
}

/** An LCM-LoRA on an ordinary model is there to be drawn with in a few steps. */
function samplerFor({ loras = [] }: GenerateParams, { isLcm, defaultSampler }: PipelineInfo): SamplerName {
  return !isLcm && loras.some(({ name, weight }) => weight !== 0 && isLcmLora(name)) ? 'lcm' : defaultSampler;
}

class GenerateJob {
  readonly #variants: Variant[] = [];
  readonly #notices = new Set<string>();
  #references: References | undefined;
  #previewMs = 0;
  #encodeMs = 0;

  constructor(
    private readonly model: LoadedModel,
    private readonly params: GenerateParams,
    private readonly context: JobContext & { readonly icons: IconSource },
  ) {}

  async run(): Promise<{ variants: Variant[]; notices: string[]; timings: Omit<GenerateResult['timings'], 'load'> }> {
    const { device, identity } = this.model;
    const { seed, count, init } = this.params;
    this.#references = await this.#readReferences();
    const style = this.#references?.conditioning;
    const { pipeline, loras, notices } = await this.model.loras.put(this.params.loras ?? [], identity, style);
    const { widths } = this.model.model.parts.design.text;
    const { words, recipe: embeddings } = await readWords(this.params.embeddings ?? [], widths, this.model.files);
    const { info } = pipeline;
    const { width = info.defaultSize.width, height = info.defaultSize.height } = this.params;
    const start = init === undefined ? undefined : await readInit(init.path, width, height);
    const request = { ...drawn(this.params, info), width, height };
    const recipe: Omit<Recipe, 'model'> = {
      ...request,
      seed,
      version: RECIPE_VERSION,
      engine: VERSION,
      device,
      created: new Date().toISOString(),
      ...(init === undefined || start === undefined ? {} : { strength: init.strength, initSha256: start.sha256 }),
      ...additionsOf({ loras, embeddings, references: this.#references?.recipe }),
    };
    const result = await pipeline.generate(
      {
        ...request,
        words,
        seeds: Array.from({ length: count }, (_, index) => seed + index),
        ...(init === undefined || start === undefined ? {} : { init: { image: start.image, strength: init.strength } }),
      },
      {
        signal: this.context.signal,
        onPhase: (phase) => {
          this.context.onProgress({ phase, device });
        },
        onStep: (step) => this.#afterStep(step),
        onVariant: (index, image) => this.#save(index, image, recipe),
      },
    );
    const { text, denoise, decode } = result.timings;
    const timings = {
      text,
      denoise: denoise - this.#previewMs,
      preview: this.#previewMs,
      decode: decode - this.#encodeMs,
      encode: this.#encodeMs,
    };
    const all = [...(start?.notices ?? []), ...notices, ...result.notices, ...this.#notices];
    return { variants: this.#variants, notices: all, timings };
  }

  async #readReferences(): Promise<References | undefined> {
    const { references } = this.params;
    const { icons, signal } = this.context;
    return references === undefined
      ? undefined
      : readReferences(references, { model: this.model.model, icons, signal });
  }

  async #afterStep(current: PipelineStep): Promise<void> {
    const { step, steps, secondsLeft } = current;
    const progress = { phase: 'denoising', step, steps, secondsLeft, device: this.model.device } as const;
    if (!this.params.previews) {
      this.context.onProgress(progress);
      return;
    }
    const started = performance.now();
    const images = await current.preview();
    const previews = await Promise.all(
      images.map(async (image, index) =>
        this.context.output.write(
          `preview-${step}-${index}.png`,
          await encodeImage(inInkOf(this.#references, image), { format: 'png' }),
        ),
      ),
    );
    this.#previewMs += performance.now() - started;
    this.context.onProgress({ ...progress, previews });
  }

  async #save(index: number, image: RawImage, common: Omit<Recipe, 'model'>): Promise<void> {
    const started = performance.now();
    const { format, metadata, count, modelId } = this.params;
    this.context.onProgress({ phase: 'saving', step: index + 1, steps: count, device: this.model.device });
    const seed = this.params.seed + index;
    const recipe: Recipe = { ...common, seed, model: { id: modelId, sha256: await this.model.identity() } };
    const { bytes, width, height, notices } = await encodePicture(
      inInkOf(this.#references, image),
      format,
      metadata ? recipe : undefined,
    );
    for (const notice of notices) this.#notices.add(notice);
    const path = await this.context.output.write(`${index}${extensionOf(format)}`, bytes);
    this.#variants.push({ index, seed, path, width, height, recipe });
    this.#encodeMs += performance.now() - started;
  }
}

/** What a recipe names only where there is some of it. */
function additionsOf({
  loras = [],
  embeddings = [],
  references,
}: Pick<Recipe, 'loras' | 'embeddings'> & { readonly references: Recipe['references'] | undefined }): Partial<Recipe> {
  return {
    ...(loras.length === 0 ? {} : { loras }),
    ...(embeddings.length === 0 ? {} : { embeddings }),
    ...(references === undefined ? {} : { references }),
  };
}

interface InitPicture {
  readonly image: RawImage;
  readonly sha256: string;
  readonly notices: readonly string[];
}

async function readInit(file: string, width: number, height: number): Promise<InitPicture> {
  const bytes = await readPictureFile(file);
  const { image, notices } = await decodeImage(file, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { image: await fitImage(image, width, height, 'cover'), sha256, notices };
}
