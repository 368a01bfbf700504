/** What is declared about one element, after the cascade. */

export interface Declaration {
  readonly value: string;
  /** Declared by a presentation attribute, whose numbers need no unit. */
  readonly isAttribute: boolean;
}

/** By the property's name, custom properties included. */
export type Declarations = ReadonlyMap<string, Declaration>;

export const NOTHING_DECLARED: Declarations = new Map();
