/** What a model is called: `org/name`, `org/name/file.safetensors`, or a plain name of an imported one; each may carry `@revision`. */
import { UserError } from '../domain/errors';

export interface ModelName {
  /** Without the revision. */
  readonly name: string;
  /** `org/name`; absent for a plain name. */
  readonly repo?: string;
  /** One file of the repository, with forward slashes. */
  readonly file?: string;
  /** A branch, a tag or a commit. */
  readonly revision?: string;
}

/** As the hub allows them in names of repositories; never "." or "..", and "--" is what separates them in folder names. */
const PART = String.raw`(?!\.)[\w.-]{1,96}(?<!\.)`;
const NAME = new RegExp(`^${PART}(?:/${PART}){0,7}$`);
const REVISION = /^(?!.*\.\.)[\w.][\w./-]{0,127}$/;

/** undefined for what cannot be the name of a model, such as a path. */
export function parseModelName(text: string): ModelName | undefined {
  const at = text.indexOf('@');
  const name = at < 0 ? text : text.slice(0, at);
  const revision = at < 0 ? undefined : text.slice(at + 1);
  if (!NAME.test(name) || name.includes('--')) return undefined;
  if (revision !== undefined && !REVISION.test(revision)) return undefined;
  const [org, repo, ...file] = name.split('/');
  return {
    name,
    ...(org === undefined || repo === undefined ? {} : { repo: `${org}/${repo}` }),
    ...(file.length === 0 ? {} : { file: file.join('/') }),
    ...(revision === undefined ? {} : { revision }),
  };
}

/** Throws `bad-request`. */
export function checkedModelName(text: string): ModelName {
  const name = parseModelName(text);
  if (name !== undefined) return name;
  throw new UserError(
    'bad-request',
    `${JSON.stringify(text)} is no name of a model: expected org/name, org/name/file.safetensors or a plain name, and perhaps @revision.`,
  );
}

/** The folder of the store that a model of this name lies in. */
export function folderNameOf(name: string): string {
  return name.split('/').join('--');
}

/** Commits may be shortened, branches and tags not. */
export function isRevision(
  wanted: string,
  { revision, ref }: { readonly revision?: string; readonly ref?: string },
): boolean {
  if (wanted === revision || wanted === ref) return true;
  return /^[0-9a-f]{7,40}$/.test(wanted) && revision?.startsWith(wanted) === true;
}
