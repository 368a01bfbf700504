/** Validates the tensors fed to a session: ONNX Runtime ignores misspelt names without a word. */
import { sizeOf, type Tensor } from '../tensors/tensor';
import { evaluate, shapeText, symbolsOf } from '../graph/dims';
import type { Graph, Value } from '../graph/graph';

/**
 * Throws an Error naming the graph and the input unless `feeds` holds exactly the inputs, with their dtypes, with as
 * many elements as their shapes say, and with one size for every symbol.
 */
export function checkFeeds(graph: Graph, feeds: Readonly<Record<string, Tensor>>): void {
  const fail = (problem: string): never => {
    throw new Error(`Graph '${graph.name}': ${problem}`);
  };
  const names = graph.inputs.map(({ name }) => name);
  const unknown = Object.keys(feeds).find((name) => !names.includes(name));
  if (unknown !== undefined) fail(`there is no input '${unknown}'; the inputs are ${names.join(', ')}`);
  const symbols = new Map<string, number>();
  for (const input of graph.inputs) bindSymbols(input, feeds[input.name], symbols);
  for (const input of graph.inputs) {
    const problem = problemOf(input, feeds[input.name], symbols);
    if (problem !== undefined) fail(`input '${input.name}' ${problem}`);
  }
}

/** The first size seen for a symbol is its size; an expression ('2*length') binds nothing. */
function bindSymbols(input: Value, tensor: Tensor | undefined, symbols: Map<string, number>): void {
  input.shape.forEach((dim, axis) => {
    const size = tensor?.shape[axis];
    if (size === undefined || typeof dim === 'number' || symbols.has(dim)) return;
    if (symbolsOf(dim)[0] === dim) symbols.set(dim, size);
  });
}

function problemOf(input: Value, tensor: Tensor | undefined, symbols: ReadonlyMap<string, number>): string | undefined {
  if (tensor === undefined) return 'is missing';
  if (tensor.dtype !== input.dtype) return `must be ${input.dtype}, not ${tensor.dtype}`;
  const sizes = input.shape.map((dim) => evaluate(dim, symbols));
  const fits = tensor.shape.length === sizes.length && tensor.shape.every((size, axis) => size === sizes[axis]);
  if (!fits) {
    const bound = [...symbols].map(([symbol, size]) => ` ${symbol}=${size}`).join('');
    return `must be ${shapeText(input.shape)}${bound && ` with${bound}`}, not ${shapeText(tensor.shape)}`;
  }
  const expected = sizeOf(tensor.shape);
  return tensor.data.length === expected ? undefined : `needs ${expected} elements, it has ${tensor.data.length}`;
}
