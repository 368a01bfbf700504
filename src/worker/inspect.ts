/** `inspect`: what a model folder is, what is missing or wrong in it, and how much memory it needs. */
import { messageOf, UserError } from '../domain/errors';
import { processMemory, type PipelineInfo } from '../engine/sampling/info';
import { parseConfigs, pipelineInfo } from '../engine/sampling/load';
import type { ModelConfigs } from '../engine/sampling/model-configs';
import { buildClipText } from '../engine/networks/clip';
import { openModelFolder, type ModelFolder } from '../engine/checkpoints/folder';
import { summarizeModel } from '../engine/checkpoints/folder-inspect';
import type { ComponentName } from '../engine/checkpoints/folder-parts';
import { buildTinyDecoder } from '../engine/networks/taesd';
import { buildUNet } from '../engine/networks/unet';
import { buildVaeDecoder } from '../engine/networks/vae';
import { openWeights } from '../engine/checkpoints/safetensors';
import type { WeightSource } from '../engine/checkpoints/weight-source';
import type { ModelReport } from '../contract/worker-api';

type Problems = Partial<Record<ComponentName, string>>;

interface Usable {
  readonly info: PipelineInfo;
  readonly sha256: string;
  readonly problems: Problems;
}

/** SHA-256 over a model's weights. */
export type IdentityOf = (model: ModelFolder) => Promise<string>;

/** Throws only when the folder is no model folder at all; everything else is a problem in the report. */
export async function inspectModel(modelPath: string, identityOf: IdentityOf): Promise<ModelReport> {
  const summary = await summarizeModel(modelPath);
  const problems = [...summary.problems];
  let usable: Usable | undefined;
  if (problems.length === 0) {
    try {
      usable = await examine(await openModelFolder(modelPath), identityOf);
    } catch (error) {
      problems.push(expected(error));
    }
  }
  const { info, sha256 = '' } = usable ?? {};
  const defaultSize = info?.defaultSize ?? { width: 0, height: 0 };
  return {
    path: summary.folder,
    className: summary.pipelineClass,
    isLcm: info?.isLcm ?? false,
    imageChannels: info?.imageChannels ?? 0,
    defaultSize,
    sizeFactor: info?.sizeFactor ?? 0,
    components: summary.components.map(({ name, className, parameters, bytes }) => {
      const problem = usable?.problems[name];
      return { name, className, parameters, bytes, problems: problem === undefined ? [] : [problem] };
    }),
    problems,
    memoryBytes: info === undefined ? 0 : processMemory(info, defaultSize.width, defaultSize.height),
    sha256,
  };
}

async function examine(model: ModelFolder, identityOf: IdentityOf): Promise<Usable> {
  const configs = parseConfigs(model);
  const { text_encoder, unet, vae } = model.components;
  const weights = {
    text_encoder: await openWeights(text_encoder.weights),
    unet: await openWeights(unet.weights),
    vae: await openWeights(vae.weights),
  };
  const sha256 = await identityOf(model);
  return { info: pipelineInfo(configs, weights), sha256, problems: graphProblems(configs, weights) };
}

/** Laying out the graphs finds missing tensors and wrong shapes; it reads no weights. */
function graphProblems(configs: ModelConfigs, weights: Readonly<Record<ComponentName, WeightSource>>): Problems {
  const form = { differentiable: false, provider: 'cpu' } as const;
  const { autoencoder } = configs;
  const builds: Record<ComponentName, () => unknown> = {
    text_encoder: () => buildClipText(configs.text, weights.text_encoder, { form }),
    unet: () => buildUNet(configs.unet, weights.unet, { form }),
    vae: () =>
      autoencoder.kind === 'kl'
        ? buildVaeDecoder(autoencoder.config, weights.vae, { form })
        : buildTinyDecoder(autoencoder.config, weights.vae, { form }),
  };
  const problems: Problems = {};
  for (const [name, build] of Object.entries(builds) as [ComponentName, () => unknown][]) {
    try {
      build();
    } catch (error) {
      problems[name] = expected(error);
    }
  }
  return problems;
}

/** The message of an expected failure; anything else is a bug and goes on. */
function expected(error: unknown): string {
  if (error instanceof UserError) return messageOf(error);
  throw error;
}
