import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors } from '../../../src/engine/checkpoints/safetensors';
import { writePeftLora, type UNetLora } from '../../../src/engine/lora/write-lora';
import { loraNames } from '../../../src/engine/networks/lora-slots';
import { buildPrograms } from '../../support/build-worker';
import { builtInBase, writeBuiltInLora } from '../../support/built-in-lora';
import { layersOf, randomLora } from '../../support/lora-files';
import { containing } from '../../support/matching';
import { writeModelLora, writeOrdinaryModel } from '../../support/ordinary-model';
import { STYLE_GUIDANCE, STYLE_START } from '../../../src/domain/style';
import { styleFile, writeStyle } from '../../support/style-files';
import { filesIn, temporaryFolder } from '../../support/worker-harness';

let cli: string;
beforeAll(async () => {
  ({ cli } = await buildPrograms());
});

function fourstep(args: readonly string[], cwd: string): { code: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, FOURSTEP_CACHE_DIR: path.join(cwd, 'cache') };
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { cwd, env, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

const trained = {
  baseModel: 'a'.repeat(64),
  rank: 4,
  alpha: 8,
  targets: ['attention'],
  data: 'b'.repeat(64),
  steps: 300,
  engine: '0.1.0',
};

/** A workspace with the style "house", as a training writes it. */
async function workspace(): Promise<{ folder: string; style: string }> {
  const folder = temporaryFolder();
  const style = writeStyle(folder, 'house', styleFile(), undefined);
  const layers = layersOf(await builtInBase()).filter(({ path: layer }) => layer.endsWith('.to_q'));
  const lora: UNetLora = new Map(
    [...randomLora(layers, 4)].flatMap(([layer, { A, B }]) => [
      [loraNames(layer).A, A] as const,
      [loraNames(layer).B, B] as const,
    ]),
  );
  await writePeftLora(path.join(style, 'lora.safetensors'), lora, trained);
  return { folder, style };
}

describe('fourstep styles', () => {
  it('lists the styles of the workspace around, and says what is wrong with the rest', async () => {
    const { folder, style } = await workspace();
    writeStyle(folder, 'broken', '{', undefined);
    const below = path.join(folder, 'packages', 'site');
    mkdirSync(below, { recursive: true });
    const { code, stdout, stderr } = fourstep(['styles'], below);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^name +model +rank +steps +made +folder\nhouse +[\w-]+ +4 +300 +2026-11-23 +/);
    expect(stdout).toContain(style);
    expect(stderr).toContain('broken');
    const json: unknown = JSON.parse(fourstep(['styles', '--json'], below).stdout);
    expect(json).toMatchObject({ styles: [{ name: 'house', rank: 4, folder: style }], problems: [{}] });
  });

  it('says how to make the first one', () => {
    expect(fourstep(['styles'], temporaryFolder())).toMatchObject({ code: 0, stdout: containing('fourstep tune') });
  });

  it('export writes the layout of another tool, and overwrites nothing', async () => {
    const { folder } = await workspace();
    const first = fourstep(['styles', 'export', 'house'], folder);
    expect(first).toMatchObject({ code: 0, stdout: `${path.join(folder, 'house.safetensors')}\n` });
    const { tensors, metadata } = await openSafetensors(path.join(folder, 'house.safetensors'));
    expect([...tensors.keys()]).toContain(
      'lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q.lora_down.weight',
    );
    expect(metadata.get('ss_network_dim')).toBe('4');
    const again = fourstep(['styles', 'export', 'house', '--layout', 'peft', '--json'], folder);
    expect(JSON.parse(again.stdout)).toEqual({ path: path.join(folder, 'house-2.safetensors') });
    expect(fourstep(['styles', 'export', 'house', '--out', 'x.pt'], folder)).toMatchObject({ code: 2, stdout: '' });
    expect(fourstep(['styles', 'export', 'pixel'], folder)).toMatchObject({
      code: 1,
      stderr: containing('there are: house'),
    });
    expect(filesIn(folder).filter((name) => name.startsWith('.fourstep-'))).toEqual([]);
  });
});

