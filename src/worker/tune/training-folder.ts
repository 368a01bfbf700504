/** The files of a training that is not finished, in the folder of the style it will become. */
import { mkdir, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { STYLE_FILES } from '../../domain/style';
import { messageOf, UserError } from '../../domain/errors';
import { checkInside } from '../../files/inside';
import { LIMITS } from '../../files/regular-file';
import { isFile } from '../../files/kind-of-path';
import { fileError, isMissing } from '../../files/file-error';
import { acquireLock, lockOwner, releaseLock } from '../../files/lock';
import { isSame, thisProcess, type Owner } from '../../files/owner';
import { readJsonFile } from '../../files/json-text';
import { replaceFile } from '../../files/replace-file';
import { parseSavedTraining } from '../../contract/tune-api';
import type { ProbeGrid, SavedTraining, TrainingOwner, TrainingPlace } from '../../contract/tune-api';
import { obstacleTo, refusalOf } from '../../product/training-place';
import { resultOf, wordsOf, type TrainingRequest } from './goal';
import { checkStyleContents, TRAINING_FILES } from './style-contents';
import { settingsOf } from './tune-settings';

const LOCK_TRIES = 20;

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

  /** Begins a new training. Throws `bad-request` when a finished style or another training would be lost, or while another process trains here. */
  async begin(request: TrainingRequest): Promise<void> {
    await this.#checkFree(request, false);
    await this.claim(request.goal);
    try {
      // Another process may have finished while this one waited for the lock.
      await this.#checkFree(request, true);
    } catch (error) {
      await this.release();
      await this.#removeEmpty();
      throw error;
    }
    try {
      await this.#clear();
      // A style is meant to be committed; what is left of its training is not.
      await writeFile(path.join(this.root, TRAINING_FILES.ignore), '*\n');
      await this.#writeRequest(request);
    } catch (error) {
      await this.release();
      throw fileError(error, 'write', this.root);
    }
  }

  /** Throws the rule's refusal, the same as the doors'. `isOwner`: the lock is ours, so what is there stays so. */
  async #checkFree({ goal, replace }: TrainingRequest, isOwner: boolean): Promise<void> {
    const found = {
      finished: await isFile(resultOf(goal)),
      ...(isOwner && (await this.exists()) ? { unfinished: {} } : {}),
    };
    const obstacle = obstacleTo({ resume: false, replace }, goal, found);
    if (obstacle !== undefined) throw refusalOf(obstacle, goal);
  }

  /** Makes this process the only one that trains here. Throws `bad-request` naming the style while another one lives. */
  async claim(place: TrainingPlace): Promise<void> {
    await this.check();
    const other = await this.#lock();
    if (other === undefined) return;
    const { message } = refusalOf({ kind: 'owned', owner: ownerOf(other) }, place);
    throw new UserError('bad-request', `${message} If no training is running, remove ${this.#owner}.`);
  }

  /** Who trains here, if anybody does. */
  async owner(): Promise<TrainingOwner | undefined> {
    const owner = await lockOwner(this.#owner);
    return owner === undefined ? undefined : ownerOf(owner);
  }

  /** Another process that ends removes an empty folder, perhaps between the two calls. */
  async #lock(): Promise<Owner | undefined> {
    try {
      for (let left = LOCK_TRIES; ; left--) {
        await mkdir(this.root, { recursive: true });
        try {
          return await acquireLock(this.#owner);
        } catch (error) {
          if (left === 0 || !isMissing(error)) throw error;
        }
      }
    } catch (error) {
      throw error instanceof UserError ? error : fileError(error, 'write', this.#owner);
    }
  }

  /** Lets another process go on. */
  async release(): Promise<void> {
    await checkInside(this.home, this.#owner);
    await releaseLock(this.#owner);
  }

  /** The lock stays, and what others that ask for it have just written beside it. */
  async #clear(): Promise<void> {
    const names = await readdir(this.root).catch(() => []);
    const lock = TRAINING_FILES.owner;
    const rest = names.filter((name) => name !== lock && !name.startsWith(`${lock}.`));
    await Promise.all(rest.map((name) => rm(path.join(this.root, name), { recursive: true, force: true })));
  }

  async #removeEmpty(): Promise<void> {
    await rmdir(this.root).catch(() => undefined);
    await rmdir(this.styleDir).catch(() => undefined);
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

  /** What it was begun with. Throws `bad-checkpoint` when the record is damaged or no training could begin so. */
  async saved(): Promise<SavedTraining> {
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
    await this.#clear();
    await this.release();
    await this.#removeEmpty();
  }

  get #request(): string {
    return path.join(this.root, TRAINING_FILES.request);
  }

  #writeRequest(request: TrainingRequest): Promise<void> {
    const { modelId, currentColor, icons, settings, goal } = request;
    const { name, styleWord, probes } = wordsOf(goal);
    const saved: SavedTraining = { kind: goal.kind, modelId, currentColor, icons, name, styleWord, probes, settings };
    return replaceFile(this.#request, async (handle) => {
      await handle.writeFile(JSON.stringify(saved, undefined, 2));
    });
  }
}

function ownerOf(owner: Owner): TrainingOwner {
  const { pid, host } = owner;
  if (isSame(owner, thisProcess())) return { where: 'this-worker', pid };
  return { where: host === thisProcess().host ? 'another-process' : 'elsewhere', pid };
}
