/**
 * The full-size proof: a random-weight checkpoint with exactly the tensors of LCM_Dreamshaper_v7, fp16 on disk, generating in
 * 4 steps with both autoencoders. Options: --keep (do not remove the checkpoint), --size N (default 512),
 * --smoke (narrow layers and small pictures: only shows that it runs).
 * Needs about 10 GB of disk in out/bench while it runs.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadPipeline } from '../src/engine/sampling/load';
import type { Pipeline } from '../src/engine/sampling/pipeline';
import type { PipelineRequest } from '../src/engine/sampling/request';
import type { Graph } from '../src/engine/graph/graph';
import { createSession } from '../src/engine/runtime/session';
import { float32, type Tensor } from '../src/engine/tensors/tensor';
import { useTinyAutoencoder, writeCheckpoint } from './full-size/checkpoint';
import { builtInModel } from './support/built-in-model';
import { countFlops } from './support/flops';
import { describeMachine, median, timed } from './support/machine';
import { matmulPeak } from './support/matmul';
import { gigabytes, processMemory } from './support/memory';

const { values } = parseArgs({
  options: { keep: { type: 'boolean' }, size: { type: 'string' }, smoke: { type: 'boolean', default: false } },
});
const { smoke } = values;
const size = Number(values.size ?? (smoke ? 64 : 512));
const larger = size * 1.5;
const folder = path.resolve(`out/bench/full-size-${smoke ? 'smoke' : 'model'}`);
const cacheFolder = path.resolve(`out/bench/full-size-${smoke ? 'smoke-cache' : 'cache'}`);
const PROMPT = 'a photo of a small red fox sitting in the snow';

async function main(): Promise<void> {
  console.log(describeMachine());
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    const { seconds } = await timed(async () => {
      writeCheckpoint(folder, await tokenizerFolder(), smoke);
    });
    console.log(`checkpoint written in ${seconds.toFixed(1)} s`);
  }
  const first = await timed(load);
  row('load, first time (makes the float32 copy)', `${first.seconds.toFixed(2)} s`);
  await first.result.release();
  const second = await timed(load);
  row('load from the second time on', `${second.seconds.toFixed(2)} s`);
  const pipeline = second.result;
  await measureSteps(pipeline);
  await measureRun('image→image, strength 0.5', pipeline, {
    ...request(size),
    init: { image: grey(size), strength: 0.5 },
  });
  await measureRun(`${larger}×${larger}`, pipeline, request(larger));
  const { graph } = await pipeline.parts.denoiser.session();
  const flops = stepFlops(graph, pipeline);
  await pipeline.release();
  await measureRepacked(graph, flops);
  useTinyAutoencoder(folder);
  const tiny = await load();
  await measureRun(`${size}×${size} with AutoencoderTiny`, tiny, request(size));
  await tiny.release();
  if (values.keep !== true) for (const made of [folder, cacheFolder]) rmSync(made, { recursive: true, force: true });
}

/** Ready to run: text encoder and UNet sessions made, which is what a user waits for. */
async function load(): Promise<Pipeline> {
  const pipeline = await loadPipeline(folder, { device: 'cpu', cacheFolder });
  await pipeline.parts.prompts.encode('');
  await pipeline.parts.denoiser.session();
  return pipeline;
}

async function measureSteps(pipeline: Pipeline): Promise<void> {
  const unet = await pipeline.parts.denoiser.session();
  const flops = stepFlops(unet.graph, pipeline);
  row(`one UNet step at ${size}×${size}`, `${(flops / 1e9).toFixed(0)} GFLOP`);
  row('memory after load', memory());
  const steps: number[] = [];
  const before = await matmulPeak();
  let last = 0;
  const { seconds, result } = await timed(() =>
    pipeline.generate(request(size), {
      onPhase: (phase) => {
        if (phase === 'denoising') last = performance.now();
      },
      onStep: () => {
        const now = performance.now();
        steps.push((now - last) / 1000);
        last = now;
      },
    }),
  );
  const step = median(steps);
  row('UNet step', speedOf(flops, step, [before, await matmulPeak()]));
  row('AutoencoderKL decode (with its load)', `${(result.timings.decode / 1000).toFixed(2)} s`);
  row(`text→image ${size}×${size}, 4 steps`, `${seconds.toFixed(1)} s`);
  row('memory after the run', memory());
}

