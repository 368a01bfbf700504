import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/domain/errors';
import { translateError } from '../../../../src/engine/runtime/ort-error';
import { runtimeUnavailable } from '../../../../src/engine/runtime/runtime';

describe('errors of ONNX Runtime', () => {
  it.each([
    ['std::bad_alloc', 'cpu', 'out-of-memory'],
    ['pthread_create failed, error code: 12 error msg: Cannot allocate memory', 'cpu', 'out-of-memory'],
    ['Failed to allocate memory for requested buffer of size 68719476736', 'cpu', 'out-of-memory'],
    ['CUDA failure 2: out of memory ; GPU=0', 'cuda', 'out-of-memory'],
    ['Exception: 8007000E E_OUTOFMEMORY', 'dml', 'out-of-memory'],
    ['CUDA failure 700: an illegal memory access', 'cuda', 'device'],
    ['Non-zero status code returned while running Conv node', 'cpu', 'internal'],
  ] as const)('"%s" on %s is %s', (message, device, code) => {
    const error = translateError(new Error(`${message}\nat stack`), 'Running graph unet', device);
    expect(error.code).toBe(code);
    expect(error.message).toContain(`Running graph unet on ${device} failed: ${message}`);
    expect(error.message).not.toContain('at stack');
  });

  it('leave our own errors as they are', () => {
    const own = new UserError('not-found', 'gone');
    expect(translateError(own, 'Loading', 'cpu')).toBe(own);
  });
});

describe('a binding that does not load', () => {
  it('says what to do where a binary exists', () => {
    const { code, message } = runtimeUnavailable(
      'linux-x64',
      new Error("Cannot find module '../bin/x.node'\nRequire stack:"),
    );
    expect(code).toBe('device');
    expect(message).toMatch(
      /could not be loaded on linux-x64.*Install the Fourstep package made for linux-x64.*Cannot find module/,
    );
    expect(message).not.toContain('Require stack');
  });

  it('says so where none exists', () => {
    const { message } = runtimeUnavailable('darwin-x64', new Error('x'));
    expect(message).toContain('There is no ONNX Runtime for darwin-x64; it exists for linux-x64');
  });
});
