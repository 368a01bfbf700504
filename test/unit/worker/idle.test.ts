import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IdleTimer } from '../../../src/worker/idle';

describe('the idle timer', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('fires when nothing ever happened', () => {
    const onIdle = vi.fn();
    new IdleTimer(5, onIdle);
    vi.advanceTimersByTime(5 * 60_000 - 1);
    expect(onIdle).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onIdle).toHaveBeenCalledOnce();
  });

  it('gives the first call time to arrive, however short the idle time is', async () => {
    const onIdle = vi.fn();
    const idle = new IdleTimer(0.001, onIdle);
    vi.advanceTimersByTime(10_000);
    expect(onIdle).not.toHaveBeenCalled();
    await idle.during(() => Promise.resolve());
    vi.advanceTimersByTime(60);
    expect(onIdle).toHaveBeenCalledOnce();
  });

  it('waits while anything is at work, and counts anew afterwards', async () => {
    const onIdle = vi.fn();
    const idle = new IdleTimer(1, onIdle);
    let finish: () => void = () => undefined;
    const long = idle.during(() => new Promise<void>((resolve) => (finish = resolve)));
    await idle.during(() => Promise.resolve());
    vi.advanceTimersByTime(600_000);
    expect(onIdle).not.toHaveBeenCalled();
    finish();
    await long;
    vi.advanceTimersByTime(59_999);
    expect(onIdle).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onIdle).toHaveBeenCalledOnce();
  });

  it('counts anew after a failure too', async () => {
    const onIdle = vi.fn();
    const idle = new IdleTimer(1, onIdle);
    await expect(idle.during(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    vi.advanceTimersByTime(60_000);
    expect(onIdle).toHaveBeenCalledOnce();
  });

  it('never fires when it is switched off', () => {
    const onIdle = vi.fn();
    new IdleTimer(0, onIdle);
    vi.advanceTimersByTime(1e9);
    expect(onIdle).not.toHaveBeenCalled();
  });
});
