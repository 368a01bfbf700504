/**
 * Icons in SVG files and components, read and turned into pixels one at a time, in a thread that can be ended when one takes
 * too long or breaks the rasteriser. A thread and no process: nothing native runs in it, so ending it is safe, and it cannot
 * outlive this process.
 */
import { Worker } from 'node:worker_threads';
import { messageOf, throwIfCancelled, SkippedIcon } from '../domain/errors';
import type { RawImage } from '../pictures/raw';
import type { DrawingBudget } from './drawing-budget';
import type { DrawRequest, VectorAnswer, VectorFile, VectorMessage, VectorPart } from './rasterizer-messages';

/** Ordinary icons take milliseconds. */
const DEFAULT_LIMIT_MS = 10_000;

export interface RasterizerOptions {
  /** Absolute path of the thread's program (`rasterizer-thread`, bundled). */
  readonly program: string;
  /** Longest time for one file or drawing, in milliseconds. */
  readonly limitMs?: number;
}

export interface AskOptions {
  readonly signal?: AbortSignal;
  /** Of the folder that this is a part of. */
  readonly budget?: DrawingBudget;
}

export class Rasterizer {
  #thread: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: RasterizerOptions) {}

  /** The icons of a file. Throws SkippedIcon; `cancelled` when the signal fires. */
  async parts(file: VectorFile, options: AskOptions = {}): Promise<readonly VectorPart[]> {
    const answer = await this.#ask({ file }, options);
    return 'parts' in answer ? answer.parts : [];
  }

  /** One of them as straight RGBA, size × size. Throws SkippedIcon; `cancelled` when the signal fires. */
  async draw(file: VectorFile, draw: DrawRequest, options: AskOptions = {}): Promise<RawImage> {
    const answer = await this.#ask({ file, draw }, options);
    if (!('pixels' in answer)) throw new SkippedIcon('it cannot be drawn');
    return { width: answer.width, height: answer.height, channels: 4, data: straight(answer.pixels) };
  }

  /** Ends the thread; the next drawing starts another. */
  async release(): Promise<void> {
    await this.#last;
    await this.#end();
  }

  #ask(message: VectorMessage, { signal, budget }: AskOptions): Promise<Exclude<VectorAnswer, Refusal>> {
    const turn = this.#last.then(async () => {
      throwIfCancelled(signal);
      budget?.check();
      const began = performance.now();
      try {
        return await this.#answer(message);
      } finally {
        budget?.spend(performance.now() - began);
      }
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #answer(message: VectorMessage): Promise<Exclude<VectorAnswer, Refusal>> {
    this.#thread ??= new Worker(this.options.program, { stdout: true, stderr: true });
    this.#thread.unref();
    const answer = await answerOf(this.#thread, message, this.options.limitMs ?? DEFAULT_LIMIT_MS);
    if ('broken' in answer) {
      await this.#end();
      throw new SkippedIcon(answer.broken);
    }
    if ('reason' in answer) throw new SkippedIcon(answer.reason);
    return answer;
  }

  async #end(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }
}

interface Refusal {
  readonly reason: string;
}

/** `broken` says why the thread cannot be used any more. */
function answerOf(
  thread: Worker,
  message: VectorMessage,
  limitMs: number,
): Promise<VectorAnswer | { readonly broken: string }> {
  return new Promise((resolve) => {
    const settle = (answer: VectorAnswer | { readonly broken: string }): void => {
      clearTimeout(timer);
      for (const event of ['message', 'error', 'exit']) thread.removeAllListeners(event);
      resolve(answer);
    };
    const timer = setTimeout(() => {
      settle({ broken: `it takes longer than ${limitMs / 1000} seconds to read and draw` });
    }, limitMs);
    const fail = (reason: string): void => {
      settle({ broken: `it breaks the SVG rasteriser: ${reason}` });
    };
    thread.once('message', settle);
    thread.once('error', (error) => {
      fail(messageOf(error));
    });
    thread.once('exit', (code) => {
      fail(`its thread ended with code ${code}`);
    });
    thread.postMessage(message);
  });
}

/** Un-premultiplied in place. */
function straight(pixels: Uint8Array): Uint8Array {
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = pixels[i + 3] ?? 0;
    if (alpha === 0 || alpha === 255) continue;
    for (let channel = i; channel < i + 3; channel++) {
      pixels[channel] = Math.min(255, Math.round(((pixels[channel] ?? 0) * 255) / alpha));
    }
  }
  return pixels;
}