describe('fourstep generate with styles and LoRAs', () => {
  it('draws with a style as suits it, puts its word behind the prompt, and the picture can be made again', async () => {
    const { folder, style } = await workspace();
    const other = await writeBuiltInLora(path.join(folder, 'other.safetensors'), { seed: 9, ends: ['to_v'] });
    const args = ['generate', 'red apple', '--seed', '5', '--json', '--style', 'house:0.5', '--lora', `${other}:0.7`];
    const { code, stdout } = fourstep(args, folder);
    expect(code).toBe(0);
    const { results } = JSON.parse(stdout) as { results: { prompt: string; variants: { recipe: unknown }[] }[] };
    expect(results[0]?.prompt).toBe('red apple');
    expect(results[0]?.variants[0]?.recipe).toMatchObject({
      prompt: 'red apple, house style',
      guidance: STYLE_GUIDANCE,
      loras: [
        { name: 'house', weight: 0.5, start: STYLE_START },
        { name: 'other', weight: 0.7 },
      ],
    });
    const own = fourstep(['generate', 'cat', '--guidance', '2', '--style', 'house:1@0', '--json'], folder);
    expect(JSON.parse(own.stdout)).toMatchObject({
      results: [{ variants: [{ recipe: { guidance: 2, loras: [{ name: 'house', weight: 1 }] } }] }],
    });
    expect(own.stdout).not.toContain('"start"');
    expect(existsSync(path.join(folder, 'red-apple-5.png'))).toBe(true);

    const rebuild = ['recipe', 'red-apple-5.png', '--rebuild', '--json'];
    const found = fourstep([...rebuild, '--lora', other], folder);
    expect(JSON.parse(found.stdout)).toMatchObject({ rebuilt: { verdict: 'identical' } });
    expect(fourstep(rebuild, folder)).toMatchObject({ code: 1, stderr: containing('LoRA "other" (SHA-256 ') });
    renameSync(style, path.join(path.dirname(style), 'renamed'));
    const renamed = fourstep([...rebuild, '--lora', other], folder);
    expect(JSON.parse(renamed.stdout)).toMatchObject({ rebuilt: { verdict: 'identical' } });
    const plain = fourstep(['generate', 'red apple, house style', '--seed', '5', '--out', 'plain'], folder);
    expect(plain.code).toBe(0);
    expect(readFileSync(plain.stdout.trim())).not.toEqual(readFileSync(path.join(folder, 'red-apple-5.png')));
  });

  it('gives the same picture from an exported style', async () => {
    const { folder } = await workspace();
    fourstep(['styles', 'export', 'house', '--out', 'kohya.safetensors'], folder);
    const draw = (...args: string[]): string =>
      fourstep(['generate', 'cat', '--seed', '1', '--no-metadata', ...args], folder).stdout.trim();
    const [own, exported] = [draw('--lora', '.fourstep/styles/house'), draw('--lora', 'kohya.safetensors')];
    expect(readFileSync(own)).toEqual(readFileSync(exported));
  });

  it('samples an ordinary model with an LCM-LoRA in four steps without guidance, and says what that takes', async () => {
    const folder = await writeOrdinaryModel(temporaryFolder());
    const lora = await writeModelLora(folder, 'lcm.safetensors', /attn|conv/, 3);
    const args = ['generate', 'cat', '--model', folder, '--lora', lora, '--sampler', 'lcm', '--json'];
    const { code, stdout, stderr } = fourstep(args, temporaryFolder());
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      results: [{ variants: [{ recipe: { sampler: 'lcm', steps: 4, guidance: 1, loras: [{ name: 'lcm' }] } }] }],
    });
    expect(stderr).toContain('needs an LCM-LoRA among the LoRAs');
  });

  it('names the styles there are when one is missing', async () => {
    const { folder } = await workspace();
    expect(fourstep(['generate', 'cat', '--style', 'pixel'], folder)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: containing('There is no style "pixel" in this workspace; there are: house.'),
    });
  });
});
