import { describe, expect, it } from 'vitest';
import { foreignKind, isForeign } from '../../../../src/engine/families/foreign-models';

const part = ['diffusers', 'SomeModel'];

describe('a model that is none of ours is called by its name', () => {
  it.each([
    ['FluxPipeline', 'a FLUX transformer model ("FluxPipeline")'],
    ['Flux2KleinPipeline', 'a FLUX.2 transformer model ("Flux2KleinPipeline")'],
    ['ZImagePipeline', 'a Z-Image transformer model ("ZImagePipeline")'],
    ['StableDiffusion3Pipeline', 'a Stable Diffusion 3 transformer model ("StableDiffusion3Pipeline")'],
    ['SanaSprintPipeline', 'a Sana transformer model ("SanaSprintPipeline")'],
    ['PixArtAlphaPipeline', 'a PixArt transformer model ("PixArtAlphaPipeline")'],
    ['StableVideoDiffusionPipeline', 'a model for video ("StableVideoDiffusionPipeline")'],
    ['AnimateDiffPipeline', 'a model for video ("AnimateDiffPipeline")'],
    ['IFPipeline', 'a DeepFloyd IF model, which draws pixels and not latents ("IFPipeline")'],
    ['StableDiffusionUpscalePipeline', 'an upscaler, which enlarges pictures ("StableDiffusionUpscalePipeline")'],
  ])('%s', (pipeline, kind) => {
    expect(isForeign({ _class_name: pipeline })).toBe(true);
    expect(foreignKind({ _class_name: pipeline, unet: part })).toBe(kind);
  });

  it("SDXL's refiner, which says so in a field", () => {
    const index = { _class_name: 'StableDiffusionXLImg2ImgPipeline', requires_aesthetics_score: true };
    expect(foreignKind(index)).toBe("SDXL's refiner, made to finish what SDXL has begun");
  });

  it('one that nobody knows is described by its parts, without those it leaves out', () => {
    const index = { _class_name: 'NewPipeline', transformer: part, vae: part, tokenizer: [null, null] };
    expect(foreignKind(index)).toBe('a transformer model ("NewPipeline" with the parts transformer, vae)');
    expect(foreignKind({ prior: part })).toBe('a kind of model ("" with the parts prior)');
  });
});

describe('a model of ours is not foreign', () => {
  it.each([
    'StableDiffusionPipeline',
    'LatentConsistencyModelPipeline',
    'StableDiffusionInpaintPipeline',
    'StableDiffusionImg2ImgPipeline',
    '',
  ])('%s', (pipeline) => {
    expect(isForeign({ _class_name: pipeline })).toBe(false);
  });
});
