/** `inspect`: what a model folder is, what is missing or wrong in it, and how much memory it needs. */
import { messageOf, UserError } from '../domain/errors';
import { pipelineInfo, processMemory, type PipelineInfo } from '../engine/sampling/info';
import { checkedConfigs } from '../engine/sampling/load';
import { openComponents, type ComponentWeights } from '../engine/checkpoints/component-weights';
import type { ModelFolder } from '../engine/checkpoints/folder';
import { summarizeModel } from '../engine/checkpoints/folder-inspect';
import { partOf, type ModelDesign } from '../engine/families/family';
import { lookIntoModel, openModel, type OpenedModel } from '../engine/families/open-model';
import type { WeightSource } from '../engine/checkpoints/weight-source';
import type { ModelReport } from '../contract/worker-api';
import { suitedToModel } from '../product/suited';

/** By component. */
type Problems = Readonly<Record<string, string>>;

interface Usable {
  readonly info: PipelineInfo;
  readonly sha256: string;
  readonly problems: Problems;
}

/** SHA-256 over a model's weights. */
export type IdentityOf = (model: ModelFolder) => Promise<string>;

/** Throws only when the folder is no model folder at all; everything else is a problem in the report. */
export async function inspectModel(modelPath: string, identityOf: IdentityOf): Promise<ModelReport> {
  const summary = await summarizeModel(await lookIntoModel(modelPath));
  const problems = [...summary.problems];
  let usable: Usable | undefined;
  if (problems.length === 0) {
    try {
      usable = await examine(await openModel(modelPath), identityOf);
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
    ...(info === undefined ? {} : { drawing: drawingOf(info) }),
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

function drawingOf(info: PipelineInfo): NonNullable<ModelReport['drawing']> {
  const { scheduler, defaultSampler: sampler } = info;
  return { scheduler, sampler, ...suitedToModel({ ...info, sampler }) };
}

async function examine(model: OpenedModel, identityOf: IdentityOf): Promise<Usable> {
  const { design, scheduler } = checkedConfigs(model);
  const weights = await openComponents(model);
  const sha256 = await identityOf(model);
  return { info: pipelineInfo(design, scheduler, weights), sha256, problems: graphProblems(design, weights) };
}

/** Laying out the graphs finds missing tensors and wrong shapes; it reads no weights. */
function graphProblems({ text, denoiser, autoencoder, style }: ModelDesign, weights: ComponentWeights): Problems {
  const form = { differentiable: false, provider: 'cpu' } as const;
  const builds: [component: string, build: (source: WeightSource) => unknown][] = [
    ...text.components.map((name): (typeof builds)[number] => [name, (source) => text.graph(name, source, { form })]),
    [denoiser.component, (source) => denoiser.graph(source, { form })],
    [autoencoder.component, (source) => autoencoder.decoder(source, form)],
    ...(style === undefined
      ? []
      : [[style.component, (source) => style.graph(source, form)] as (typeof builds)[number]]),
  ];
  const problems: Record<string, string> = {};
  for (const [name, build] of builds) {
    try {
      build(partOf(weights, name));
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
