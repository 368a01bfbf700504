import { describe, expect, expectTypeOf, it } from 'vitest';
import { RECIPE_VERSION, type Recipe as EngineRecipe } from '../../../../src/engine/image/recipe';
import { RECIPE_VERSION as PROTOCOL_VERSION, type Recipe as ProtocolRecipe } from '../../../../src/protocol/recipe';

describe('the recipe of the engine', () => {
  it('has the version and the shape of the one in the protocol', () => {
    expect(RECIPE_VERSION).toBe(PROTOCOL_VERSION);
    expectTypeOf<EngineRecipe>().toEqualTypeOf<ProtocolRecipe>();
  });
});
