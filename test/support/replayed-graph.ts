/** A finished graph laid out again in a builder, so that more can be added to it. */
import { GraphBuilder, type Graph, type GraphForm, type Value } from '../../src/engine/graph/graph';

export interface Replayed {
  readonly g: GraphBuilder;
  readonly outputs: readonly Value[];
  readonly inputs: readonly Value[];
}

/** `open` names weights of the checkpoint that become inputs. */
export function replayed(graph: Graph, form: GraphForm, open: readonly string[] = []): Replayed {
  const g = new GraphBuilder(graph.name, form);
  const values = new Map<string, Value>();
  const inputs = graph.inputs.map(({ name, dtype, shape }) => {
    const value = g.input(name, dtype, shape);
    values.set(name, value);
    return value;
  });
  for (const initializer of graph.initializers) {
    const { name, dtype, shape } = initializer.value;
    if (initializer.kind === 'inline') values.set(name, g.constant(initializer.tensor, name));
    else values.set(name, open.includes(name) ? g.input(name, dtype, shape) : g.weight(initializer.source));
  }
  for (const node of graph.nodes) {
    const made = g.emit(
      node.op,
      node.inputs.map((input) => input && values.get(input.name)),
      node.attributes,
      node.name,
    );
    node.outputs.forEach(({ name }, index) => values.set(name, made[index]!));
  }
  return { g, inputs, outputs: graph.outputs.map(({ name }) => values.get(name)!) };
}
