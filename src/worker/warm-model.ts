/** The one model that stays loaded between jobs. */
import { throwIfCancelled, UserError } from '../domain/errors';
import { openModel } from '../engine/families/open-model';
import { loadModel } from '../engine/sampling/load';
import type { DiffusionModel } from '../engine/sampling/diffusion-model';
import type { Pipeline } from '../engine/sampling/pipeline';
import type { ModelFolder } from '../engine/checkpoints/folder';
import { ModelHasher, modelState } from '../engine/checkpoints/folder-identity';
import { FileHasher } from '../files/file-hasher';
import type { DeviceName } from '../domain/choices';
import { LoraShelf } from './loras';

export interface ModelRequest {
  readonly modelPath: string;
  readonly device: DeviceName;
  readonly signal: AbortSignal;
  /** Part of a float32 copy written, 0 to 1, in whole percents; small models need none. */
  readonly onCopy?: (fraction: number) => void;
}

export interface LoadedModel {
  readonly model: DiffusionModel;
  readonly pipeline: Pipeline;
  /** Puts LoRAs on top of it. */
  readonly loras: LoraShelf;
  /** Hashes of what is read beside it. */
  readonly files: FileHasher;
  readonly device: DeviceName;
  /** SHA-256 of the weights that were loaded; computed when first asked for. Throws `bad-checkpoint` when they have changed since. */
  readonly identity: () => Promise<string>;
}

export class WarmModel {
  /** Hashes of weight files, those of LoRAs among them. */
  readonly files = new FileHasher();
  readonly #hasher = new ModelHasher(this.files);
  #loaded: { readonly key: string; readonly model: LoadedModel } | undefined;

  constructor(private readonly cacheFolder: string) {}

  /**
   * The model of this path and device, as its files are now; another one that was loaded, or the same with other files, is released
   * first, so that both never need memory.
   */
  async load({ modelPath, device, signal, onCopy }: ModelRequest): Promise<LoadedModel> {
    const folder = await openModel(modelPath);
    const state = await modelState(folder);
    const key = `${device} ${modelPath}\n${state}`;
    if (this.#loaded?.key === key) return this.#loaded.model;
    await this.release();
    const onConvert = inPercents(onCopy);
    const loaded = await loadModel(folder, { device, cacheFolder: this.cacheFolder, signal, onConvert });
    const model: LoadedModel = {
      model: loaded,
      pipeline: loaded.pipeline,
      loras: new LoraShelf(loaded, this.files),
      files: this.files,
      device,
      identity: () => this.#identityOf(folder, state),
    };
    this.#loaded = { key, model };
    throwIfCancelled(signal);
    return model;
  }

  /** SHA-256 over a model's weights; each file is read once for as long as it does not change. */
  identity(model: ModelFolder): Promise<string> {
    return this.#hasher.identity(model);
  }

  /** Parts are loaded when they are first needed: only when nothing has changed up to now are all of them what the hash says. */
  async #identityOf(folder: ModelFolder, state: string): Promise<string> {
    const sha256 = await this.identity(folder);
    if ((await modelState(folder)) === state) return sha256;
    throw new UserError(
      'bad-checkpoint',
      `The model ${folder.folder} was changed while it was drawn with, so nobody could say what made the picture. Draw again.`,
    );
  }

  async release(): Promise<void> {
    const { pipeline } = this.#loaded?.model ?? {};
    this.#loaded = undefined;
    await pipeline?.release();
  }
}

/** Thousands of reports become a hundred. */
function inPercents(report: ModelRequest['onCopy']): (component: string, fraction: number) => void {
  let shown = -1;
  return (_component, fraction) => {
    const percent = Math.floor(100 * fraction);
    if (percent === shown) return;
    shown = percent;
    report?.(percent / 100);
  };
}
