import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TuneResult } from '../../../src/contract/tune-api';
import { openSafetensors } from '../../../src/engine/checkpoints/safetensors';
import { writeIcons } from '../../support/icon-sets';
import { containing, matching } from '../../support/matching';
import { writeOrdinaryModel } from '../../support/ordinary-model';
import { fourstep, start } from '../../support/run-cli';
import { writeTinyModel } from '../../support/tiny-pipeline';
import { temporaryFolder, until } from '../../support/worker-harness';

/** A folder with an ordinary tiny model in "teacher" and pictures in "pictures". */
let folder: string;
let lora: string;
beforeEach(async () => {
  folder = temporaryFolder();
  lora = path.join(folder, 'few-steps.safetensors');
  await writeOrdinaryModel(path.join(folder, 'teacher'));
  writeIcons(path.join(folder, 'pictures'), 10);
});

const DISTILL = ['distill', 'teacher', '--data', 'pictures', '--out', 'few-steps.safetensors', '--batch', '2'];
const SHORT = [...DISTILL, '--steps', '4', '--rank', '2', '--seed', '5'];

describe('fourstep distill', () => {
  it('makes a LoRA with which the ordinary model draws in four steps, and leaves nothing else', async () => {
    const { code, stdout, stderr } = await fourstep([...SHORT, '--json'], folder);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: matching(/training, gauge [\d.]+ at step 0\n[^]*Trained 4 steps/),
    });
    expect(JSON.parse(stdout) as TuneResult).toMatchObject({ path: lora, steps: 4, ended: 'finished' });
    expect(existsSync(`${lora}.training`)).toBe(false);
    const { tensors, metadata } = await openSafetensors(lora);
    expect(Object.fromEntries(metadata)).toMatchObject({ ss_network_dim: '2', ss_steps: matching(/^[0-4]$/) });
    expect([...tensors.keys()].every((name) => /lora_[AB]\.weight$/.test(name))).toBe(true);

    const drawn = await fourstep(
      ['generate', 'cat', '--model', 'teacher', '--lora', lora, '--sampler', 'lcm', '--seed', '1', '--json'],
      folder,
    );
    expect(drawn.code).toBe(0);
    expect(JSON.parse(drawn.stdout)).toMatchObject({
      results: [{ variants: [{ recipe: { sampler: 'lcm', steps: 4, loras: [{ name: 'few-steps' }] } }] }],
    });
  });

  it('gives the same bytes for the same seed, and others for other guidance of the teacher', async () => {
    const made = async (...more: string[]): Promise<Buffer> => {
      expect(await fourstep([...SHORT, '--replace', ...more], folder)).toMatchObject({ code: 0, stdout: `${lora}\n` });
      return readFileSync(lora);
    };
    const first = await made();
    expect(await made()).toEqual(first);
    expect(await made('--omega-min', '1', '--omega-max', '1')).not.toEqual(first);
  });

  it('replaces a file only when that is asked for', async () => {
    await fourstep(SHORT, folder);
    const before = readFileSync(lora);
    expect(await fourstep(SHORT, folder)).toMatchObject({
      code: 2,
      stderr: containing('few-steps.safetensors exists'),
    });
    expect(readFileSync(lora)).toEqual(before);
  });

  it('refuses a teacher that is a consistency model already', async () => {
    await writeTinyModel(path.join(folder, 'lcm'));
    const { code, stderr } = await fourstep(['distill', 'lcm', ...DISTILL.slice(2)], folder);
    expect({ code, stderr }).toEqual({ code: 2, stderr: containing('is a latent consistency model already') });
    expect(existsSync(lora)).toBe(false);
  });

  it('refuses another kind of file, and guidance beyond reason', async () => {
    const other = ['distill', 'teacher', '--data', 'pictures', '--out', 'lora.bin'];
    expect(await fourstep(other, folder)).toMatchObject({ code: 2, stderr: containing('ends in .safetensors') });
    const wild = [...DISTILL, '--omega-max', '1000'];
    expect(await fourstep(wild, folder)).toMatchObject({ code: 2, stderr: containing('omega') });
  });
});

describe.skipIf(process.platform === 'win32')('Ctrl+C while it distills', () => {
  it('saves it, says how to go on, and --resume makes the LoRA', async () => {
    const run = await start([...DISTILL, '--steps', '100000', '--checkpoint-every', '5'], folder);
    await until(() => /gauge [\d.]+ at step 0/.test(run.stderr()), 'it trains', 60_000);
    run.child.kill('SIGINT');
    const { code, stderr } = await run.done;
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: containing(`Go on with: fourstep ${DISTILL.slice(0, 6).join(' ')} --resume`),
    });
    expect(existsSync(lora)).toBe(false);
    expect(await fourstep([...DISTILL, '--resume', '--steps', '1'], folder)).toMatchObject({ code: 2 });
    const goOn = [...DISTILL.slice(0, 6), '--resume', '--steps', '1'];
    expect(await fourstep(goOn, folder)).toMatchObject({ code: 0, stdout: `${lora}\n` });
    expect(existsSync(`${lora}.training`)).toBe(false);
  });
});
