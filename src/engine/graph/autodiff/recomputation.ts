/**
 * Forward values on the way back. Values outside all segments are kept; values inside a segment are made again from
 * the segment's inputs when its backward pass begins, so that they need memory only there (arXiv 1604.06174).
 */
import type { Segment } from '../value';
import type { GraphBuilder, Node, Value } from '../graph';
import { Add, Mul, ReduceMax } from '../ops/index';

interface Remade {
  /** Zero, known only when the backward pass has come to this segment. */
  readonly zero: Value;
  readonly values: Map<string, Value>;
  readonly tied: Map<string, Value>;
}

export class Recomputation {
  readonly #segments = new Map<Segment, Remade>();

  constructor(private readonly g: GraphBuilder) {}

  /** Called with a gradient inside `segment`, before anything of it is asked for. */
  enter(segment: Segment | undefined, gradient: Value): void {
    for (let at = segment; at !== undefined; at = at.parent) {
      if (this.#segments.has(at)) continue;
      const largest = ReduceMax(this.g, gradient, undefined, { keepdims: 0 }, `${gradient.name}.arrived`);
      const zero = Mul(this.g, largest, 0, `${gradient.name}.zero`);
      this.#segments.set(at, { zero, values: new Map(), tied: new Map() });
    }
  }

  /** The value as code that runs within `at` has to take it. */
  resolve(value: Value, at: Segment | undefined): Value {
    const producer = this.g.producerOf(value);
    if (producer === undefined) return value;
    const home = common(this.g.segmentOf(producer), at);
    return home === undefined ? value : this.#remake(value, producer, home);
  }

  #remake(value: Value, producer: Node, home: Segment): Value {
    const remade = this.#segments.get(home);
    if (remade === undefined) throw new Error(`${value.name} is asked for before its segment is entered`);
    const known = remade.values.get(value.name);
    if (known !== undefined) return known;
    const inputs = producer.inputs.map((input) => input && this.#inputFor(input, home, remade));
    const outputs = this.g.inSegment(home, () =>
      this.g.emit(producer.op, inputs, producer.attributes, `${producer.name}.again`),
    );
    producer.outputs.forEach((output, index) => {
      const again = outputs[index];
      if (again !== undefined) remade.values.set(output.name, again);
    });
    return this.#remake(value, producer, home);
  }

  #inputFor(input: Value, home: Segment, remade: Remade): Value {
    const resolved = this.resolve(input, home);
    const comesFromOutside = !remade.values.has(input.name) && this.g.producerOf(input) !== undefined;
    return comesFromOutside && input.dtype === 'float32' ? this.#tied(resolved, remade) : resolved;
  }

  /**
   * The value plus a zero that comes with the gradient. Without it ONNX Runtime would find that the second making
   * equals the first and keep that, or start it long before it is needed.
   */
  #tied(value: Value, remade: Remade): Value {
    const known = remade.tied.get(value.name);
    if (known !== undefined) return known;
    const tied = Add(this.g, value, remade.zero, `${value.name}.tied`);
    remade.tied.set(value.name, tied);
    return tied;
  }
}

/** The innermost segment that holds both. */
function common(a: Segment | undefined, b: Segment | undefined): Segment | undefined {
  const around = new Set<Segment>();
  for (let at = a; at !== undefined; at = at.parent) around.add(at);
  let at = b;
  while (at !== undefined && !around.has(at)) at = at.parent;
  return at;
}
