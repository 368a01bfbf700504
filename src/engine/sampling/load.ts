/** From an opened model to a pipeline: configs checked, graphs built and sessions made when they are first needed. */
import { isLarge, openComponents, type ComponentWeights, type ConvertOptions } from '../checkpoints/component-weights';
import { loadTokenizer, type ClipTokenizer } from '../checkpoints/tokenizer';
import type { WeightSource } from '../checkpoints/weight-source';
import { partOf, type ModelDesign, type PromptEncoder, type SessionOf, type TextForm } from '../families/family';
import { openModel, type OpenedModel } from '../families/open-model';
import type { Graph, GraphForm } from '../graph/graph';
import type { LoraSlots } from '../networks/lora-slots';
import type { DeviceName } from '../../domain/choices';
import { createSession, type Session, type SessionProfile } from '../runtime/session';
import { SessionPool, type LazySession } from '../runtime/session-pool';
import { AdaptableNetwork } from './adaptable-network';
import { Autoencoder } from './autoencoder';
import { DiffusionModel } from './diffusion-model';
import { pipelineInfo } from './info';
import type { Pipeline } from './pipeline';
import { parseSchedulerConfig, type SchedulerConfig } from './scheduler-config';
import { NoiseSchedule } from './schedule';
import { StyleReader } from './style-reader';

export interface LoadOptions extends ConvertOptions {
  readonly device: DeviceName;
}

/** Sessions of a network that are kept for LoRAs of different layers; of a large model one, whose memory counts. */
const KEPT_SESSIONS = { fast: 3, mapped: 1 } as const;

/** The model's pipeline alone; see {@link loadModel}. */
export async function loadPipeline(folder: string, options: LoadOptions): Promise<Pipeline> {
  return (await loadModel(await openModel(folder), options)).pipeline;
}

/** Throws `bad-checkpoint` or `unsupported`, naming file and field. Sessions are made on first use. */
export async function loadModel(model: OpenedModel, options: LoadOptions): Promise<DiffusionModel> {
  const { device } = options;
  const { design, scheduler } = checkedConfigs(model);
  // Other devices have the weights in memory of their own anyway.
  const weights = await openComponents(model, device === 'cpu' ? options : undefined);
  const made = new NetworkMaker(design, weights, device);
  return new DiffusionModel({
    design,
    weights,
    device,
    folder: model.folder,
    info: pipelineInfo(design, scheduler, weights),
    schedule: new NoiseSchedule(scheduler),
    networks: made.networks(),
    autoencoder: made.autoencoder(),
    style: made.styleReader(),
    promptsWith: await promptsOf(model, design),
    release: () => made.release(),
  });
}

export interface CheckedConfigs {
  readonly design: ModelDesign;
  readonly scheduler: SchedulerConfig;
}

/** Checks all configs of a model folder; also what `inspect` reports from. */
export function checkedConfigs(model: OpenedModel): CheckedConfigs {
  const { className, config, configFile } = model.scheduler;
  return { design: model.family.design(model), scheduler: parseSchedulerConfig(config, configFile, className) };
}

/** Small models are repacked for speed; large ones stay mapped, which loads ten times faster and keeps memory free. */
export function profileFor(source: WeightSource): SessionProfile {
  return isLarge(source) ? 'mapped' : 'fast';
}

/** Reads the vocabularies; prompts are then encoded with whatever sessions they are given. */
export async function promptsOf(
  { tokenizers }: OpenedModel,
  { text }: ModelDesign,
): Promise<(sessionOf: SessionOf) => PromptEncoder> {
  const loaded: Record<string, ClipTokenizer> = {};
  for (const [name, source] of Object.entries(tokenizers)) loaded[name] = await loadTokenizer(source);
  return (sessionOf) => text.prompts(loaded, sessionOf);
}

/** Sessions of one model on one device. */
class NetworkMaker {
  readonly #pool = new SessionPool();
  readonly #networks = new Map<string, AdaptableNetwork>();
  readonly #form: GraphForm;

  constructor(
    private readonly design: ModelDesign,
    private readonly weights: ComponentWeights,
    private readonly device: DeviceName,
  ) {
    this.#form = { differentiable: false, provider: device };
  }

  /** The denoiser and the networks that read text, by component. */
  networks(): Record<string, AdaptableNetwork> {
    const { denoiser, text } = this.design;
    const form = this.#form;
    this.#adaptable(denoiser.component, (source, lora) => denoiser.graph(source, { form, lora }));
    for (const component of text.components) {
      this.#adaptable(component, (source, lora, textForm) =>
        text.graph(component, source, { form, lora, text: textForm }),
      );
    }
    return Object.fromEntries(this.#networks);
  }

  autoencoder(): Autoencoder {
    const { autoencoder: design } = this.design;
    const source = partOf(this.weights, design.component);
    const lazy = (build: () => Graph): LazySession => this.#pool.lazy(async () => this.#session(source, build()));
    return new Autoencoder(
      design,
      lazy(() => design.encoder(source, this.#form)),
      lazy(() => design.decoder(source, this.#form)),
    );
  }

  /** Of a model that takes references. */
  styleReader(): StyleReader | undefined {
    const { style: design } = this.design;
    if (design === undefined) return undefined;
    const weights = partOf(this.weights, design.component);
    const session = this.#pool.lazy(async () => this.#session(weights, design.graph(weights, this.#form)));
    return new StyleReader({ design, weights, session });
  }

  async release(): Promise<void> {
    for (const part of [this.#pool, ...this.#networks.values()]) await part.release();
  }

  #adaptable(
    component: string,
    build: (source: WeightSource, lora: LoraSlots, form: Partial<TextForm>) => Graph,
  ): void {
    const source = partOf(this.weights, component);
    const create = async (lora: LoraSlots, form: Partial<TextForm>): Promise<Session> =>
      this.#session(source, build(source, lora, form));
    this.#networks.set(component, new AdaptableNetwork(create, KEPT_SESSIONS[profileFor(source)]));
  }

  #session(source: WeightSource, graph: Graph): Promise<Session> {
    return createSession(graph, { device: this.device, profile: profileFor(source) });
  }
}
