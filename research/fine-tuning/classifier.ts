/**
 * Names what a picture shows. The judge of the model's own evaluation, which research/model/stages/classifier.py trains
 * and writes to research/judge: float16 weights with the batch norms folded in, and the concepts in order.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openSafetensors } from '../../src/engine/checkpoints/safetensors';
import { GraphBuilder, type Graph, type Value } from '../../src/engine/graph/graph';
import { Relu, Reshape } from '../../src/engine/graph/ops/index';
import { conv, linear } from '../../src/engine/networks/layers';
import { Module } from '../../src/engine/networks/module';
import { createSession, type Session } from '../../src/engine/runtime/session';
import { float32 } from '../../src/engine/tensors/tensor';
import type { RawImage } from '../../src/pictures/raw';

const FOLDER = path.resolve('research/judge');
const WIDTHS = [32, 64, 128, 256] as const;
const FEATURES = 128;
/** Height and width after the last of the four convolutions, of which the first keeps the size. */
const LAST_SIDE = 4;

/** What it names right of a set's real icons that it did not learn from. */
export interface Ceiling {
  readonly pictures: number;
  readonly recall_1: number;
  readonly recall_5: number;
}

interface Description {
  /** Pictures that it has learned from. */
  readonly seen: number;
  /** Side of the pictures that it sees, in pixels. */
  readonly size: number;
  readonly concepts: readonly string[];
  readonly ceilings: Readonly<Record<string, Ceiling>>;
}

export class ConceptClassifier {
  private constructor(
    private readonly session: Session,
    private readonly description: Description,
  ) {}

  static async open(): Promise<ConceptClassifier> {
    const description = JSON.parse(readFileSync(path.join(FOLDER, 'judge.json'), 'utf8')) as Description;
    const graph = await judgeGraph(description);
    return new ConceptClassifier(await createSession(graph, { device: 'cpu', profile: 'fast' }), description);
  }

  /** For the report: which judge this is. */
  get title(): string {
    const { seen, concepts } = this.description;
    return `the judge of ${concepts.length} concepts that has seen ${seen} pictures`;
  }

  /** By package, as iconify names it. Throws when the judge does not know the set. */
  ceilingOf(set: string): Ceiling {
    const ceiling = this.description.ceilings[set];
    if (ceiling === undefined) throw new Error(`The judge has no ceiling for ${set}`);
    return ceiling;
  }

  /** The `places` most probable concepts of every picture, the most probable first. */
  async named(images: readonly RawImage[], places: number): Promise<string[][]> {
    const { size, concepts } = this.description;
    const views = images.map((image) => overWhite(image, size));
    const sample = new Float32Array(views.length * 3 * size * size);
    views.forEach((view, i) => {
      sample.set(view, i * view.length);
    });
    const { scores } = await this.session.run({ sample: float32(sample, [views.length, 3, size, size]) });
    const values = scores!.data as Float32Array;
    return images.map((_, i) => {
      const row = values.subarray(i * concepts.length, (i + 1) * concepts.length);
      const order = [...row.keys()].sort((a, b) => row[b]! - row[a]!);
      return order.slice(0, places).map((place) => concepts[place]!);
    });
  }
}

/** Input `sample` float32 [batch, 3, size, size] in [0, 1]; output `scores` [batch, concepts]; as nets/classifier.py. */
async function judgeGraph({ size, concepts }: Description): Promise<Graph> {
  const weights = await openSafetensors(path.join(FOLDER, 'judge.safetensors'));
  const g = new GraphBuilder('judge');
  const m = new Module(g, weights);
  let hidden: Value = g.input('sample', 'float32', ['batch', 3, size, size]);
  WIDTHS.forEach((width, i) => {
    const layer = conv(m.at(`conv_${i}`), hidden, width, { kernel: 3, padding: 1, stride: i === 0 ? 1 : 2 });
    hidden = Relu(g, layer, `relu_${i}`);
  });
  const flat = Reshape(g, hidden, ['batch', WIDTHS[3] * LAST_SIDE * LAST_SIDE], 'flat');
  // The length of the features changes no order, so they are not normalised here.
  const features = linear(m.at('embed'), flat, FEATURES);
  g.output('scores', linear(m.at('classes'), features, concepts.length, { bias: false }));
  return g.finish();
}

/** Straight alpha of any whole multiple of `size` → what is seen over white, averaged, [3, size, size] in [0, 1]. */
function overWhite({ width, data }: RawImage, size: number): Float32Array {
  const step = width / size;
  const seen = new Float32Array(3 * size * size);
  for (let i = 0; i < width * width; i++) {
    const cell = Math.floor(Math.floor(i / width) / step) * size + Math.floor((i % width) / step);
    const alpha = data[4 * i + 3]! / 255;
    for (let c = 0; c < 3; c++)
      seen[c * size * size + cell]! += (1 - alpha + (alpha * data[4 * i + c]!) / 255) / (step * step);
  }
  return seen;
}
