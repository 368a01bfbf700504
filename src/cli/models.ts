/** `fourstep models`: what is installed, and getting, checking and removing models. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { Option, type Command } from 'commander';
import type { PublishedModel } from '../catalog/published';
import type { GivenAccess, Precision, StoreProgress } from '../contract/store-api';
import { UserError } from '../domain/errors';
import {
  cleanedText,
  contentsText,
  foundText,
  importedText,
  installedText,
  planText,
  removedText,
  verifiedText,
} from './models-report';
import type { GlobalOptions, Session } from './session';
import { bytesText } from './values';

export interface Outcome {
  readonly result: object;
  readonly text: string;
  readonly failed?: boolean;
}

type Run = (options: GlobalOptions, work: (session: Session) => Promise<Outcome>) => Promise<void>;

interface InstallOptions extends GlobalOptions {
  readonly half: boolean;
  readonly acceptLicense: boolean;
  readonly dryRun: boolean;
}

interface ImportOptions extends GlobalOptions {
  readonly name?: string;
  readonly copy: boolean;
}

/** The terminal says nothing of its own: all comes from the environment. */
const FROM_ENVIRONMENT: GivenAccess = { offline: false };
const MOST_FOUND = 20;

export function addModels(program: Command, common: (command: Command) => Command, run: Run): void {
  const models = common(program.command('models'))
    .enablePositionalOptions()
    .description('models on this machine, and how to get more')
    .action((options: GlobalOptions) => run(options, list));
  const add = (usage: string, what: string): Command => common(models.command(usage)).description(what);
  add('list', 'what is installed, what can be installed, and what it takes on the disk').action(
    (options: GlobalOptions) => run(options, list),
  );
  add('search <words...>', 'models at the hub').action((words: string[], options: GlobalOptions) =>
    run(options, (session) => search(session, words.join(' '))),
  );
  add(
    'install <model>',
    'get a model of the list, or org/name, or org/name/file.safetensors, each with @revision if wanted',
  )
    .addOption(new Option('--half', 'half precision where there is a choice: half the size').default(false))
    .option('--accept-license', 'you have read the licence of a gated model and accept it', false)
    .option('--dry-run', 'only say what would be fetched', false)
    .action((name: string, options: InstallOptions) => run(options, (session) => install(session, name, options)));
  add('import <path>', 'take up a model folder or a .safetensors file of this machine; it is used where it lies')
    .option('--name <name>', "what it is called (default: the file's or folder's own name)")
    .option('--copy', 'copy it into the store', false)
    .action((given: string, options: ImportOptions) => run(options, (session) => importOne(session, given, options)));
  add('verify <model>', 'read every file again and compare it with what was installed').action(
    (name: string, options: GlobalOptions) => run(options, (session) => verify(session, name)),
  );
  add('remove <model>', 'remove a model; what was imported or cached elsewhere stays where it lies').action(
    (name: string, options: GlobalOptions) => run(options, (session) => remove(session, name)),
  );
  add('clean', 'remove the float32 copies of models; they are made again when needed')
    .option('--unfinished', 'also what interrupted downloads would go on from', false)
    .action((options: GlobalOptions & { readonly unfinished: boolean }) =>
      run(options, async ({ store, signal }) => {
        const result = await store.request('modelsClean', { unfinished: options.unfinished }, { signal });
        return { result, text: cleanedText(result) };
      }),
    );
}

async function list({ store, signal, catalog }: Session): Promise<Outcome> {
  const { models, published } = await catalog();
  const contents = await store.request('modelsList', {}, { signal });
  const builtIn = models.map(({ id }) => id);
  return { result: { builtIn, ...contents, published }, text: contentsText(builtIn, contents, published) };
}

async function search({ store, signal }: Session, query: string): Promise<Outcome> {
  const asked = { access: FROM_ENVIRONMENT, query, most: MOST_FOUND };
  const result = await store.request('modelsSearch', asked, { signal });
  return { result, text: foundText(result) };
}

/** Asked for by its list's id, a model is kept by the name that the hub has for it. */
async function hubName({ catalog }: Session, name: string): Promise<string> {
  return (await catalog()).published.find(({ id }: PublishedModel) => id === name)?.name ?? name;
}

async function install(session: Session, given: string, options: InstallOptions): Promise<Outcome> {
  const { store, signal, terminal } = session;
  const precision: Precision = options.half ? 'half' : 'full';
  const wanted = { access: FROM_ENVIRONMENT, name: given, precision };
  const plan = await store.request('modelPlan', wanted, { signal });
  if (options.dryRun) return { result: plan, text: planText(plan) };
  terminal.say(planText(plan));
  if (plan.gated && !options.acceptLicense) {
    throw new UserError(
      'bad-request',
      `${plan.name} is given only to those who accept its licence. Read and accept it on ${plan.licenseUrl}, then install with --accept-license.`,
    );
  }
  const jobId = randomUUID();
  const result = await store.request(
    'modelInstall',
    { jobId, ...wanted, accepted: options.acceptLicense },
    { signal, onProgress: showing(session, plan.name) },
  );
  return { result, text: installedText(result) };
}

async function importOne(session: Session, given: string, { name, copy }: ImportOptions): Promise<Outcome> {
  const wish = { jobId: randomUUID(), path: path.resolve(given), copy, ...(name === undefined ? {} : { name }) };
  const { store, signal } = session;
  const result = await store.request('modelImport', wish, { signal, onProgress: showing(session, given) });
  return { result, text: importedText(result) };
}

async function verify(session: Session, given: string): Promise<Outcome> {
  const { store, signal } = session;
  const name = await hubName(session, given);
  const options = { signal, onProgress: showing(session, name) };
  const result = await store.request('modelVerify', { jobId: randomUUID(), name }, options);
  return { result, text: verifiedText(result), failed: result.problems.length > 0 };
}

async function remove(session: Session, given: string): Promise<Outcome> {
  const name = await hubName(session, given);
  const result = await session.store.request('modelRemove', { name }, { signal: session.signal });
  return { result: { name, ...result }, text: removedText(name, result) };
}

function showing({ status, signal }: Session, name: string): (progress: StoreProgress) => void {
  return (progress) => {
    if (!signal.aborted) status.show(`${name}: ${phaseText(progress)}`, detailText(progress));
  };
}

function phaseText({ phase, wait, reason = '' }: StoreProgress): string {
  if (phase === 'waiting') return `${reason}; trying again in ${wait ?? 0} s`;
  return { asking: 'asking the hub', downloading: 'downloading', checking: 'checking' }[phase];
}

function detailText({ done, total, file }: StoreProgress): string {
  if (total === 0) return '';
  const share = Math.floor((100 * done) / total);
  return `, ${share} % of ${bytesText(total)}${file === undefined ? '' : ` (${file})`}`;
}
