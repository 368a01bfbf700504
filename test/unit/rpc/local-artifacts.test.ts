import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isHandle } from '../../../src/contract/artifact';
import { JOBS } from '../../../src/contract/jobs';
import { arriving, leaving } from '../../../src/rpc/crossing';
import { localArtifacts } from '../../../src/rpc/local-artifacts';

const HERE = path.resolve('/');

describe('the store of ends that share a disk', () => {
  it('gives back the path that was put, whatever it is called', async () => {
    const names = fc.array(
      fc.string({ unit: 'binary', minLength: 1 }).filter((name) => !/^\.{1,2}$|[/\\\0:]|\p{Cs}/u.test(name)),
      { minLength: 1, maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(names, async (parts) => {
        const file = path.join(HERE, ...parts);
        const handle = await localArtifacts.put(file, 'content');
        expect(isHandle(handle)).toBe(true);
        expect(await localArtifacts.get(handle, 'content')).toBe(file);
      }),
      { numRuns: 1000 },
    );
  });

  it.runIf(process.platform !== 'win32')('knows names with signs that mean something in a URI', async () => {
    for (const file of ['/a/50%.png', '/a/#1.png', '/a/what?.png', '/a/b\\c.png', '/a/%2e%2e/x', '/ä/ 日本', '/']) {
      expect(await localArtifacts.get(await localArtifacts.put(file, 'content'), 'content')).toBe(file);
    }
  });

  it.each([
    ['of another store', 'artifact://host/a'],
    ['of a page', 'https://example.org/a'],
    ['that leads up', 'file:///a/../etc/passwd'],
    ['that leads up, encoded', 'file:///a/%2e%2e/etc/passwd'],
    ['spelled in another way', 'file:///a/%62.png'],
    ['with an encoded slash', 'file:///a%2f..%2fb'],
    ['of another machine', process.platform === 'win32' ? 'file:///etc/passwd' : 'file://server/share/a'],
    ['that is a path', '/etc/passwd'],
  ])('refuses a handle %s', async (_what, handle) => {
    await expect(localArtifacts.get(handle, 'content')).rejects.toMatchObject({ code: 'bad-request' });
  });
});

describe('files on their way', () => {
  it('leave as handles and arrive as paths', async () => {
    const params = { path: path.join(HERE, 'a b.png') };
    const sent = await leaving(localArtifacts, JOBS.recipe.params, params, 'recipe');
    expect(sent).toEqual({ path: expect.stringMatching(/^file:\/\/\/.*a%20b\.png$/) as unknown });
    expect(await arriving(localArtifacts, JOBS.recipe.params, sent, 'recipe')).toEqual(params);
  });

  it('are refused with their field when they are no absolute paths, or no handles', async () => {
    await expect(leaving(localArtifacts, JOBS.recipe.params, { path: 'a.png' }, 'recipe')).rejects.toMatchObject({
      code: 'bad-request',
      message: 'recipe.path is "a.png"; expected an absolute path.',
    });
    const reply = { before: { step: 0, pictures: ['file:///a/../b'] } };
    await expect(arriving(localArtifacts, JOBS.tune.result, reply, 'tune')).rejects.toMatchObject({
      message: 'tune.before.pictures.0 is "file:///a/../b"; expected an artifact handle.',
    });
  });
});
