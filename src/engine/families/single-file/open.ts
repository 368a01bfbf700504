/** Opens a checkpoint in one .safetensors file (SD1.x, SD2.x, SDXL) as if it were a folder; nothing is copied. */
import { UserError } from '../../../domain/errors';
import { shippedFile } from '../../../files/shipped';
import type { ModelFolder } from '../../checkpoints/folder';
import type { ModelComponent } from '../../checkpoints/folder-parts';
import { openSafetensors, type SafetensorsFile } from '../../checkpoints/safetensors';
import type { TokenizerSource } from '../../checkpoints/tokenizer-files';
import type { ModelFamily } from '../family';
import { whatItHolds } from './foreign-files';
import { SINGLE_FILE_KINDS, UNET_MARK, type SingleFileKind, type SingleFilePart } from './kinds';
import { schedulerOf } from './scheduler';

/** What a file does not say, for models that are not built like the published ones. */
export interface SingleFileExtras {
  /** Fields of configs, by component, over what shapes tell: numbers of heads and groups, for example. */
  readonly configs?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** By the family's names; CLIP's own vocabulary where absent. */
  readonly tokenizers?: Readonly<Record<string, TokenizerSource>>;
}

export interface SingleFileModel extends ModelFolder {
  readonly family: ModelFamily;
}

/**
 * Reads the header only. Throws `unsupported` naming what the file holds when it is no model of a kind we know, `bad-checkpoint` for a
 * damaged file or one that lacks a network.
 */
export async function openSingleFile(path: string, extras: SingleFileExtras = {}): Promise<SingleFileModel> {
  const file = await openSafetensors(path);
  const kind = kindOf(file);
  const opened = Object.entries(kind.parts).map(
    ([name, part]) => [name, componentOf(file, name, { part, kind, given: extras.configs?.[name] })] as const,
  );
  const components = Object.fromEntries(opened);
  return {
    family: kind.family,
    folder: path,
    file: path,
    index: { _class_name: kind.pipelineClass },
    pipelineClass: kind.pipelineClass,
    components,
    tokenizers: { ...clipTokenizers(kind, components), ...extras.tokenizers },
    scheduler: await schedulerOf(file, kind.pipelineClass),
  };
}

function kindOf(file: SafetensorsFile): SingleFileKind {
  const names = [...file.tensors.keys()];
  const kind = SINGLE_FILE_KINDS.find(({ mark }) => names.some((name) => name.startsWith(mark)));
  if (kind !== undefined && file.tensors.has(UNET_MARK)) return kind;
  throw new UserError('unsupported', `${file.origin} holds ${whatItHolds(file)}`);
}

interface Opening {
  readonly part: SingleFilePart;
  readonly kind: SingleFileKind;
  readonly given: Readonly<Record<string, unknown>> | undefined;
}

/** Throws `bad-checkpoint` where the file has nothing of the network. */
function componentOf(file: SafetensorsFile, name: string, { part, kind, given }: Opening): ModelComponent {
  const tensors = part.part(file);
  if (tensors.tensors.size === 0) {
    throw new UserError(
      'bad-checkpoint',
      `${file.origin} lacks the ${name} of a ${kind.pipelineClass}: it holds only some of the model's networks. Get the whole checkpoint.`,
    );
  }
  const size = part.className.startsWith('UNet') ? { sample_size: kind.latentSize } : {};
  const config = { ...part.configOf(tensors), ...size, ...given };
  return {
    className: part.className,
    configFile: file.origin,
    config,
    weights: file.origin,
    view: (source) => {
      const own = part.part(source);
      return part.names === undefined ? own : part.names(own, config);
    },
  };
}

/** A file brings no vocabulary; all published models have CLIP's. */
function clipTokenizers(
  kind: SingleFileKind,
  components: Readonly<Record<string, ModelComponent>>,
): Record<string, TokenizerSource> {
  const clipMerges = shippedFile('models/clip/merges.txt');
  return Object.fromEntries(
    Object.entries(kind.padding).map(([tokenizer, pad]) => {
      const reader = kind.family.layout.tokenizers[tokenizer] ?? '';
      const config = components[reader]?.config as Readonly<Record<string, number>> | undefined;
      const sizes = { positions: config?.['max_position_embeddings'], vocabSize: config?.['vocab_size'] };
      return [tokenizer, { words: { clipMerges }, pad, ...sizes }];
    }),
  );
}
