/** The files of one job in its caller's folder: each appears whole or not at all, and none stays when the job fails. */
import { rmSync } from 'node:fs';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../domain/errors';
import { outputFolderError } from '../files/file-error';

/** The client cleans up behind a killed worker by this form: `<jobId>.…`. */
const UNFINISHED = '.incomplete';

export class JobOutput {
  readonly #files = new Set<string>();
  readonly #writes = new Set<Promise<string>>();
  #abandoned = false;

  private constructor(
    private readonly folder: string,
    private readonly jobId: string,
  ) {}

  /** Throws `io` before anything is computed when the folder is missing, is no folder, or takes no file. */
  static async open(folder: string, jobId: string): Promise<JobOutput> {
    const stats = await stat(folder).catch((error: unknown) => {
      throw outputFolderError(error, folder);
    });
    if (!stats.isDirectory()) throw new UserError('io', `The output folder ${folder} is a file. Choose a folder.`);
    const output = new JobOutput(folder, jobId);
    await output.remove(await output.write('probe', Buffer.from('fourstep')));
    return output;
  }

  /** Writes `<jobId>.<name>` and returns its path. Throws `io`; after `removeAll` nothing is written any more. */
  async write(name: string, bytes: Uint8Array): Promise<string> {
    if (this.#abandoned) throw new UserError('cancelled', 'The job has ended; its files are removed.');
    const write = this.#write(name, bytes);
    this.#writes.add(write);
    try {
      return await write;
    } finally {
      this.#writes.delete(write);
    }
  }

  async #write(name: string, bytes: Uint8Array): Promise<string> {
    const file = path.join(this.folder, `${this.jobId}.${name}`);
    const temporary = file + UNFINISHED;
    this.#files.add(temporary);
    try {
      await writeFile(temporary, bytes);
      this.#files.add(file);
      await rename(temporary, file);
    } catch (error) {
      await this.remove(temporary);
      throw outputFolderError(error, this.folder);
    }
    this.#files.delete(temporary);
    return file;
  }

  async remove(file: string): Promise<void> {
    // A folder that is gone keeps no files.
    await rm(file, { force: true }).catch(() => undefined);
    this.#files.delete(file);
  }

  /** Pictures are written side by side: when one fails, the others may still be on their way and are waited for. */
  async removeAll(): Promise<void> {
    this.#abandoned = true;
    await Promise.allSettled(this.#writes);
    await Promise.all([...this.#files].map((file) => this.remove(file)));
  }

  /** For the last moment of the process. */
  removeAllNow(): void {
    for (const file of this.#files) rmSync(file, { force: true });
  }
}
