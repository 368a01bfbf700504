/** A graph as text, one line a value, the same for the same graph: for golden files and bug reports. */
import { shapeText } from './dims';
import type { Graph, Initializer, Node, Value } from './graph';

/** Longer constants are shown by their first elements. */
const SHOWN_ELEMENTS = 8;

export function printGraph(graph: Graph): string {
  const lines = [
    `graph ${graph.name}`,
    ...graph.inputs.map((value) => `  input ${typed(value)}`),
    ...graph.initializers.map((initializer) => `  ${printInitializer(initializer)}`),
    ...graph.nodes.map((node) => `  ${printNode(node)}`),
    ...graph.outputs.map((value) => `  output ${typed(value)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function typed({ name, dtype, shape }: Value): string {
  return `${name}: ${dtype}${shapeText(shape)}`;
}

function printInitializer(initializer: Initializer): string {
  if (initializer.kind === 'inline') {
    const { data } = initializer.tensor;
    const shown = Array.from(data.subarray(0, SHOWN_ELEMENTS), String);
    if (data.length > shown.length) shown.push('…');
    return `constant ${typed(initializer.value)} = ${shown.join(' ')}`;
  }
  const { file, offset } = initializer.source;
  return `weight ${typed(initializer.value)} = ${file.split(/[\\/]/).at(-1) ?? file} at ${offset}`;
}

function printNode(node: Node): string {
  const inputs = node.inputs.map((value) => value?.name ?? '_').join(', ');
  const attributes = Object.entries(node.attributes)
    .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
    .sort()
    .join('');
  return `${node.outputs.map(typed).join(', ')} = ${node.op}(${inputs})${attributes}`;
}
