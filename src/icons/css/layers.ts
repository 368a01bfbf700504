/** Cascade layers: earlier ones are weaker, and rules outside every layer are the strongest. CSS Cascade 5, section 6.4. */

/** Place among the layers; compared part by part. */
export type LayerPlace = readonly number[];

const OUTSIDE: LayerPlace = [Infinity];

export class Layers {
  readonly #order = new Map<string, number>();
  #anonymous = 0;

  /** The full name of a layer inside another, known from now on. */
  named(outer: string, name: string | undefined): string {
    const parts = (name ?? `(${++this.#anonymous})`).split('.');
    let full = outer;
    for (const part of parts) {
      full = full === '' ? part : `${full}.${part}`;
      if (!this.#order.has(full)) this.#order.set(full, this.#order.size);
    }
    return full;
  }

  place(full: string): LayerPlace {
    if (full === '') return OUTSIDE;
    const parts = full.split('.');
    const places = parts.map((_, index) => this.#order.get(parts.slice(0, index + 1).join('.')) ?? 0);
    return [...places, Infinity];
  }
}

/** Negative when the first is weaker. */
export function compareLayers(a: LayerPlace, b: LayerPlace): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x = 0, y = 0] = [a[i], b[i]];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
