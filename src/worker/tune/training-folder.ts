/** The files of a training that is not finished, in the folder of the style it will become. */
import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { STYLE_FILES } from '../../domain/style';
import { messageOf, UserError } from '../../domain/errors';
import { checkInside } from '../../files/inside';
import { LIMITS } from '../../files/regular-file';
import { isFile } from '../../engine/checkpoints/folder-parts';
import { fileError } from '../../files/file-error';
import { readJsonFile } from '../../files/json-text';
import { replaceFile } from '../../files/replace-file';
import { parseSavedTraining } from '../../contract/guards';
import type { ProbeGrid, SavedTraining, TuneParams } from '../../contract/tune-api';
import { checkStyleContents, TRAINING_FILES } from './style-contents';
import { settingsOf } from './tune-settings';

/** All that was asked for. */
export type TuneRequest = Omit<TuneParams, 'jobId' | 'resume'>;

export class TrainingFolder {
  /** Absolute path of the folder with the training's files. */
  readonly root: string;

  /** `home`: the folder that the style belongs into; nothing is written or deleted where a link leads out of it. */
  constructor(
    readonly styleDir: string,
    private readonly home: string,
  ) {
    this.root = path.join(styleDir, STYLE_FILES.training);
  }

  get checkpoint(): string {
    return path.join(this.root, TRAINING_FILES.checkpoint);
  }

  get examples(): string {
    return path.join(this.root, TRAINING_FILES.examples);
  }

  probe(step: number, index: number): string {
    return path.join(this.root, `probe-${step}-${index}.png`);
  }

  /** Asked before everything that is written or deleted. Throws `bad-request` for a link, or for what is no part of a style. */
  async check(): Promise<void> {
    await checkInside(this.home, this.styleDir);
    await checkStyleContents(this.styleDir);
  }

  /** Begins a new training. Throws `bad-request` when a finished style or another training would be lost. */
  async begin(request: TuneRequest): Promise<void> {
    if (!request.replace && (await isFile(path.join(this.styleDir, STYLE_FILES.style)))) {
      throw new UserError(
        'bad-request',
        `The style "${request.name}" exists in ${this.styleDir}. Choose another name, or allow it to be replaced.`,
      );
    }
    if (!request.replace && (await this.exists())) {
      throw new UserError(
        'bad-request',
        `${this.styleDir} holds an unfinished training. Resume it, or allow it to be replaced.`,
      );
    }
    await this.check();
    await this.#checkOwner();
    try {
      await rm(this.root, { recursive: true, force: true });
      await mkdir(this.root, { recursive: true });
      // A style is meant to be committed; what is left of its training is not.
      await writeFile(path.join(this.root, TRAINING_FILES.ignore), '*\n');
      await this.#writeRequest(request);
    } catch (error) {
      throw fileError(error, 'write', this.root);
    }
    await this.claim();
  }

  /** Makes this process the only one that trains here. Throws `bad-request` while another one lives. */
  async claim(): Promise<void> {
    await this.check();
    await this.#checkOwner();
    try {
      await rm(this.#owner, { force: true });
      // Of two that come at once, one finds the file there.
      await writeFile(this.#owner, String(process.pid), { flag: 'wx' });
    } catch (error) {
      await this.#checkOwner();
      throw fileError(error, 'write', this.#owner);
    }
  }

  async #checkOwner(): Promise<void> {
    const owner = Number(await readFile(this.#owner, 'utf8').catch(() => ''));
    if (owner === process.pid || !isAlive(owner)) return;
    throw new UserError(
      'bad-request',
      `Process ${owner} is training in ${this.styleDir} already. Wait for it, or stop it. If it is another program, remove ${this.#owner}.`,
    );
  }

  /** Lets another process go on. */
  async release(): Promise<void> {
    await checkInside(this.home, this.#owner);
    await rm(this.#owner, { force: true });
  }

  /** The probe grid of a step, when all its pictures are there. */
  async probes(step: number, count: number): Promise<ProbeGrid | undefined> {
    const pictures = Array.from({ length: count }, (_, index) => this.probe(step, index));
    const present = new Set(await readdir(this.root).catch(() => []));
    return pictures.every((picture) => present.has(path.basename(picture))) ? { step, pictures } : undefined;
  }

  async latestProbes(count: number): Promise<ProbeGrid | undefined> {
    const names = await readdir(this.root).catch(() => []);
    const steps = names.flatMap((name) => /^probe-(\d+)-0\.png$/.exec(name)?.[1] ?? []).map(Number);
    return steps.length === 0 ? undefined : this.probes(Math.max(...steps), count);
  }

  get #owner(): string {
    return path.join(this.root, TRAINING_FILES.owner);
  }

  exists(): Promise<boolean> {
    return isFile(this.#request);
  }

  /** What it was begun with. Throws `not-found`, or `bad-checkpoint` when the record is damaged or no training could begin so. */
  async saved(): Promise<SavedTraining> {
    if (!(await this.exists())) {
      throw new UserError('not-found', `${this.styleDir} holds no unfinished training that could go on.`);
    }
    try {
      const saved = parseSavedTraining(await readJsonFile(this.#request, LIMITS.captions));
      settingsOf(saved);
      return saved;
    } catch (error) {
      if (!(error instanceof UserError) || error.code === 'io') throw error;
      throw new UserError(
        'bad-checkpoint',
        `${this.#request} is damaged (${messageOf(error)}). Start the training anew.`,
        { cause: error },
      );
    }
  }

  /** Removes the training, and the style's folder when nothing else is in it. */
  async remove(): Promise<void> {
    await this.check();
    await rm(this.root, { recursive: true, force: true });
    await rmdir(this.styleDir).catch(() => undefined);
  }

  get #request(): string {
    return path.join(this.root, TRAINING_FILES.request);
  }

  #writeRequest(request: TuneRequest): Promise<void> {
    const { modelId, currentColor, icons, name, styleWord, probes, settings, distill } = request;
    const kind = distill === undefined ? 'style' : 'distillation';
    const saved: SavedTraining = { kind, modelId, currentColor, icons, name, styleWord, probes, settings };
    return replaceFile(this.#request, async (handle) => {
      await handle.writeFile(JSON.stringify(saved, undefined, 2));
    });
  }
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
