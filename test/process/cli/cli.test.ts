import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildPrograms } from '../../support/build-worker';
import { BUILT_IN_ID, BUILT_IN_MODEL } from '../../support/built-in-model';
import { filesIn, isAlive, temporaryFolder, until } from '../../support/worker-harness';
import { containing, matching } from '../../support/matching';
import { writeTinyModel } from '../../support/tiny-pipeline';

interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly done: Promise<Run>;
  stderr(): string;
}

async function start(args: readonly string[], cwd = temporaryFolder()): Promise<Started> {
  const { cli } = await buildPrograms();
  const env = { ...process.env, FOURSTEP_CACHE_DIR: path.join(cwd, 'cache') };
  const child = spawn(process.execPath, [cli, ...args], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end('blue star\n# a comment\n\ngreen leaf\n');
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const done = new Promise<Run>((resolve) => {
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
  return { child, done, stderr: () => stderr };
}

async function fourstep(args: readonly string[], cwd?: string): Promise<Run> {
  return (await start(args, cwd)).done;
}

const isPng = (file: string): boolean => readFileSync(file).subarray(1, 4).toString() === 'PNG';

describe('fourstep generate', () => {
  it('prints the paths of pictures named after prompt and seed, and keeps progress off standard output', async () => {
    const folder = temporaryFolder();
    const { code, stdout, stderr } = await fourstep(
      ['generate', 'Red Apple!', '--seed', '7', '--count', '2', '--out', 'icons'],
      folder,
    );
    expect(code).toBe(0);
    const expected = ['red-apple-7.png', 'red-apple-8.png'];
    expect(stdout.trim().split('\n')).toEqual(expected.map((name) => path.join(folder, 'icons', name)));
    expect(filesIn(path.join(folder, 'icons'))).toEqual(expected);
    expect(isPng(path.join(folder, 'icons', 'red-apple-7.png'))).toBe(true);
    expect(stderr).toContain('Red Apple!: drawing');
  });

  it('overwrites nothing', async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'star-1.png'), 'mine');
    expect((await fourstep(['generate', 'star', '--seed', '1'], folder)).code).toBe(0);
    expect(readFileSync(path.join(folder, 'star-1.png'), 'utf8')).toBe('mine');
    expect(isPng(path.join(folder, 'star-1-2.png'))).toBe(true);
  });

  it('takes lists of prompts, options of every kind, and prints JSON', async () => {
    const folder = temporaryFolder();
    // As Windows' editors write it.
    const list = '\uFEFFred apple\r\n\r\n# no\r\nblue star\r\n';
    writeFileSync(path.join(folder, 'list.txt'), Buffer.from(list, 'utf16le'));
    const args = [
      'generate',
      'first',
      '--from-file',
      'list.txt',
      '--json',
      '--format',
      'webp',
      '--steps',
      '2',
      '--guidance',
      '5',
    ];
    const { code, stdout } = await fourstep(
      [...args, '--seed', '3', '--size', '64x128', '--device', 'cpu', '--no-metadata'],
      folder,
    );
    expect(code).toBe(0);
    const { results } = JSON.parse(stdout) as {
      results: { prompt: string; device: string; variants: { path: string }[] }[];
    };
    expect(results.map(({ prompt }) => prompt)).toEqual(['first', 'red apple', 'blue star']);
    expect(results[0]).toMatchObject({
      device: 'cpu',
      variants: [{ seed: 3, width: 64, height: 128, recipe: { steps: 2, guidance: 5, device: 'cpu' } }],
    });
    expect(path.basename(results[1]!.variants[0]!.path)).toBe('red-apple-3.webp');
    const stored = await fourstep(['recipe', results[0]!.variants[0]!.path]);
    expect(stored).toMatchObject({ code: 1, stderr: containing('has no recipe') });
  });

  it('reads prompts from standard input', async () => {
    const folder = temporaryFolder();
    expect((await fourstep(['generate', '--from-file', '-', '--seed', '1'], folder)).code).toBe(0);
    expect(
      readdirSync(folder)
        .filter((name) => name.endsWith('.png'))
        .sort(),
    ).toEqual(['blue-star-1.png', 'green-leaf-1.png']);
  });

  it('keeps prompts with path parts inside the folder', async () => {
    const folder = temporaryFolder();
    const { code, stdout } = await fourstep(
      ['generate', '../../etc/CON', 'con', '--seed', '1', '--out', 'out'],
      folder,
    );
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((file) => path.relative(folder, file)),
    ).toEqual([path.join('out', 'etc-con-1.png'), path.join('out', 'image-con-1.png')]);
  });

  it('works for two processes with the same folder, prompt and seed at once', async () => {
    const folder = temporaryFolder();
    const args = ['generate', 'star', '--seed', '1', '--count', '3', '--out', folder];
    const runs = await Promise.all([fourstep(args), fourstep(args)]);
    const printed = runs.flatMap(({ stdout }) => stdout.trim().split('\n'));
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    expect(new Set(printed).size).toBe(6);
    expect(filesIn(folder)).toEqual(printed.map((file) => path.basename(file)).sort());
    expect(printed.every(isPng)).toBe(true);
  });
});

