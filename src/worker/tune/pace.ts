/** How long a training step takes and how much memory a training needs on this machine, from trainings that ran here. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { LIMITS, readRegular } from '../../files/regular-file';
import { replaceFile } from '../../files/replace-file';

export interface Pace {
  /** Of one step, for each picture in it. */
  readonly secondsPerPicture: number;
  /** Largest resident size of the process while it trained. */
  readonly memoryBytes: number;
}

const schema = v.record(v.string(), v.object({ secondsPerPicture: v.number(), memoryBytes: v.number() }));

/** The same weights may lie in many places; a path is enough for an estimate. */
export interface PaceKey {
  readonly modelPath: string;
  readonly device: string;
}

/** A cache: when it cannot be read or written, trainings are estimated anew. */
export class PaceFile {
  constructor(private readonly cacheFolder: string) {}

  async read(key: PaceKey): Promise<Pace | undefined> {
    return (await this.#all())[keyText(key)];
  }

  async write(key: PaceKey, pace: Pace): Promise<void> {
    const all = { ...(await this.#all()), [keyText(key)]: pace };
    try {
      await mkdir(this.cacheFolder, { recursive: true });
      await replaceFile(this.#file, async (handle) => {
        await handle.writeFile(JSON.stringify(all, undefined, 2));
      });
    } catch {
      // The next plan measures again.
    }
  }

  get #file(): string {
    return path.join(this.cacheFolder, 'training-pace.json');
  }

  async #all(): Promise<Readonly<Record<string, Pace>>> {
    try {
      return v.parse(schema, JSON.parse((await readRegular(this.#file, { most: LIMITS.config })).toString('utf8')));
    } catch {
      return {};
    }
  }
}

/** Watches one training. */
export class PaceMeter {
  #secondsPerPicture: number | undefined;
  #memoryBytes = 0;

  constructor(
    private readonly place: PaceKey & { readonly cacheFolder: string },
    private readonly settings: { readonly steps: number; readonly batchSize: number; readonly accumulation: number },
  ) {}

  /** After every step, with the seconds left as the trainer reckons them. */
  note(step: number, secondsLeft: number, memoryBytes: number): void {
    const { steps, batchSize, accumulation } = this.settings;
    this.#memoryBytes = Math.max(this.#memoryBytes, memoryBytes);
    if (step < steps) this.#secondsPerPicture = secondsLeft / (steps - step) / (batchSize * accumulation);
  }

  async save(): Promise<void> {
    const secondsPerPicture = this.#secondsPerPicture;
    if (secondsPerPicture === undefined) return;
    await new PaceFile(this.place.cacheFolder).write(this.place, { secondsPerPicture, memoryBytes: this.#memoryBytes });
  }
}

function keyText({ modelPath, device }: PaceKey): string {
  return `${device} ${modelPath}`;
}
