import { describe, expect, it } from 'vitest';
import { JobQueue } from '../../../src/worker/jobs';

const { signal } = new AbortController();

/** A job that ends when told to. */
function held(): { work: () => Promise<string>; finish: (result: string) => void; fail: (error: Error) => void } {
  let finish: (result: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const promise = new Promise<string>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  return { work: () => promise, finish, fail };
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the job queue', () => {
  it('runs one job at a time, in order', async () => {
    const queue = new JobQueue();
    const events: string[] = [];
    const job = (name: string) => async (): Promise<void> => {
      events.push(`${name} begins`);
      await tick();
      events.push(`${name} ends`);
    };
    await Promise.all(['a', 'b', 'c'].map((name) => queue.run(job(name), { signal })));
    expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('tells waiting jobs how many are ahead, each time it changes', async () => {
    const queue = new JobQueue();
    const first = held();
    const positions: Record<string, number[]> = { a: [], b: [], c: [] };
    const run = (name: string, work: () => Promise<unknown>): Promise<unknown> =>
      queue.run(work, { signal, onPosition: (ahead) => positions[name]!.push(ahead) });
    const all = [run('a', first.work), run('b', tick), run('c', tick)];
    await tick();
    first.finish('');
    await Promise.all(all);
    expect(positions).toEqual({ a: [], b: [1], c: [2, 1] });
  });

  it('lets a waiting job leave, and moves the others up', async () => {
    const queue = new JobQueue();
    const first = held();
    const abort = new AbortController();
    const positions: number[] = [];
    let started = false;
    const running = queue.run(first.work, { signal });
    const leaving = queue.run(
      () => {
        started = true;
        return Promise.resolve();
      },
      { signal: abort.signal },
    );
    const last = queue.run(() => Promise.resolve('last'), { signal, onPosition: (ahead) => positions.push(ahead) });
    abort.abort();
    await expect(leaving).rejects.toMatchObject({ code: 'cancelled' });
    first.finish('first');
    await expect(Promise.all([running, last])).resolves.toEqual(['first', 'last']);
    expect(started).toBe(false);
    expect(positions).toEqual([2, 1]);
  });

  it('goes on after a job that failed', async () => {
    const queue = new JobQueue();
    const first = held();
    const failing = queue.run(first.work, { signal });
    const next = queue.run(() => Promise.resolve('fine'), { signal });
    first.fail(new Error('broken'));
    await expect(failing).rejects.toThrow('broken');
    await expect(next).resolves.toBe('fine');
  });

  it('does not start a job that is cancelled already', async () => {
    const cancelled = new JobQueue().run(tick, { signal: AbortSignal.abort() });
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('leaves a running job to its own signal', async () => {
    const queue = new JobQueue();
    const job = held();
    const abort = new AbortController();
    const running = queue.run(job.work, { signal: abort.signal });
    await tick();
    abort.abort();
    job.finish('done all the same');
    await expect(running).resolves.toBe('done all the same');
  });
});
