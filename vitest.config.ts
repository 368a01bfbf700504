import { defineConfig } from 'vitest/config';

// Before any test process is forked: ONNX Runtime in it sends no telemetry (src/domain/telemetry.ts).
process.env['ORT_DISABLE_TELEMETRY'] = '1';

/** Three projects by what they need: nothing native, ONNX Runtime in-process, real child processes. */
const project = (name: string, extra: object = {}) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    pool: 'forks' as const,
    testTimeout: 60_000,
    setupFiles: ['test/support/matchers.ts'],
    ...extra,
  },
});

export default defineConfig({
  test: {
    projects: [
      project('unit'),
      project('numeric'),
      project('process', { fileParallelism: false, testTimeout: 120_000, hookTimeout: 120_000 }),
    ],
  },
});