describe('fourstep generate --clip-skip', () => {
  it('draws another picture, keeps the setting in the file, and rebuilds from it', async () => {
    const folder = temporaryFolder();
    const args = ['generate', 'star', '--seed', '5', '--no-metadata', '--out'];
    await fourstep([...args, 'whole'], folder);
    await fourstep([...args, 'skipped', '--clip-skip', '1'], folder);
    const picture = (of: string): Buffer => readFileSync(path.join(folder, of, 'star-5.png'));
    expect(picture('skipped')).not.toEqual(picture('whole'));

    await fourstep(['generate', 'star', '--seed', '5', '--clip-skip', '1', '--out', 'kept'], folder);
    const { stdout, code } = await fourstep(['recipe', path.join('kept', 'star-5.png'), '--rebuild', '--json'], folder);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      recipe: { clipSkip: 1 },
      parameters: containing('Clip skip: 2'),
      rebuilt: { verdict: 'identical' },
    });
  });

  it('0 is as good as nothing: the recipe does not name it', async () => {
    const { stdout } = await fourstep(['generate', 'star', '--clip-skip', '0', '--json']);
    const { results } = JSON.parse(stdout) as { results: { variants: { recipe: object }[] }[] };
    expect(results[0]!.variants[0]!.recipe).not.toHaveProperty('clipSkip');
  });
});

