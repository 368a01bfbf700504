/** What a page kept over a reload; a page is a browser, so it is checked like any other message. */
import * as v from 'valibot';
import type { RememberedTuning } from '../../contract/tune-page-api';

const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));
const schema = v.object({ folder: path, styleDir: v.optional(path) });

export function remembered(saved: unknown): RememberedTuning | undefined {
  const parsed = v.safeParse(schema, saved);
  if (!parsed.success) return undefined;
  const { folder, styleDir } = parsed.output;
  return styleDir === undefined ? { folder } : { folder, styleDir };
}
