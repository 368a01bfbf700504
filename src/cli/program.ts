/** The command line's grammar: commands, options, help. */
import path from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { isCancelled, messageOf, UserError, type ErrorCode } from '../domain/errors';
import { VERSION } from '../domain/version';
import { resolveModel } from '../catalog/catalog';
import type { DeviceRequest } from '../domain/choices';
import { DRAWING } from '../contract/drawing-settings';
import { Console, type Terminal } from './console';
import { addDistillOptions, distill, type DistillOptions } from './distill';
import { generate, type GenerateOptions, type PromptResult } from './generate';
import { recipe, type RecipeOptions } from './picture';
import { addModels } from './models';
import { devicesText, generatedText, modelText, problemsOf, recipeText } from './report';
import { withSession, type GlobalOptions, type Session } from './session';
import { exportStyle, listStyles, stylesText, type ExportOptions } from './styles';
import { tune, type TuneOptions } from './tune';
import { addTuneOptions } from './tune-options';
import { endText, trainedText, tuneText } from './tune-report';
import { addSettings, optionOf } from './setting-options';
import { collected, size, weighted } from './values';

export const EXIT = { ok: 0, failure: 1, usage: 2, cancelled: 130 } as const;
type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Runs the arguments (without the program's own name) and returns the exit code; never throws. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const cli = new Cli(new Console(terminal));
  try {
    await cli.command().parseAsync(args, { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return cli.fail(error);
  }
}

/** The grammar alone. */
export function commandLine(terminal: Console): Command {
  return new Cli(terminal).command();
}

class Cli {
  exitCode: ExitCode = EXIT.ok;
  #json = false;
  /** With --json, what to print besides the error when a command fails half-way. */
  readonly #results: PromptResult[] = [];

  constructor(private readonly terminal: Console) {}

  command(): Command {
    const program = new Command('fourstep')
      .description('Makes pictures from text on this machine.')
      .version(VERSION)
      .showHelpAfterError('Try: fourstep --help')
      .exitOverride()
      // What follows a command's name is that command's: "styles export" has options that "styles" has too.
      .enablePositionalOptions()
      .configureOutput({
        writeOut: (text) => {
          this.terminal.print(text);
        },
        writeErr: (text) => {
          this.terminal.say(text);
        },
      });
    this.#addGenerate(program);
    this.#addDevices(program);
    this.#addInspect(program);
    this.#addRecipe(program);
    this.#addStyles(program);
    this.#addModels(program);
    this.#addTune(program);
    this.#addDistill(program);
    return program;
  }

  fail(error: unknown): ExitCode {
    const code: ErrorCode = isCancelled(error) ? 'cancelled' : error instanceof UserError ? error.code : 'internal';
    const message = code === 'internal' && error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
    if (this.#json) {
      this.terminal.printJson({
        ...(this.#results.length > 0 ? { results: this.#results } : {}),
        error: { code, message },
      });
    }
    if (code === 'cancelled') this.terminal.say('Stopped.\n');
    else this.terminal.fail(message);
    if (code === 'cancelled') return EXIT.cancelled;
    return code === 'bad-request' ? EXIT.usage : EXIT.failure;
  }

  #addGenerate(program: Command): void {
    const command = common(program.command('generate'))
      .description('make pictures for one or more prompts; prints their paths')
      .argument('[prompts...]', 'what the pictures show')
      .option('--from-file <list>', 'more prompts, one a line ("-" is standard input)');
    addSettings(command, DRAWING, { size })
      .option('--style <name[:weight[@start]]>', 'a style of this workspace; may be given several times', weighted, [])
      .option('--lora <file[:weight[@start]]>', 'a LoRA file (.safetensors); may be given several times', weighted, [])
      .option(
        '--embedding <file>',
        'a textual inversion (.safetensors) whose word the prompts may hold; may be given several times',
        collected,
        [],
      )
      .option('--init <picture>', 'start from this picture')
      .option('--like <folder>', 'draw in the style of the icons in this folder, with a model that follows pictures')
      .option('--out <folder>', 'where the files go; made when missing', '.')
      .action(async (prompts: string[], options: GenerateOptions & GlobalOptions) => {
        await this.#session(options, async (session) => {
          await generate(session, prompts, options, (result) => {
            this.#results.push(result);
            session.status.clear();
            for (const notice of result.notices) this.terminal.note(notice);
            if (!session.json) this.terminal.print(generatedText(result));
          });
          if (session.json) this.terminal.printJson({ results: this.#results });
        });
      });
  }

  #addDevices(program: Command): void {
    common(program.command('devices'))
      .description('what pictures can be computed on here, and why not on the rest')
      .addOption(optionOf(DRAWING.device))
      .action((options: GlobalOptions & { readonly device: DeviceRequest }) =>
        this.#session(options, async ({ client, signal }) => {
          const result = await client.request('devices', { device: options.device }, { signal });
          this.#show(result, devicesText(result));
        }),
      );
  }

  #addInspect(program: Command): void {
    common(program.command('inspect'))
      .description('what a model folder is, what is missing in it, and the memory it needs')
      .argument('<model>', 'model folder, or the name of a built-in or installed model')
      .action((model: string, options: GlobalOptions) =>
        this.#session(options, async ({ client, signal, catalog }) => {
          // What cannot be resolved is looked at all the same: the worker says what is wrong with it.
          const found = await resolveModel(await catalog(), model).catch(() => undefined);
          const modelPath = found?.folder ?? path.resolve(model);
          const report = await client.request('inspect', { modelPath }, { signal });
          this.#show(report, modelText(report));
          if (problemsOf(report).length > 0) this.exitCode = EXIT.failure;
        }),
      );
  }

  #addRecipe(program: Command): void {
    common(program.command('recipe'))
      .description('the recipe stored in a picture')
      .argument('<image>', 'a picture that Fourstep made')
      .option('--rebuild', 'make the picture again and say whether it is identical, near or different', false)
      .option('--model <id or folder>', 'where the model is (default: the built-in one of that name)')
      .option('--lora <file>', 'a LoRA it may have been made with, beside the styles here', collected, [])
      .option('--embedding <file>', 'a textual inversion that it was made with', collected, [])
      .option('--like <folder>', 'where the icons lie that it was drawn like')
      .option('--out <folder>', 'keep the rebuilt picture here')
      .addOption(optionOf(DRAWING.device))
      .action((image: string, options: RecipeOptions & GlobalOptions) =>
        this.#session(options, async (session) => {
          const report = await recipe(session, image, options);
          if (report.problem !== undefined)
            this.terminal.note(`The recipe of Fourstep cannot be used: ${report.problem}.`);
          this.#show(report, recipeText(report));
          if (report.rebuilt?.verdict === 'different') this.exitCode = EXIT.failure;
        }),
      );
  }

  #addStyles(program: Command): void {
    const styles = common(program.command('styles'))
      .enablePositionalOptions()
      .description('the styles of this workspace')
      .action((options: GlobalOptions) =>
        this.#session(options, async () => {
          const list = await listStyles();
          for (const { reason } of list.problems) this.terminal.note(reason);
          this.#show(list, stylesText(list));
        }),
      );
    common(styles.command('export'))
      .description("write a style's LoRA for another tool; prints the path")
      .argument('<name>', 'a style of this workspace')
      .addOption(new Option('--layout <layout>', 'what the tool reads').choices(['kohya', 'peft']).default('kohya'))
      .option('--out <file>', 'default: <name>.safetensors here')
      .action((name: string, options: ExportOptions & GlobalOptions) =>
        this.#session(options, async (session) => {
          const file = await exportStyle(session, name, options);
          this.#show({ path: file }, `${file}\n`);
        }),
      );
  }

  #addModels(program: Command): void {
    addModels(program, common, (options, work) =>
      this.#session(options, async (session) => {
        const { result, text, failed = false } = await work(session);
        this.#show(result, text);
        if (failed) this.exitCode = EXIT.failure;
      }),
    );
  }

  #addTune(program: Command): void {
    addTuneOptions(common(program.command('tune')))
      .addOption(optionOf(DRAWING.device))
      .action((folder: string, options: TuneOptions & GlobalOptions) =>
        this.#session(options, async (session) => {
          const outcome = await tune(session, folder, options);
          this.terminal.say(endText(outcome));
          this.#show('draft' in outcome ? outcome.draft : outcome.result, tuneText(outcome));
        }),
      );
  }

  #addDistill(program: Command): void {
    addDistillOptions(common(program.command('distill')))
      .addOption(optionOf(DRAWING.device))
      .action((model: string, options: DistillOptions & GlobalOptions) =>
        this.#session(options, async (session) => {
          const report = await distill(session, model, options);
          this.terminal.say(trainedText(report));
          this.#show(report, `${report.path}\n`);
        }),
      );
  }

  async #session(options: GlobalOptions, work: (session: Session) => Promise<void>): Promise<void> {
    this.#json = options.json;
    await withSession(this.terminal, options, work);
  }

  #show(result: object, text: string): void {
    if (this.#json) this.terminal.printJson(result);
    else this.terminal.print(text);
  }
}

function common(command: Command): Command {
  return command
    .option('--json', 'machine-readable results on standard output', false)
    .option('--verbose', "the worker's log on standard error", false);
}
