/** The small parts of a pipeline: noise streams, lazy sessions, checked outputs, cheap previews, memory estimates. */
import { describe, expect, it } from 'vitest';
import { memoryNeeded } from '../../../../src/engine/sampling/info';
import { seededNoise } from '../../../../src/engine/sampling/noise-streams';
import { assertFinite, floatOutput } from '../../../../src/engine/runtime/outputs';
import { latentPreview } from '../../../../src/engine/sampling/preview';
import { SessionPool } from '../../../../src/engine/runtime/session-pool';
import type { Session } from '../../../../src/engine/runtime/session';
import { normalNoise } from '../../../../src/engine/tensors/noise';
import { float32, int64 } from '../../../../src/engine/tensors/tensor';

describe('the noise of a picture', () => {
  it('comes from streams that never change, because recipes depend on them', () => {
    const noise = seededNoise(5);
    expect(noise.latents(4)).toEqual(normalNoise(5, 0, 4));
    expect(noise.encode(4)).toEqual(normalNoise(5, 1, 4));
    expect(noise.addNoise(4)).toEqual(normalNoise(5, 2, 4));
    expect(noise.step(0, 4)).toEqual(normalNoise(5, 16, 4));
    expect(noise.step(3, 4)).toEqual(normalNoise(5, 19, 4));
  });
});

/** A session that only remembers whether it was released. */
function sessionWith(release: () => Promise<void>): Session {
  return { release } as Session;
}

describe('SessionPool', () => {
  it('makes a session when it is first asked for, and once', async () => {
    let made = 0;
    const session = new SessionPool().lazy(() => {
      made++;
      return Promise.resolve(sessionWith(() => Promise.resolve()));
    });
    expect(made).toBe(0);
    const [a, b] = await Promise.all([session(), session()]);
    expect(a).toBe(b);
    expect(made).toBe(1);
  });

  it('tries again after a failure', async () => {
    let attempts = 0;
    const session = new SessionPool().lazy(() => {
      attempts++;
      return attempts === 1
        ? Promise.reject(new Error('no memory'))
        : Promise.resolve(sessionWith(() => Promise.resolve()));
    });
    await expect(session()).rejects.toThrow('no memory');
    await expect(session()).resolves.toBeDefined();
    expect(attempts).toBe(2);
  });

  it('releases every session that was made, and none twice', async () => {
    const pool = new SessionPool();
    const released: string[] = [];
    const lazy = (name: string) =>
      pool.lazy(() =>
        Promise.resolve(
          sessionWith(() => {
            released.push(name);
            return Promise.resolve();
          }),
        ),
      );
    const failing = pool.lazy(() => Promise.reject(new Error('broken')));
    lazy('never used');
    await Promise.all([lazy('unet')(), lazy('vae')(), failing().catch(() => undefined)]);
    await pool.release();
    await pool.release();
    expect(released.sort()).toEqual(['unet', 'vae']);
  });
});

describe('outputs of a session', () => {
  it('are picked by name and must be float32', () => {
    const outputs = { a: float32([1], [1]), b: int64([1], [1]) };
    expect(floatOutput(outputs, 'a').data).toEqual(Float32Array.from([1]));
    expect(() => floatOutput(outputs, 'b')).toThrow(/expected the float32 output "b", found int64/);
    expect(() => floatOutput(outputs, 'c')).toThrow(/found nothing/);
  });

  it.each([NaN, Infinity, -Infinity])('must not hold %s', (value) => {
    expect(() => {
      assertFinite(Float32Array.from([0, value]), 'The UNet');
    }).toThrow(/^The UNet gave values that are not numbers/);
    expect(() => {
      assertFinite(Float32Array.from([0, 3e38]), 'The UNet');
    }).not.toThrow();
  });
});

describe('latentPreview', () => {
  it('gives one pixel for each latent pixel, row by row', () => {
    const latents = float32([0, 10, -10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [1, 4, 2, 3]);
    const { width, height, channels, data } = latentPreview(latents);
    expect({ width, height, channels }).toEqual({ width: 3, height: 2, channels: 3 });
    expect([...data.slice(0, 9)]).toEqual([128, 128, 128, 255, 255, 255, 0, 0, 0]);
  });
});

describe('memoryNeeded', () => {
  const memory = { unetWidth: 320, decoderWidth: 128, decoder: 'kl' as const };
  const info = { sizeFactor: 8, weightBytes: 1e9, memory };

  it('grows with the area and never falls below the weights', () => {
    const [small, large] = [memoryNeeded(info, 512, 512), memoryNeeded(info, 1024, 1024)];
    expect(large - 1e9).toBeCloseTo(4 * (small - 1e9), 0);
    expect(memoryNeeded(info, 8, 8)).toBeGreaterThan(1e9);
  });

  it('is near what was measured at 512×512', () => {
    expect(memoryNeeded(info, 512, 512) - 1e9).toBeCloseTo(2.4e9, -8);
    const tiny = { ...info, memory: { ...memory, decoderWidth: 64, decoder: 'tiny' as const } };
    expect(memoryNeeded(tiny, 512, 512) - 1e9).toBeCloseTo(0.59e9, -8);
  });
});