function stepFlops(graph: Graph, { info }: Pipeline): number {
  const latent = size / info.sizeFactor;
  return countFlops(graph, { batch: 1, height: latent, width: latent, tokens: info.promptTokens });
}

/** Beside the yardstick, taken right before and after: this machine's speed changes within minutes. */
function speedOf(flops: number, seconds: number, yardsticks: readonly number[]): string {
  const speed = flops / seconds / 1e9;
  const peak = Math.max(...yardsticks);
  return (
    `${seconds.toFixed(2)} s, ${speed.toFixed(0)} GFLOP/s, ${((100 * speed) / peak).toFixed(0)} % of ` +
    `${peak.toFixed(0)} GFLOP/s, the greater of two matrix products 2048³ (${yardsticks.map((one) => one.toFixed(0)).join(' before, ')} after)`
  );
}

/** The other way to hold weights: repacked for the kernels, in private memory. */
async function measureRepacked(graph: Graph, flops: number): Promise<void> {
  const memoryBefore = privateBytes();
  const { seconds, result: session } = await timed(() => createSession(graph, { device: 'cpu', profile: 'fast' }));
  const latent = size / 8;
  const zeros = (...shape: number[]): Tensor => float32(new Float32Array(shape.reduce((a, b) => a * b)), shape);
  const sizes: Record<string, number> = { batch: 1, height: latent, width: latent, tokens: 77 };
  const feeds = Object.fromEntries(
    graph.inputs.map(({ name, shape }) => [name, zeros(...shape.map((dim) => sizes[dim] ?? Number(dim)))]),
  );
  const steps: number[] = [];
  const before = await matmulPeak();
  for (let i = 0; i < 3; i++) steps.push((await timed(() => session.run(feeds))).seconds);
  const privateMemory = privateBytes() - memoryBefore;
  row(
    'UNet with repacked instead of mapped weights',
    `load ${seconds.toFixed(1)} s, ${gigabytes(privateMemory)} more private memory, step ${speedOf(flops, median(steps), [before, await matmulPeak()])}`,
  );
  await session.release();
}

async function measureRun(name: string, pipeline: Pipeline, run: PipelineRequest): Promise<void> {
  const { seconds, result } = await timed(() => pipeline.generate(run));
  const { text, denoise, decode } = result.timings;
  row(
    name,
    `${seconds.toFixed(1)} s (text ${text.toFixed(0)} ms, steps ${(denoise / 1000).toFixed(2)} s, decode ${(decode / 1000).toFixed(2)} s)`,
  );
}

function request(side: number): PipelineRequest {
  return {
    prompt: PROMPT,
    negativePrompt: '',
    seeds: [1],
    steps: 4,
    guidance: 8,
    sampler: 'lcm',
    width: side,
    height: side,
  };
}

/** A CLIP vocabulary: the golden set's when it is there, else the built-in model's, whose ids are valid for the large table too. */
async function tokenizerFolder(): Promise<string> {
  const golden = path.join(process.env['FOURSTEP_GOLDEN'] ?? '../shared/golden', 'tokenizer');
  return existsSync(golden) ? golden : path.join(await builtInModel(), 'tokenizer');
}

function grey(side: number): NonNullable<PipelineRequest['init']>['image'] {
  return { width: side, height: side, channels: 3, data: new Uint8Array(side * side * 3).fill(128) };
}

function privateBytes(): number {
  globalThis.gc?.();
  return processMemory().privateBytes;
}

function memory(): string {
  globalThis.gc?.();
  const { privateBytes, residentBytes } = processMemory();
  return `${gigabytes(privateBytes)} private, ${gigabytes(residentBytes)} resident`;
}

function row(name: string, value: string): void {
  console.log(`| ${name} | ${value} |`);
}

void main();
