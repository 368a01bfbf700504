import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Catalog, ResolvedModel } from '../../../src/catalog/catalog';
import type { SavedTraining, TuneStatusResult } from '../../../src/contract/tune-api';
import { checkTraining, resolveTraining, trainingModel, type TrainingIntent } from '../../../src/product/training';
import { matching } from '../../support/matching';
import { obstacleTo, placeOf, refusalOf, type Found, type TrainingAim } from '../../../src/product/training-place';

const WORKSPACE = path.resolve('/repo');
const STYLE_DIR = path.join(WORKSPACE, '.fourstep', 'styles', 'my-house');
const OUT = path.resolve('/loras/few.safetensors');
const STYLE = { kind: 'style', workspace: WORKSPACE, name: 'My House' } as const;
const DISTILLATION = { kind: 'distillation', out: OUT } as const;
const ICONS = [
  { id: 'key.svg', caption: 'key', heldOut: false },
  { id: 'bell.svg', caption: 'bell', heldOut: true },
];
const BUILT_IN = { id: 'icons-v1', folder: '/models/icons-v1', model: { id: 'icons-v1' } } as ResolvedModel;
const OTHER = { id: 'icons-v2', folder: '/models/icons-v2', model: { id: 'icons-v2' } } as ResolvedModel;
const FOLDER: ResolvedModel = { id: 'mine', folder: '/home/mine' };

const SAVED: SavedTraining = {
  kind: 'style',
  modelId: 'icons-v1',
  currentColor: '#123456',
  icons: ICONS,
  name: 'whatever it says',
  styleWord: 'house style',
  probes: ['rocket'],
  settings: { steps: 40, rank: 8 },
};
const UNFINISHED = { saved: SAVED, step: 20, steps: 40, loss: [], gauge: [] };
const NOTHING: TuneStatusResult = { finished: false };
const BEGUN: TuneStatusResult = { finished: false, unfinished: UNFINISHED };

const begin: TrainingIntent = {
  aim: STYLE,
  folder: '/repo/icons',
  device: 'cpu',
  settings: { rank: 4 },
  icons: ICONS,
  resume: false,
  replace: false,
};
const goOn: TrainingIntent = { ...begin, settings: {}, resume: true };

describe('what stands in the way of a training', () => {
  const another = { where: 'another-process', pid: 7 } as const;
  const distilled = { step: 1, steps: 2, saved: { kind: 'distillation', modelId: 'm' } } as const;
  const wish = {
    begin: [false, false],
    replace: [false, true],
    'go on': [true, false],
    'go on, replacing': [true, true],
  };
  it.each([
    ['begin', STYLE, { finished: false }, undefined],
    ['begin', STYLE, { finished: true }, 'finished'],
    ['begin', STYLE, { finished: false, unfinished: UNFINISHED }, 'unfinished'],
    ['begin', STYLE, { finished: false, damaged: 'torn' }, 'unfinished'],
    ['begin', STYLE, { finished: true, unfinished: UNFINISHED }, 'finished'],
    ['begin', STYLE, { finished: false, owner: another }, 'owned'],
    ['begin', STYLE, { finished: false, owner: { where: 'this-worker', pid: 7 } }, 'owned'],
    ['begin', STYLE, { finished: false, owner: { where: 'elsewhere', pid: 7 } }, undefined],
    ['begin', DISTILLATION, { finished: true }, 'finished'],
    ['replace', STYLE, { finished: true, unfinished: UNFINISHED }, undefined],
    ['replace', STYLE, { finished: false, damaged: 'torn' }, undefined],
    ['replace', STYLE, { finished: true, owner: another }, 'owned'],
    ['replace', DISTILLATION, { finished: true }, undefined],
    ['go on', STYLE, { finished: false }, 'nothing-to-go-on'],
    ['go on', STYLE, { finished: true }, 'nothing-to-go-on'],
    ['go on', STYLE, { finished: false, unfinished: UNFINISHED }, undefined],
    ['go on', STYLE, { finished: true, unfinished: UNFINISHED }, undefined],
    ['go on', STYLE, { finished: false, damaged: 'torn' }, 'damaged'],
    ['go on', STYLE, { finished: false, unfinished: distilled }, 'other-goal'],
    ['go on', STYLE, { finished: false, unfinished: UNFINISHED, owner: another }, 'owned'],
    ['go on', DISTILLATION, { finished: false, unfinished: distilled }, undefined],
    ['go on', DISTILLATION, { finished: true, unfinished: distilled }, 'finished'],
    ['go on, replacing', DISTILLATION, { finished: true, unfinished: distilled }, undefined],
    ['go on', DISTILLATION, { finished: false, unfinished: UNFINISHED }, 'other-goal'],
  ] as readonly (readonly [keyof typeof wish, TrainingAim, Found, string | undefined])[])(
    '%s %o where there is %o: %s',
    (name, aim, found, kind) => {
      const [resume = false, replace = false] = wish[name];
      expect(obstacleTo({ resume, replace }, placeOf(aim), found)?.kind).toBe(kind);
    },
  );

  it.each([
    [
      { kind: 'owned', owner: another },
      STYLE,
      /^Process 7 is training the style "my-house" already\. Wait for it, stop/,
    ],
    [{ kind: 'owned', owner: another }, DISTILLATION, /^Process 7 is distilling into .*few\.safetensors already/],
    [
      { kind: 'finished' },
      STYLE,
      /^The style "my-house" exists in .*my-house\. Choose another name, or give --replace\.$/,
    ],
    [{ kind: 'finished' }, DISTILLATION, /few\.safetensors exists\. Choose another name, or give --replace\.$/],
    [
      { kind: 'unfinished', step: 2, steps: 9 },
      STYLE,
      /my-house holds a training that stopped at step 2 of 9\. Give --resume, or give --replace\.$/,
    ],
    [{ kind: 'unfinished' }, STYLE, /my-house holds an unfinished training\. Give --resume, or/],
    [{ kind: 'nothing-to-go-on' }, STYLE, /holds no unfinished training that could go on\. Begin anew\.$/],
    [{ kind: 'damaged', reason: 'It is torn.' }, STYLE, /^It is torn\.$/],
    [
      { kind: 'other-goal', found: 'distillation' },
      STYLE,
      /holds a distillation, not the training of a style; it cannot/,
    ],
  ] as const)('is said with what helps: %o', (obstacle, aim, message) => {
    const ways = { replace: 'give --replace', goOn: 'Give --resume', begin: 'Begin anew' };
    expect(refusalOf(obstacle, placeOf(aim), ways).message).toMatch(message);
  });
});

