/** Consistency training against a reference written in torch: the sets under `lcf/`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NoiseSchedule } from '../../../../src/engine/sampling/schedule';
import { parseSchedulerConfig } from '../../../../src/engine/sampling/scheduler-config';
import type { DenoiserDesign } from '../../../../src/engine/families/family';
import { unetDenoiser } from '../../../../src/engine/families/unet-denoiser';
import { parseUNetConfig } from '../../../../src/engine/networks/unet-config';
import { CPU_FORM, type Graph, type GraphForm } from '../../../../src/engine/graph/graph';
import { createSession, type Session } from '../../../../src/engine/runtime/session';
import { openWeights } from '../../../../src/engine/checkpoints/safetensors';
import { float32, type Tensor } from '../../../../src/engine/tensors/tensor';
import type { WeightSource } from '../../../../src/engine/checkpoints/weight-source';
import { ADAMW_DEFAULTS } from '../../../../src/engine/training/adamw';
import type { Draw } from '../../../../src/engine/training/batch';
import { timePairs } from '../../../../src/engine/training/consistency';
import { LORA_BLOCK_NAMES, targetLayers } from '../../../../src/engine/training/lora-targets';
import type { Distance } from '../../../../src/engine/training/training-graph';
import { OnlineNetwork, TargetNetwork } from '../../../../src/engine/training/networks';
import { evaluateBatch, optimizerStep, type StepParts } from '../../../../src/engine/training/optimizer-step';
import { ddimStep, sameNoise } from '../../../../src/engine/training/second-point';
import { buildTrainingGraph } from '../../../../src/engine/training/training-graph';
import { freshState, type TrainingState } from '../../../../src/engine/training/training-state';
import { goldenAbout, GoldenTensors, goldenJson, goldenPath, hasGolden, rows } from '../../../support/golden';

const MODEL = 'pipeline/unet';
const IO = 'lcf/lcf_io.safetensors';

interface Reference {
  readonly loss: readonly number[];
  readonly grad_norm: readonly number[];
}
/** The runs by name, and k, the timesteps between the two points of a pair. */
const RUNS = (hasGolden ? goldenJson('lcf/lcf.json') : { k: 0 }) as { readonly k: number } & Record<string, Reference>;

/** A setting of the reference run, from what the manifest says about it: "LoRA rank 4, alpha 4.0, AdamW lr 0.001 …". */
function told(name: string): number {
  return Number(new RegExp(`${name} ([\\d.]*\\d)`).exec(goldenAbout(IO))?.[1]);
}
const RANK = told('rank');
const ALPHA = told('alpha');
const LEARNING_RATE = told('lr');
const AVERAGE_RATE = told('EMA rate');

interface Variant {
  readonly name: string;
  readonly distance: Distance;
  readonly clip: number;
  readonly zeroB: boolean;
}
const L2: Distance = { kind: 'l2' };
/** The c that one of the runs has in its name; the others share it. */
const HUBER: Distance = {
  kind: 'huber',
  c: Number(/huber_c([\d.]+)/.exec(Object.keys(RUNS).join(' '))?.[1] ?? 0.001),
};
const VARIANTS: readonly Variant[] = Object.entries(RUNS)
  .filter(([, run]) => typeof run === 'object' && 'grad_norm' in run)
  .map(([name]) => ({
    name,
    distance: name.includes('huber') ? HUBER : L2,
    clip: Number(/clip([\d.]+)/.exec(name)?.[1] ?? Infinity),
    zeroB: name.includes('zero_B'),
  }));

