/** Running a graph so that it also gives the outputs of inner modules, for finding the first wrong layer. */
import { expect } from 'vitest';
import type { Graph, Value } from '../../src/engine/graph/graph';
import { createSession } from '../../src/engine/runtime/session';
import type { Tensor } from '../../src/engine/tensors/tensor';
import type { GoldenTensors } from './golden';

/** A tapped value that became an output of the graph carries the output's name now and is checked as such. */
function stillMade(graph: Graph, taps: ReadonlyMap<string, Value>): Map<string, Value> {
  const made = new Set(graph.nodes.flatMap(({ outputs }) => outputs.map(({ name }) => name)));
  return new Map([...taps].filter(([, value]) => made.has(value.name)));
}

/** Compares every tapped module that the golden file names (under `prefix`) with its stored output. */
export async function expectTapsToMatch(
  { graph, taps, prefix = '' }: { graph: Graph; taps: ReadonlyMap<string, Value>; prefix?: string },
  golden: GoldenTensors,
  feeds: Record<string, Tensor>,
): Promise<void> {
  const made = stillMade(graph, taps);
  const names = golden.names.filter((name) => name.startsWith(prefix) && made.has(name));
  expect(names.length, 'modules that can be compared').toBeGreaterThan(
    golden.names.filter((name) => name.startsWith(prefix)).length / 2,
  );
  const outputs = [...new Map(names.map((name) => [made.get(name)?.name, made.get(name)!])).values()];
  const session = await createSession({ ...graph, outputs }, { device: 'cpu', profile: 'mapped' });
  const found = await session.run(feeds);
  await session.release();
  for (const name of names) {
    const data = found[made.get(name)?.name ?? '']?.data as Float32Array;
    expect(data, name).toBeAllclose(golden.float(name).data, golden.tolerance(name));
  }
}
