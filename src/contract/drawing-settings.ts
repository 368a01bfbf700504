/** The settings of drawing: everything about them that is known outside of the engine. */
import { DEVICE_REQUESTS, SAMPLERS, SAMPLER_TITLES } from '../domain/choices';
import { IMAGE_FORMATS } from '../domain/image-format';
import { DRAWING_RANGES } from '../domain/limits';
import type { NumberSetting, Settings } from './setting';

/** The choice of leaving the sampler to the model. */
export const SAMPLER_OF_MODEL = 'auto';

export const DRAWING = {
  model: {
    kind: 'text',
    default: '',
    terminal: {
      flags: '--model <name or folder>',
      help: 'built-in or installed model, or a model folder',
      otherwise: 'the built-in one',
    },
    editor: {
      key: 'model',
      order: 1,
      scope: 'machine-overridable',
      description:
        'Model to use: the name of a built-in or an installed model (**Fourstep: Models**), or the absolute path of a model folder in the diffusers layout or of a checkpoint in one .safetensors file. Empty = the built-in model.',
      empty: 'built-in',
    },
  },
  prompt: {
    kind: 'text',
    default: '',
    form: { place: 'top', control: 'area' },
    request: 'always',
    recipe: 'always',
  },
  negativePrompt: {
    kind: 'text',
    default: '',
    terminal: { flags: '--negative <prompt>', help: 'what to avoid, for models without built-in guidance' },
    form: { place: 'more', control: 'field' },
    request: 'always',
    recipe: 'always',
  },
  steps: {
    kind: 'number',
    default: 0,
    off: 0,
    range: { ...DRAWING_RANGES.steps, least: 0 },
    usual: { least: 0, most: 50, whole: true },
    terminal: { flags: '--steps <n>', help: 'sampling steps', otherwise: 'what suits the model' },
    editor: {
      key: 'steps',
      order: 2,
      description:
        'Sampling steps. 0 = what suits the model; consistency models need 1 to 8, ordinary ones 20 and more.',
    },
    form: { place: 'line', control: 'list', offered: [0, 1, 2, 4, 6, 8, 20, 30] },
    request: 'when-set',
    recipe: 'always',
    parameter: { name: 'Steps' },
  },
  sampler: {
    kind: 'choice',
    default: SAMPLER_OF_MODEL,
    off: SAMPLER_OF_MODEL,
    choices: [SAMPLER_OF_MODEL, ...SAMPLERS],
    terminal: { flags: '--sampler <name>', help: 'how the steps are taken', otherwise: 'what suits the model' },
    editor: {
      key: 'sampler',
      order: 3,
      description:
        'How the steps are taken. `lcm` lets an ordinary model with an LCM-LoRA draw in a few steps; without such a LoRA it is for consistency models.',
      values: {
        auto: 'What suits the model.',
        lcm: 'For consistency models, and for ordinary ones with an LCM-LoRA.',
        ddim: 'For ordinary models; plain and predictable.',
        'dpmsolver++': 'For ordinary models; needs the fewest steps.',
        euler: 'For ordinary models, and for those distilled for one to four steps.',
        'euler-ancestral': 'Euler with new noise in every step.',
        heun: 'For ordinary models; asks the model twice in each step.',
        pndm: 'For ordinary models; what Stable Diffusion 1.5 was published with.',
        unipc: 'For ordinary models; corrects each step by the next.',
        deis: 'For ordinary models; a relative of DPM++.',
        tcd: 'For models distilled into consistent trajectories, and for ordinary ones with a TCD-LoRA.',
      },
    },
    form: { place: 'more', control: 'list', titles: SAMPLER_TITLES },
    request: 'when-set',
    recipe: 'always',
    parameter: { name: 'Sampler', titles: SAMPLER_TITLES },
  },
  count: {
    kind: 'number',
    default: 4,
    range: DRAWING_RANGES.count,
    usual: { least: 1, most: 16, whole: true },
    terminal: { flags: '--count <n>', help: 'variants of each prompt', default: 1 },
    editor: {
      key: 'variants',
      order: 5,
      description: 'How many variants are made at once, each with its own seed.',
    },
    form: { place: 'line', control: 'list', offered: [1, 2, 4, 6, 8] },
    request: 'always',
  },
  size: {
    kind: 'number',
    default: 0,
    off: 0,
    range: { ...DRAWING_RANGES.side, least: 0 },
    usual: { least: 0, most: 2048, whole: true },
    terminal: { flags: '--size <WxH>', help: 'pixels', otherwise: "the model's own size" },
    editor: {
      key: 'size',
      order: 6,
      description: 'Width and height in pixels. 0 = the size the model was trained for.',
    },
    form: { place: 'line', control: 'list', offered: [0, 64, 128, 256, 512, 768] },
  },
  guidance: {
    kind: 'number',
    default: 0,
    off: 0,
    range: DRAWING_RANGES.guidance,
    usual: { least: 0, most: 20 },
    terminal: { flags: '--guidance <g>', help: 'how closely to follow the prompt', otherwise: 'what suits the model' },
    editor: {
      key: 'guidance',
      order: 4,
      description:
        "Guidance scale: how closely the prompt is followed (diffusers' `guidance_scale`). 0 = what suits the model and the chosen styles.",
    },
    form: { place: 'line', control: 'field', width: 9 },
    request: 'when-set',
    recipe: 'always',
    parameter: { name: 'CFG scale' },
  },
  seed: {
    kind: 'number',
    default: 0,
    range: DRAWING_RANGES.seed,
    terminal: { flags: '--seed <n>', help: 'variant i uses seed + i', otherwise: 'drawn for each prompt' },
    form: { place: 'line', control: 'field', width: 11 },
    request: 'always',
    recipe: 'always',
    parameter: { name: 'Seed' },
  },
  strength: {
    kind: 'number',
    default: 0.6,
    range: DRAWING_RANGES.strength,
    terminal: { flags: '--strength <s>', help: 'how much of the picture given with --init may change, up to 1' },
    recipe: 'when-set',
    parameter: { name: 'Denoising strength' },
  },
  likeStrength: {
    kind: 'number',
    default: 1,
    range: DRAWING_RANGES.likeStrength,
    terminal: { flags: '--like-strength <s>', help: 'how strongly the icons given with --like show in the picture' },
  },
  clipSkip: {
    kind: 'number',
    default: 0,
    off: 0,
    // No text encoder has more; how many a model has is checked with the model at hand.
    range: { least: 0, most: 99, whole: true },
    usual: { least: 0, most: 23, whole: true },
    terminal: {
      flags: '--clip-skip <n>',
      help: 'last layers of the text encoder to leave out, for models that were trained so; 1 is what web UIs call "Clip skip: 2"',
      otherwise: '0',
    },
    editor: {
      key: 'clipSkip',
      order: 7,
      description:
        'Last layers of the text encoder to leave out, for models that were trained so (diffusers\' `clip_skip`). 0 = none; 1 is what web UIs call "Clip skip: 2".',
    },
    form: { place: 'more', control: 'field', width: 5 },
    request: 'when-set',
    recipe: 'when-set',
    parameter: { name: 'Clip skip', plus: 1 },
  },
  previews: {
    kind: 'switch',
    default: true,
    editor: { key: 'previews', order: 8, description: 'Show a preview picture after every step.' },
    request: 'always',
  },
  format: {
    kind: 'choice',
    default: 'png',
    choices: IMAGE_FORMATS,
    terminal: { flags: '--format <format>', help: 'file format' },
    editor: {
      key: 'output.format',
      order: 11,
      scope: 'resource',
      description: 'File format of saved pictures.',
      values: {
        png: 'Lossless, with transparency; read everywhere.',
        webp: 'Lossless, with transparency; smaller.',
        avif: 'Smallest, with transparency; slower to write.',
        jpeg: 'No transparency: laid on white.',
        svg: 'Outlines instead of pixels, for icons and flat drawings.',
      },
    },
    request: 'always',
  },
  device: {
    kind: 'choice',
    default: 'auto',
    choices: DEVICE_REQUESTS,
    terminal: { flags: '--device <device>', help: 'what to compute on' },
    editor: {
      key: 'device',
      order: 20,
      scope: 'machine',
      description:
        'What computes. `auto` tries the devices of this platform in order of speed and falls back to the CPU.',
    },
    request: 'always',
  },
  metadata: {
    kind: 'switch',
    default: true,
    terminal: { flags: '--no-metadata', help: 'leave the recipe out of the files' },
    editor: {
      key: 'output.metadata',
      order: 12,
      scope: 'resource',
      description:
        'Write the recipe (prompt, seed, model, settings) and the IPTC mark for AI-made pictures into saved files. Prompts may hold private words: switch it off if they should not be published.',
    },
    request: 'always',
  },
} as const satisfies Settings;

/** How strongly a style or a LoRA is applied; 1 = as it was learned, beyond that it is exaggerated. */
export const LORA_WEIGHT = {
  kind: 'number',
  default: 1,
  range: DRAWING_RANGES.loraWeight,
  usual: { least: 0, most: 1.5 },
} as const satisfies NumberSetting;