describe('fourstep and mistakes', () => {
  it.each([
    ['more clip skip than layers', ['generate', 'x', '--clip-skip', '99'], 2, "this model's text encoder has"],
    ['a clip skip that is none', ['generate', 'x', '--clip-skip', 'two'], 2, 'Expected a whole number from 0 to 99'],
    ['no command', [], 2, 'Usage: fourstep'],
    ['an unknown command', ['paint'], 2, "unknown command 'paint'"],
    ['an unknown option', ['generate', 'x', '--fast'], 2, "unknown option '--fast'"],
    ['no prompt', ['generate'], 2, 'There is no prompt'],
    ['an empty prompt', ['generate', ''], 2, 'The prompt is empty'],
    ['a size that is none', ['generate', 'x', '--size', 'big'], 2, 'such as 512x768'],
    ['a size the model cannot make', ['generate', 'x', '--size', '65x64'], 2, 'The nearest is 64'],
    ['a count that is none', ['generate', 'x', '--count', '0'], 2, 'Expected a whole number from 1 to 64'],
    [
      'a format that is none',
      ['generate', 'x', '--format', 'bmp'],
      2,
      'Allowed choices are png, webp, avif, jpeg, svg',
    ],
    ['a missing list', ['generate', '--from-file', 'no.txt'], 1, 'no.txt'],
    ['a missing model', ['generate', 'x', '--model', 'no-such-model'], 1, 'no-such-model'],
    ['a strength without a picture', ['generate', 'x', '--strength', '0.3'], 2, 'there is no --init'],
    ['a missing init picture', ['generate', 'x', '--init', 'no.png'], 1, 'no.png'],
    ['a folder that is a file', ['generate', 'x', '--out', process.execPath], 1, 'Cannot write into the output folder'],
    ['a missing picture', ['recipe', 'no.png'], 1, 'no.png'],
    ['a model folder that is none', ['inspect', '.'], 1, 'model_index.json'],
  ] as const)('%s', async (_name, args, code, text) => {
    const folder = temporaryFolder();
    const run = await fourstep(args, folder);
    expect(run).toMatchObject({ code, stdout: '', stderr: containing(text) });
    expect(filesIn(folder)).toEqual([]);
  });

  it('with --json are told on standard output too, beside what was finished', async () => {
    const { code, stdout } = await fourstep(['generate', 'star', ' ', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      results: [{ prompt: 'star' }],
      error: { code: 'bad-request', message: containing('prompt is empty') },
    });
  });

  it('help and version are none', async () => {
    expect(await fourstep(['generate', '--help'])).toMatchObject({
      code: 0,
      stdout: containing('--from-file'),
    });
    expect(await fourstep(['--version'])).toMatchObject({
      code: 0,
      stdout: matching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

const LONG_JOB = ['generate', 'star', '--count', '32', '--steps', '40', '--verbose', '--out', 'out'];

/** The worker's process id, from the log. */
async function workerOf(run: Started): Promise<number> {
  const pattern = /Worker \S+ started, process (\d+)/;
  await until(() => pattern.test(run.stderr()) && run.stderr().includes('drawing'), 'the job draws');
  return Number(pattern.exec(run.stderr())?.[1]);
}

describe.skipIf(process.platform === 'win32')('Ctrl+C', () => {
  it('stops cleanly: exit code 130, no file, no process', async () => {
    const folder = temporaryFolder();
    const run = await start(LONG_JOB, folder);
    const worker = await workerOf(run);
    run.child.kill('SIGINT');
    expect(await run.done).toMatchObject({ code: 130, stdout: '', stderr: containing('Stopped.') });
    expect(filesIn(path.join(folder, 'out'))).toEqual([]);
    expect(isAlive(worker)).toBe(false);
  });

  it('pressed twice stops at once', async () => {
    const folder = temporaryFolder();
    const run = await start(LONG_JOB, folder);
    const worker = await workerOf(run);
    run.child.kill('SIGINT');
    run.child.kill('SIGTERM');
    expect(await run.done).toMatchObject({ code: 130, stdout: '' });
    expect(filesIn(path.join(folder, 'out'))).toEqual([]);
    expect(isAlive(worker)).toBe(false);
  });

  it('is not needed when the command line is killed: its worker ends too, and removes its files', async () => {
    const folder = temporaryFolder();
    const run = await start(LONG_JOB, folder);
    const worker = await workerOf(run);
    run.child.kill('SIGKILL');
    expect(await run.done).toMatchObject({ signal: 'SIGKILL' });
    await until(() => !isAlive(worker), 'the worker has ended');
    const left = readdirSync(path.join(folder, 'out'), { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
  });
});

describe('fourstep devices, inspect and recipe', () => {
  it('devices says what is used, and why the rest is not', async () => {
    const { code, stdout } = await fourstep(['devices', '--device', 'cpu']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^cpu\s+chosen$/m);
    const json = await fourstep(['devices', '--device', 'cpu', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ chosen: 'cpu' });
  });

  it('inspect describes a good model', async () => {
    const { code, stdout } = await fourstep(['inspect', BUILT_IN_MODEL]);
    expect(code).toBe(0);
    for (const text of ['latent consistency model', '64×64', 'transparent', 'UNet2DConditionModel', 'memory']) {
      expect(stdout).toContain(text);
    }
  });

  it('inspect says everything that is wrong with a bad one', async () => {
    const folder = temporaryFolder();
    const model = path.join(folder, 'model');
    cpSync(BUILT_IN_MODEL, model, { recursive: true });
    rmSync(path.join(model, 'vae'), { recursive: true });
    rmSync(path.join(model, 'tokenizer', 'vocab.json'));
    const { code, stdout } = await fourstep(['inspect', model, '--json']);
    expect(code).toBe(1);
    const { problems } = JSON.parse(stdout) as { problems: string[] };
    expect(problems.join('\n')).toMatch(/vae[^]*vocab\.json/);
  });

  it('recipe prints what is stored, and --rebuild makes the identical picture', async () => {
    const folder = temporaryFolder();
    await fourstep(['generate', 'red apple', '--seed', '5'], folder);
    const stored = await fourstep(['recipe', 'red-apple-5.png'], folder);
    expect(stored).toMatchObject({ code: 0, stdout: matching(/^prompt\s+red apple$/m) });
    const again = await fourstep(['recipe', 'red-apple-5.png', '--rebuild', '--json', '--out', 'again'], folder);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({
      recipe: { prompt: 'red apple', seed: 5 },
      rebuilt: { verdict: 'identical', maxDifference: 0, path: path.join(folder, 'again', 'red-apple-5-rebuilt.png') },
    });
    expect(existsSync(path.join(folder, 'again', 'red-apple-5-rebuilt.png'))).toBe(true);
  });

  it('recipe --rebuild opens no folder that only the picture names', async () => {
    const folder = temporaryFolder();
    await writeTinyModel(path.join(folder, 'mine'));
    await fourstep(['generate', 'red apple', '--seed', '5', '--model', 'mine'], folder);
    const rebuild = ['recipe', 'red-apple-5.png', '--rebuild'];
    const refused = await fourstep(rebuild, folder);
    expect(refused).toMatchObject({ code: 1, stderr: containing('the model "mine", which is not built in. Say with') });
    const again = await fourstep([...rebuild, '--model', 'mine'], folder);
    expect(again).toMatchObject({ code: 0, stdout: containing('Made again: identical') });
  });

  it('recipe --rebuild refuses another model and names both', async () => {
    const folder = temporaryFolder();
    await fourstep(['generate', 'red apple', '--seed', '5'], folder);
    const other = path.join(folder, 'other');
    mkdirSync(other);
    cpSync(BUILT_IN_MODEL, other, { recursive: true });
    const weights = path.join(other, 'vae/diffusion_pytorch_model.safetensors');
    const bytes = readFileSync(weights);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(weights, bytes);
    const { code, stderr } = await fourstep(['recipe', 'red-apple-5.png', '--rebuild', '--model', other], folder);
    expect(code).toBe(2);
    expect(stderr).toContain(`was made with the model ${BUILT_IN_ID}`);
  });
});
