/**
 * Arithmetic on dimensions that may be symbolic. A symbolic size is a polynomial with integer coefficients over
 * symbols and rounded quotients, spelled canonically ('2*height', 'height*width', 'ceil(height/2)'), so that two
 * sizes are equal exactly when their spellings are.
 */
import type { Dim, Shape } from './value';

/** coefficient x the product of the atoms; an atom is a symbol or a rounded quotient in canonical spelling. */
export interface Term {
  readonly coefficient: number;
  readonly atoms: readonly string[];
}
type Polynomial = readonly Term[];

export function sum(...dims: readonly Dim[]): Dim {
  return spell(dims.flatMap(terms));
}

export function difference(a: Dim, b: Dim): Dim {
  return spell([...terms(a), ...scale(terms(b), -1)]);
}

export function product(...dims: readonly Dim[]): Dim {
  return spell(dims.map(terms).reduce<Polynomial>(multiply, [{ coefficient: 1, atoms: [] }]));
}

/** a / b where that is exact for every value of the symbols, else undefined. */
export function quotient(a: Dim, b: Dim): Dim | undefined {
  if (a === b) return 1;
  const [divisor, ...more] = terms(b);
  if (divisor === undefined || more.length > 0) return undefined;
  const parts: Term[] = [];
  for (const term of terms(a)) {
    const part = divideTerm(term, divisor);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return spell(parts);
}

export function floorDiv(a: Dim, divisor: number): Dim {
  return spell(floorOf(terms(a), divisor));
}

export function ceilDiv(a: Dim, divisor: number): Dim {
  return floorDiv(sum(a, divisor - 1), divisor);
}

/** Window of a convolution or pooling along one axis. */
export interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Begin plus end. */
  readonly padding: number;
}

/** Output size of a convolution along one axis: floor((size + padding - dilation (kernel - 1) - 1) / stride) + 1. */
export function convolved(size: Dim, window: Window): Dim {
  const reach = window.padding - window.dilation * (window.kernel - 1) - 1;
  return sum(floorDiv(sum(size, reach), window.stride), 1);
}

/** The common shape of element-by-element operands, or undefined when two sizes are not known to be compatible. */
export function broadcast(...shapes: readonly Shape[]): Shape | undefined {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const result: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const sizes = new Set(shapes.map((shape) => shape[axis - rank + shape.length] ?? 1));
    sizes.delete(1);
    if (sizes.size > 1) return undefined;
    result.push([...sizes][0] ?? 1);
  }
  return result;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** Number of elements. */
export function elements(shape: Shape): Dim {
  return product(...shape);
}

