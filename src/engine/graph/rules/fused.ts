/** Fused operators of the com.microsoft domain. */
import type { Shape } from '../value';
import { matrixProduct, transposed } from './linear';
import { dimAt, expectRank, sameDtype, type Rule, type RuleCall, type RuleFamily } from './rule';

/** query [batch, length, heads * size], key [batch, context, heads * size], value [batch, context, width] */
const multiHeadAttention: Rule<'MultiHeadAttention'> = (call) => {
  const query = expectRank(call, 0, 3);
  const key = expectRank(call, 1, 3);
  const value = expectRank(call, 2, 3);
  const hidden = dimAt(call, query, 2);
  if (key[2] !== hidden) call.fail('query and key differ in width');
  if (query[0] !== key[0] || query[0] !== value[0]) call.fail('query, key and value differ in batch');
  if (key[1] !== value[1]) call.fail('key and value differ in length');
  checkHeads(call, query);
  const dtype = sameDtype(call, call.at(0), call.at(1), call.at(2));
  return [{ dtype, shape: [dimAt(call, query, 0), dimAt(call, query, 1), dimAt(call, value, 2)] }];
};

function checkHeads(call: RuleCall<'MultiHeadAttention'>, query: Shape): void {
  const hidden = query[2];
  const heads = call.attributes.num_heads;
  if (typeof hidden === 'number' && hidden % heads !== 0) call.fail(`${hidden} does not divide into ${heads} heads`);
}

export const fusedRules: RuleFamily<'MultiHeadAttention' | 'FusedMatMul'> = {
  MultiHeadAttention: multiHeadAttention,
  FusedMatMul: (call) => {
    const { transA, transB } = call.attributes;
    const a = transposed(call.at(0).shape, transA);
    const b = transposed(call.at(1).shape, transB);
    return [{ dtype: sameDtype(call, call.at(0), call.at(1)), shape: matrixProduct(call, a, b) }];
  },
};
