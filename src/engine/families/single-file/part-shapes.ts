/** The tensors of one network in a file that holds several, by names without the network's prefix. */
import type { WeightSource } from '../../checkpoints/weight-source';
import { viewOf } from '../../checkpoints/weight-view';

export function underPrefix(source: WeightSource, prefix: string): WeightSource {
  return viewOf(source, (tensor) =>
    tensor.name.startsWith(prefix) ? [{ ...tensor, name: tensor.name.slice(prefix.length) }] : [],
  );
}

/** What shapes tell about a network that came without its config. */
export class PartShapes {
  constructor(private readonly source: WeightSource) {}

  has(name: string): boolean {
    return this.source.tensors.has(name);
  }

  /** A dimension of a tensor; 0 where there is none, which the config's parser then refuses. */
  side(name: string, axis: number): number {
    return this.source.tensors.get(name)?.shape[axis] ?? 0;
  }

  dimensions(name: string): number {
    return this.source.tensors.get(name)?.shape.length ?? 0;
  }

  /** How many modules `<list>.0`, `<list>.1`, … there are: `probe` is a tensor that each has. */
  count(list: string, probe: string): number {
    let count = 0;
    while (this.has(`${list}.${count}.${probe}`)) count++;
    return count;
  }

  /** The first tensor whose name ends so. */
  ending(end: string): string | undefined {
    return [...this.source.tensors.keys()].find((name) => name.endsWith(end));
  }
}