/** 'float32[batch, 4, height, width]' without the dtype: '[batch, 4, height, width]'. */
export function shapeText(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** The symbols a dimension depends on. */
export function symbolsOf(dim: Dim): string[] {
  if (typeof dim === 'number') return [];
  const symbols = dim.match(/[A-Za-z_]\w*/g) ?? [];
  return [...new Set(symbols)].filter((name) => name !== 'ceil' && name !== 'floor');
}

/** The size once the symbols are known, or undefined when one is missing. */
export function evaluate(dim: Dim, symbols: ReadonlyMap<string, number>): number | undefined {
  if (typeof dim === 'number') return dim;
  let total = 0;
  for (const { coefficient, atoms } of terms(dim)) {
    let value = coefficient;
    for (const atom of atoms) {
      const factor = evaluateAtom(atom, symbols);
      if (factor === undefined) return undefined;
      value *= factor;
    }
    total += value;
  }
  return total;
}

function evaluateAtom(atom: string, symbols: ReadonlyMap<string, number>): number | undefined {
  const rounded = quotientAtom(atom);
  if (rounded === undefined) return symbols.get(atom);
  const numerator = evaluate(spell(rounded.numerator), symbols);
  return numerator === undefined ? undefined : Math.floor(numerator / rounded.divisor);
}

/** The summands of a dimension, like terms collected. */
export function terms(dim: Dim): Polynomial {
  return typeof dim === 'number' ? [{ coefficient: dim, atoms: [] }] : new DimParser(dim).parse();
}

/** The canonical spelling of a polynomial: highest degree first, then alphabetically, the constant last. */
function spell(polynomial: Polynomial): Dim {
  const collected = collect(polynomial);
  const last = collected.at(-1);
  if (last === undefined) return 0;
  if (collected.length === 1 && last.atoms.length === 0) return last.coefficient;
  return collected.map((term, i) => spellTerm(term, i === 0)).join('');
}

function spellTerm({ coefficient, atoms }: Term, first: boolean): string {
  const magnitude = Math.abs(coefficient);
  const factors = magnitude === 1 && atoms.length > 0 ? atoms : [String(magnitude), ...atoms];
  const sign = coefficient < 0 ? '-' : first ? '' : '+';
  return sign + factors.join('*');
}

function collect(polynomial: Polynomial): Polynomial {
  const byKey = new Map<string, Term>();
  for (const { coefficient, atoms } of polynomial) {
    const sorted = [...atoms].sort();
    const key = sorted.join('*');
    byKey.set(key, { coefficient: coefficient + (byKey.get(key)?.coefficient ?? 0), atoms: sorted });
  }
  return [...byKey.entries()]
    .filter(([, term]) => term.coefficient !== 0)
    .sort(([a, x], [b, y]) => y.atoms.length - x.atoms.length || (a < b ? -1 : 1))
    .map(([, term]) => term);
}

function scale(polynomial: Polynomial, factor: number): Polynomial {
  return polynomial.map((term) => ({ ...term, coefficient: term.coefficient * factor }));
}

function multiply(a: Polynomial, b: Polynomial): Polynomial {
  return a.flatMap((x) =>
    b.map((y) => ({ coefficient: x.coefficient * y.coefficient, atoms: [...x.atoms, ...y.atoms] })),
  );
}

function divideTerm(term: Term, divisor: Term): Term | undefined {
  if (divisor.coefficient === 0 || term.coefficient % divisor.coefficient !== 0) return undefined;
  const atoms = [...term.atoms];
  for (const atom of divisor.atoms) {
    const at = atoms.indexOf(atom);
    if (at < 0) return undefined;
    atoms.splice(at, 1);
  }
  return { coefficient: term.coefficient / divisor.coefficient, atoms };
}

/** floor(polynomial / divisor): whole multiples come out, common factors cancel, nested roundings merge. */
function floorOf(polynomial: Polynomial, divisor: number): Polynomial {
  const collected = collect(polynomial);
  const whole = collected.map((term) => ({ ...term, coefficient: Math.floor(term.coefficient / divisor) }));
  const rest = collected.map((term, i) => ({
    ...term,
    coefficient: term.coefficient - divisor * (whole[i]?.coefficient ?? 0),
  }));
  const free = rest.filter((term) => term.atoms.length > 0 && term.coefficient > 0);
  const constant = rest.find((term) => term.atoms.length === 0)?.coefficient ?? 0;
  if (free.length === 0) return whole;
  const common = free.reduce((g, term) => gcd(g, term.coefficient), divisor);
  return [...whole, ...reducedFloor(scale(free, 1 / common), Math.floor(constant / common), divisor / common)];
}

function reducedFloor(free: Polynomial, constant: number, divisor: number): Polynomial {
  if (divisor === 1) return [...free, { coefficient: constant, atoms: [] }];
  const [only] = free;
  const nested = free.length === 1 && only?.coefficient === 1 && only.atoms.length === 1 ? only.atoms[0] : undefined;
  const inner = nested === undefined ? undefined : quotientAtom(nested);
  if (inner !== undefined) {
    // floor((floor(p / m) + c) / n) = floor((p + c m) / (m n))
    const shifted = [...inner.numerator, { coefficient: constant * inner.divisor, atoms: [] }];
    return floorOf(shifted, divisor * inner.divisor);
  }
  return [{ coefficient: 1, atoms: [spellQuotient(free, constant, divisor)] }];
}

function spellQuotient(free: Polynomial, constant: number, divisor: number): string {
  // floor((p + n - 1) / n) is ceil(p / n), the form people write.
  const up = constant === divisor - 1;
  const numerator = String(spell(up ? free : [...free, { coefficient: constant, atoms: [] }]));
  return `${up ? 'ceil' : 'floor'}(${/^\w+$/.test(numerator) ? numerator : `(${numerator})`}/${divisor})`;
}

/** Takes 'ceil(x/n)' or 'floor(x/n)' apart, both as floor; undefined for a plain symbol. */
function quotientAtom(atom: string): { numerator: Polynomial; divisor: number } | undefined {
  const match = /^(ceil|floor)\((.*)\/(\d+)\)$/.exec(atom);
  if (match === null) return undefined;
  const [, rounding, numerator = '', digits] = match;
  const divisor = Number(digits);
  const lift = { coefficient: rounding === 'ceil' ? divisor - 1 : 0, atoms: [] };
  return { numerator: [...new DimParser(numerator).parse(), lift], divisor };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Recursive descent over: sum of products of integers, symbols, (sum), ceil(x/n), floor(x/n). */
class DimParser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(readonly text: string) {
    this.#tokens = text.match(/\d+|[A-Za-z_]\w*|[-+*/()]/g) ?? [];
    if (this.#tokens.join('') !== text || text === '') throw new Error(`'${text}' is not a dimension`);
  }

  parse(): Polynomial {
    const result = this.#sum();
    if (this.#at < this.#tokens.length) throw new Error(`'${this.text}' is not a dimension`);
    return collect(result);
  }

  #sum(): Polynomial {
    const result = [...this.#product(this.#take('-') ? -1 : 1)];
    for (;;) {
      if (this.#take('+')) result.push(...this.#product(1));
      else if (this.#take('-')) result.push(...this.#product(-1));
      else return result;
    }
  }

  #product(sign: number): Polynomial {
    let result: Polynomial = scale(this.#factor(), sign);
    while (this.#take('*')) result = multiply(result, this.#factor());
    return result;
  }

  #factor(): Polynomial {
    const token = this.#tokens[this.#at++] ?? '';
    if (/^\d/.test(token)) return [{ coefficient: Number(token), atoms: [] }];
    if (token === '(') {
      const inner = this.#sum();
      this.#expect(')');
      return inner;
    }
    if (!/^\w/.test(token)) throw new Error(`'${this.text}' is not a dimension`);
    return (token === 'ceil' || token === 'floor') && this.#take('(')
      ? this.#rounded(token)
      : [{ coefficient: 1, atoms: [token] }];
  }

  #rounded(rounding: 'ceil' | 'floor'): Polynomial {
    const numerator = this.#factor();
    this.#expect('/');
    const divisor = Number(this.#tokens[this.#at++]);
    this.#expect(')');
    const lift = { coefficient: rounding === 'ceil' ? divisor - 1 : 0, atoms: [] };
    return floorOf([...numerator, lift], divisor);
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw new Error(`'${this.text}' is not a dimension`);
  }
}