describe.skipIf(!hasGolden)('golden consistency training (FOURSTEP_GOLDEN, lcf)', () => {
  let io: GoldenTensors;
  let schedule: NoiseSchedule;
  let denoiser: DenoiserDesign;
  let weights: WeightSource;
  let target: Session;
  const online = new Map<string, Session>();

  beforeAll(async () => {
    io = await GoldenTensors.read(IO);
    const scheduler = goldenJson('pipeline/scheduler/scheduler_config.json');
    schedule = new NoiseSchedule(parseSchedulerConfig(scheduler, 'scheduler_config.json', 'LCMScheduler'));
    denoiser = unetDenoiser(parseUNetConfig(goldenJson(`${MODEL}/config.json`), MODEL), 'unet');
    weights = await openWeights(goldenPath(`${MODEL}/diffusion_pytorch_model.safetensors`));
    target = await session(denoiser.graph(weights, { form: CPU_FORM, lora: layers() }));
    online.set('l2', await session(trainingGraph(L2, {})));
    online.set('huber', await session(trainingGraph(HUBER, { backward: 'small', recompute: 'attention' })));
  }, 60_000);
  afterAll(async () => {
    for (const one of [target, ...online.values()]) await one.release();
  });

  const layers = (): ReturnType<typeof targetLayers> =>
    targetLayers(weights, { rank: RANK, alpha: ALPHA, targets: ['attention'], blocks: LORA_BLOCK_NAMES });
  const session = (graph: Graph): Promise<Session> => createSession(graph, { device: 'cpu', profile: 'mapped' });
  const trainingGraph = (distance: Distance, form: Partial<GraphForm>): Graph => {
    const [, batch = 1, , height = 1, width = 1] = io.float('z').shape;
    const tokens = io.float('context').shape[2] ?? 1;
    const sizes = { batch, height, width, tokens };
    return buildTrainingGraph({ denoiser, weights, lora: layers(), sizes, distance, form: { ...CPU_FORM, ...form } });
  };
  const parts = (distance: Distance): StepParts => ({
    schedule,
    online: new OnlineNetwork(denoiser, schedule, online.get(distance.kind) ?? target, 'picture'),
    target: new TargetNetwork(denoiser, schedule, target),
    secondPoint: sameNoise(schedule),
  });

  async function initialState(zeroB: boolean): Promise<TrainingState> {
    const init = await GoldenTensors.read('lcf/lora_init.safetensors');
    return freshState(
      new Map(
        init.names.map((name) => {
          const tensor = init.float(name);
          const data = zeroB && name.includes('lora_B') ? new Float32Array(tensor.data.length) : tensor.data;
          return [name.replace(/^unet\./, ''), { ...tensor, data }];
        }),
      ),
    );
  }

  function drawOf(step: number): Draw {
    const at = (name: string): Float32Array => rows(io.float(name), step, 1).data;
    const batch = io.float('z').shape[1] ?? 1;
    const pairs = timePairs(schedule, RUNS.k);
    return {
      pairs: io
        .integers('index')
        .slice(step * batch, (step + 1) * batch)
        .map((index) => pairs[index] ?? { start: NaN, end: NaN }),
      omegas: [...at('omega')],
      latents: float32(at('z'), latentShape()),
      noise: at('noise'),
      conditioning: {
        context: float32(at('context'), io.float('context').shape.slice(1)),
        guidance: float32(at('w_embedding'), io.float('w_embedding').shape.slice(1)),
      },
    };
  }
  /** One item of a draw as a draw of its own; only what a solver reads. */
  function itemOf(draw: Draw, item: number): Draw {
    return {
      ...draw,
      pairs: draw.pairs.slice(item, item + 1),
      omegas: draw.omegas.slice(item, item + 1),
      conditioning: { context: rows(draw.conditioning['context']!, item, 1) },
    };
  }
  const latentShape = (): number[] => [...io.float('z').shape.slice(1)];

  it('pairs time points on the grid of the skipping step', () => {
    const pairs = timePairs(schedule, RUNS.k);
    expect(pairs.length).toBe(Math.floor(schedule.betas.length / RUNS.k));
    const chosen = io.integers('index').map((index) => pairs[index]);
    expect(chosen.map((pair) => pair?.start)).toEqual(io.integers('t_start'));
    expect(chosen.map((pair) => pair?.end)).toEqual(io.integers('t_end'));
  });

  it('gives the first step’s prediction, target and gradients', async () => {
    const state = await initialState(false);
    const result = await evaluateBatch(parts(L2), state, drawOf(0));
    expect(result.prediction.data).toBeAllclose(io.float('step1.pred').data, io.tolerance('step1.pred'));
    expect(result.target.data).toBeAllclose(io.float('step1.target').data, io.tolerance('step1.target'));
    const gradients = io.names.filter((name) => /^(step1\.)?grad\./.test(name));
    for (const name of gradients) {
      const got = result.gradients.get(name.replace(/^(step1\.)?grad\./, ''));
      expect(got, name).toBeAllclose(io.float(name).data, io.tolerance(name));
    }
  });

  it.each(VARIANTS)('steps like the reference: $name', async ({ name, distance, clip, zeroB }) => {
    const reference = RUNS[name];
    const [steps = 0] = io.float('z').shape;
    const state = await initialState(zeroB);
    const settings = {
      ...ADAMW_DEFAULTS,
      learningRate: LEARNING_RATE,
      averageRate: AVERAGE_RATE,
      clip,
    };
    for (let step = 0; step < steps; step++) {
      const { loss, gradientNorm } = await optimizerStep(parts(distance), state, [drawOf(step)], settings);
      const allowed = step === 0 ? 1e-5 : 1e-4;
      expect(Math.abs(loss / (reference?.loss[step] ?? NaN) - 1)).toBeLessThan(allowed);
      expect(Math.abs(gradientNorm / (reference?.grad_norm[step] ?? NaN) - 1)).toBeLessThan(1e-3);
      if (name === 'main' && (step === 0 || step === steps - 1)) expectWeights(state, step + 1);
    }
  });

  /** AdamW turns a gradient near zero into a whole step, so single elements may differ (README of the set). */
  function expectWeights(state: TrainingState, step: number): void {
    const differences: number[] = [];
    for (const which of ['', '.ema'] as const) {
      const prefix = `after${step}${which}.`;
      for (const name of io.names.filter((one) => one.startsWith(prefix) && !(which === '' && one.includes('.ema.')))) {
        const matrix = state.matrices.get(name.slice(prefix.length));
        const got = which === '' ? matrix?.value : matrix?.average;
        io.float(name).data.forEach((value, i) =>
          differences.push(Math.abs((got?.[i] ?? NaN) - value) / LEARNING_RATE),
        );
      }
    }
    expect(differences.length).toBeGreaterThan(10_000);
    differences.sort((a, b) => a - b);
    expect(differences[Math.floor(differences.length * 0.999)]).toBeLessThan(step === 1 ? 0.002 : 0.02);
    expect(differences.at(-1)).toBeLessThan(2 * step);
  }

  it('distils one step like the reference: guided DDIM of the teacher, prediction, target and both losses', async () => {
    const lcd = await GoldenTensors.read('lcf/lcd_io.safetensors');
    const design = unetDenoiser(parseUNetConfig(goldenJson('lcf/teacher/config.json'), 'lcf/teacher'), 'unet');
    const teacherWeights = await openWeights(goldenPath('lcf/teacher/diffusion_pytorch_model.safetensors'));
    const teacher = await session(design.graph(teacherWeights, { form: CPU_FORM }));
    // The reference has another "empty" prompt for every item.
    const solve = async (item: number): Promise<Tensor<'float32'>> => {
      const unconditional = { context: rows(lcd.float('uncond_context'), item, 1) };
      const step = ddimStep({ design, schedule, session: teacher, unconditional });
      return step(itemOf(draw, item), rows(lcd.float('z_t_nk'), item, 1));
    };
    const draw = drawOf(0);
    const solved = await Promise.all(draw.pairs.map((_, item) => solve(item)));
    const previous = Float32Array.from(solved.flatMap(({ data }) => [...data]));
    expect(previous).toBeAllclose(lcd.float('x_prev').data, lcd.tolerance('x_prev'));
    const secondPoint = (): Promise<Tensor<'float32'>> => Promise.resolve(float32(previous, latentShape()));

    const state = await initialState(false);
    for (const matrix of state.matrices.values()) {
      matrix.value.fill(0);
      matrix.average.fill(0);
    }
    for (const [distance, loss] of [
      [L2, 'loss_l2'],
      [HUBER, 'loss_huber'],
    ] as const) {
      const result = await evaluateBatch({ ...parts(distance), secondPoint }, state, draw);
      expect(result.prediction.data).toBeAllclose(lcd.float('pred').data, lcd.tolerance('pred'));
      expect(result.target.data).toBeAllclose(lcd.float('target').data, lcd.tolerance('target'));
      expect([result.loss]).toBeAllclose(lcd.float(loss).data, lcd.tolerance(loss));
    }
    await teacher.release();
  });
});