describe('the request of a training', () => {
  it('that begins: the style in its workspace, with names to draw that are not in the set', () => {
    const request = resolveTraining({ ...begin, styleWord: ' house style ' }, BUILT_IN, NOTHING);
    expect(request).toMatchObject({
      goal: { kind: 'style', styleDir: STYLE_DIR, name: 'my-house', styleWord: 'house style' },
      root: WORKSPACE,
      modelPath: BUILT_IN.folder,
      modelId: 'icons-v1',
      currentColor: '#1f2328',
      icons: ICONS,
      settings: { rank: 4 },
      resume: false,
      replace: false,
    });
    expect(request.goal).toHaveProperty('probes.length', 8);
    expect(request.goal).not.toHaveProperty('probes', expect.arrayContaining(['key']) as unknown);
  });

  it.each(['../../Evil: "style"', 'evil style', ' Evil_Style '])(
    'keeps the style in its folder, whatever its name: %s',
    (name) => {
      const request = resolveTraining({ ...begin, aim: { ...STYLE, name } }, BUILT_IN, NOTHING);
      expect(request.goal).toMatchObject({
        name: 'evil-style',
        styleDir: path.join(path.dirname(STYLE_DIR), 'evil-style'),
      });
    },
  );

  it('of a distillation has the file, and belongs beside it', () => {
    const request = resolveTraining({ ...begin, aim: DISTILLATION }, FOLDER, NOTHING);
    expect(request).toMatchObject({ goal: DISTILLATION, root: path.dirname(OUT), modelId: 'mine' });
    expect(request.goal).not.toHaveProperty('probes');
  });

  it('that goes on has the icons, words and settings it began with, and the places of whoever goes on', () => {
    const request = resolveTraining({ ...goOn, settings: { steps: 90 }, icons: [] }, BUILT_IN, BEGUN);
    expect(request).toEqual({
      goal: { kind: 'style', styleDir: STYLE_DIR, name: 'my-house', styleWord: 'house style', probes: ['rocket'] },
      root: WORKSPACE,
      folder: '/repo/icons',
      device: 'cpu',
      modelPath: BUILT_IN.folder,
      modelId: 'icons-v1',
      currentColor: '#123456',
      icons: ICONS,
      settings: { steps: 90, rank: 8 },
      resume: true,
      replace: false,
    });
  });

  it.each([
    [
      'a setting that cannot change any more',
      { settings: { steps: 50, rank: 8 } },
      /only --steps may change \(found rank\)/,
    ],
    ['a style word', { styleWord: 'x' }, /only --steps may change \(found style word\)/],
  ])('that goes on is refused %s', (_what, changes, message) => {
    expect(() => {
      checkTraining({ ...goOn, ...changes }, BEGUN);
    }).toThrow(message);
  });

  it.each([
    ['the same built-in model', BUILT_IN, undefined],
    ['another built-in model', OTHER, /began with the model "icons-v1", and the chosen one is "icons-v2"/],
    ['a folder, which may hold the same weights under another name', FOLDER, undefined],
  ])('that goes on with %s', (_what, model, message) => {
    const resolve = (): unknown => resolveTraining(goOn, model, BEGUN);
    if (message === undefined) expect(resolve()).toMatchObject({ modelId: model.id });
    else expect(resolve).toThrow(message);
  });
});

describe('the model of a training', () => {
  const catalog = {
    folder: '/models',
    defaultId: 'icons-v1',
    models: [{ id: 'icons-v1', folder: 'icons-v1' }],
  } as unknown as Catalog;
  const model = (chosen?: string, began?: string): Promise<ResolvedModel> =>
    trainingModel(catalog, chosen, began, 'Say where');
  it('is the one that is chosen, else the built-in one that it began with, else the default', async () => {
    for (const chosen of [undefined, '', 'icons-v1']) expect(await model(chosen)).toMatchObject({ id: 'icons-v1' });
    expect(await model(undefined, 'icons-v1')).toMatchObject({ id: 'icons-v1' });
    expect(await model(process.cwd(), 'icons-v1')).toMatchObject({ folder: process.cwd() });
  });

  it('is never a folder that only the record names', async () => {
    await expect(model('', process.cwd())).rejects.toMatchObject({
      code: 'bad-request',
      message: matching(/is not built in\. Say where\.$/),
    });
  });
});
