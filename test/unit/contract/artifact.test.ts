import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { content, isHandle, place, translated, type ArtifactUse } from '../../../src/contract/artifact';
import { JOBS } from '../../../src/contract/jobs';

describe('a handle', () => {
  it.each([
    'file:///a.png',
    'file:///',
    'file:///C:/out/x',
    'file://server/share/x',
    'artifact://host/a%20b/%C3%A9%25.png',
  ])('may be %s', (handle) => {
    expect(isHandle(handle)).toBe(true);
  });

  it.each([
    ['a path', '/a.png'],
    ['a relative one', 'file:a.png'],
    ['one that leads up', 'file:///a/../b'],
    ['one that leads up, encoded', 'file:///a/%2e%2E/b'],
    ['one that leads up, half encoded', 'file:///a/.%2e/b'],
    ['one with "."', 'artifact://host/./b'],
    ['one with an empty name', 'file:///a//b'],
    ['one with an encoded slash', 'file:///a%2Fb'],
    ['one with a zero byte', 'file:///a%00b'],
    ['one with a backslash', 'file:///a\\..\\b'],
    ['one with a query', 'file:///a?b'],
    ['one with a fragment', 'file:///a#b'],
    ['one with a blank', 'file:///a b'],
    ['one that cannot be decoded', 'file:///a%zz'],
    ['one without a scheme', '//a/b'],
    ['one of a megabyte', `file:///${'a'.repeat(1e6)}`],
    ['no text', 7],
  ])('is never %s', (_what, value) => {
    expect(isHandle(value)).toBe(false);
  });
});

describe('files in a message', () => {
  /** Each with what it is for, and where it stood. */
  async function filesIn(schema: Parameters<typeof translated>[0], value: unknown): Promise<unknown[]> {
    const seen: unknown[] = [];
    const note = (file: string, use: ArtifactUse, where: string): Promise<string> => {
      seen.push([file, use, where]);
      return Promise.resolve(`${file}!`);
    };
    const copy = (await translated(schema, value, note, 'x')) ?? null;
    expect(JSON.stringify(copy).match(/!/g)?.length ?? 0).toBe(seen.length);
    return seen;
  }

  it('are found wherever a schema has them, and nothing else is taken for one', async () => {
    const generate = {
      prompt: '/not/a/file',
      modelPath: '/model',
      loras: [{ path: '/l/a', weight: 1, name: '/l/a' }],
      init: { path: '/i.png', strength: 1 },
      outputDir: '/out',
    };
    expect(await filesIn(JOBS.generate.params, generate)).toEqual([
      ['/l/a', 'content', 'x.loras.0.path'],
      ['/i.png', 'content', 'x.init.path'],
      ['/out', 'place', 'x.outputDir'],
    ]);
    const progress = { jobId: 'j', phase: 'denoising', previews: ['/a', '/b'] };
    expect(await filesIn(JOBS.generate.progress, progress)).toHaveLength(2);
  });

  it('belong to the goal that a training has', async () => {
    const common = { folder: '/icons', root: '/w', icons: [{ id: '/etc/passwd', caption: '', heldOut: false }] };
    const style = { kind: 'style', styleDir: '/w/s', name: 's', styleWord: '', probes: ['/no'] };
    expect(await filesIn(JOBS.tune.params, { ...common, goal: style })).toHaveLength(3);
    const distillation = { kind: 'distillation', out: '/w/l' };
    expect(await filesIn(JOBS.tune.params, { ...common, goal: distillation })).toContainEqual([
      '/w/l',
      'place',
      'x.goal.out',
    ]);
  });

  it('are no business of values that do not fit: those are left to the guard', async () => {
    const schema = v.strictObject({ a: v.exactOptional(content), list: v.array(place) });
    for (const value of [undefined, null, 7, 'text', [], { a: 7 }, { list: 'x' }, { b: '/c' }]) {
      expect(await filesIn(schema, value)).toEqual([]);
    }
  });
});
