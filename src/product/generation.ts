/** From what a user chose to the request: what is not said is decided here, the same for terminal and editor. */
import type { ResolvedModel } from '../catalog/catalog';
import type { Style } from '../catalog/styles';
import { DRAWING } from '../contract/drawing-settings';
import { carriedBy, type ValuesOf } from '../contract/setting';
import type { GenerateParams, LoraParam } from '../contract/worker-api';
import { STYLE_GUIDANCE, STYLE_START, withStyleWord } from '../domain/style';
import { stylesOfTags, takeLoraTags } from './lora-tags';

/** How strongly something is applied, and after which share of the noise schedule; absent = what suits it. */
interface Use {
  readonly weight: number;
  readonly start?: number;
}

export interface ChosenLora extends Use {
  /** Absolute path. */
  readonly path: string;
  readonly name: string;
}

export interface GenerationIntent {
  /** What was set; a setting that is absent, or has its value for that, is left to whoever knows more. */
  readonly settings: Partial<ValuesOf<typeof DRAWING, 'request'>> &
    Pick<ValuesOf<typeof DRAWING, 'request'>, RequiredSetting>;
  /** Pixels; absent = the model's own size. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly styles: readonly (Use & { readonly style: Style })[];
  /** All styles that a prompt may name (`<lora:name:0.8>`). */
  readonly stylesHere?: readonly Style[];
  /** Files of textual inversion, whose words the prompts may hold. */
  readonly embeddings?: GenerateParams['embeddings'];
  /** LoRA files; they come after the styles. */
  readonly loras?: readonly ChosenLora[];
  /** The picture to start from. */
  readonly init?: GenerateParams['init'];
  /** Icons whose style is followed. */
  readonly references?: GenerateParams['references'];
}

type RequiredSetting = 'prompt' | 'negativePrompt' | 'seed' | 'count' | 'format' | 'device' | 'metadata' | 'previews';

/**
 * The request for a model. Steps and guidance: as set; else what the catalogue says of the model; of a model that it does not know the
 * worker decides, which has read it (`suitedToModel`). Guidance with styles: as set, else what suits styles. Throws `not-found` for a style
 * that the prompt names and that is not here.
 */
export function resolveGeneration(
  intent: GenerationIntent,
  { id: modelId, folder: modelPath, model }: ResolvedModel,
): Omit<GenerateParams, 'jobId' | 'outputDir'> {
  const { size, loras = [], init, references, embeddings = [] } = intent;
  const { settings, styles } = withTaggedStyles(intent);
  const used = styles.filter(({ weight }) => weight !== 0);
  const all = [...styles.map(styleLora), ...loras];
  const { steps, guidance } = { ...model?.defaults, ...(used.length === 0 ? {} : { guidance: STYLE_GUIDANCE }) };
  return {
    modelId,
    modelPath,
    ...(steps === undefined ? {} : { steps }),
    ...(guidance === undefined ? {} : { guidance }),
    ...carriedBy(DRAWING, 'request', settings),
    prompt: withWords(settings.prompt, used),
    ...size,
    ...(all.length === 0 ? {} : { loras: all }),
    ...(init === undefined ? {} : { init }),
    ...(references === undefined ? {} : { references }),
    ...(embeddings.length === 0 ? {} : { embeddings }),
  };
}

/** Tags are taken out of the prompt and stand for styles, as if those had been chosen. A negative prompt has no use for them. */
function withTaggedStyles({
  settings,
  styles,
  stylesHere = [],
}: GenerationIntent): Pick<GenerationIntent, 'settings' | 'styles'> {
  const { prompt, tags } = takeLoraTags(settings.prompt);
  const { prompt: negativePrompt } = takeLoraTags(settings.negativePrompt);
  return { settings: { ...settings, prompt, negativePrompt }, styles: [...styles, ...stylesOfTags(tags, stylesHere)] };
}

/** An empty prompt stays empty, so that it is refused. */
function withWords(prompt: string, used: GenerationIntent['styles']): string {
  if (prompt.trim() === '') return prompt;
  return used.reduce((text, { style }) => withStyleWord(text, style.file.styleWord), prompt);
}

function styleLora({ style, weight, start = STYLE_START }: GenerationIntent['styles'][number]): LoraParam {
  return { path: style.loraPath, name: style.name, weight, start };
}
