/** PEFT's alpha_pattern: values for single layers, by the end of their names (peft.utils.get_pattern_key). */
import { UserError } from '../../domain/errors';
import { quote } from '../../files/json-text';

/**
 * The value of the first pattern that is the layer's name or the end of it; "^" in front asks for the whole name. PEFT reads patterns as
 * regular expressions; those of strangers are not run here: one that is more than a name is refused as `unsupported`.
 */
export function patternValue(
  patterns: readonly (readonly [pattern: string, value: number])[],
  layer: string,
  origin: string,
): number | undefined {
  for (const [pattern, value] of patterns) {
    const [, anchor = '', name] = /^(\^?)((?:[\w-]|\\?\.)+)\$?$/.exec(pattern) ?? [];
    if (name === undefined) {
      throw new UserError(
        'unsupported',
        `${origin}: "alpha_pattern" has the expression ${quote(pattern)}; Fourstep reads names of layers only.`,
      );
    }
    const plain = name.replaceAll('\\', '');
    if (layer === plain || (anchor === '' && layer.endsWith(`.${plain}`))) return value;
  }
  return undefined;
}
