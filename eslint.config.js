const js = require('@eslint/js');
const regexp = require('eslint-plugin-regexp');
const tseslint = require('typescript-eslint');

const { rooms } = require('./scripts/rooms.cjs');

const layerRules = Object.entries(rooms).map(([layer, allowed]) => {
  const banned = Object.keys(rooms).filter((other) => other !== layer && !allowed.includes(other));
  return {
    files: [`src/${layer}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths:
            layer === 'extension' ? [] : [{ name: 'vscode', message: `src/${layer} runs outside the extension host.` }],
          patterns: [
            {
              regex: `^(\\.\\./)+(${banned.join('|')})/`,
              message: `src/${layer} may import only: ${allowed.join(', ') || 'nothing'}.`,
            },
          ],
        },
      ],
    },
  };
});

module.exports = tseslint.config(
  {
    ignores: [
      'dist',
      'out',
      '.tsbuild',
      'models',
      'research/model/work',
      'test/workspace',
      'node_modules',
      'test/host/*/node_modules',
    ],
  },
  js.configs.recommended,
  // A stranger's text must not be able to stop a process: no expression may take more than linear time.
  {
    files: ['src/**/*.ts', 'webview/**/*.ts'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': 'error',
      'regexp/no-super-linear-move': ['error', { report: 'potential', ignorePartial: false }],
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: __dirname } },
    rules: {
      complexity: ['error', 15],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  // Tests read as long lists of cases; their bodies may be longer than source functions.
  {
    files: ['test/**/*.ts', 'bench/**/*.ts', 'research/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // vitest types its asymmetric matchers (expect.stringMatching …) as any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
  {
    files: ['vitest.config.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'no-restricted-exports': 'off' },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', 'eslint.config.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'Buffer',
          'URL',
          'URLSearchParams',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'setImmediate',
          'performance',
          'fetch',
          'AbortController',
          'structuredClone',
          'globalThis',
          'module',
          'require',
          '__dirname',
          'document',
          'window',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  ...layerRules,
  {
    files: ['src/cli/**/*.ts'],
    ignores: ['src/cli/console.ts', 'src/cli/main.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[property.name=/^(stdout|stderr)$/]',
          message: 'Only src/cli/console.ts writes to the terminal: it makes text printable.',
        },
      ],
    },
  },
  {
    files: ['webview/**/*.ts'],
    ignores: ['webview/dom.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'AssignmentExpression[left.property.name=/^(textContent|innerHTML|innerText|outerHTML)$/]',
          message: 'Only webview/dom.ts puts text into a page: it makes it printable.',
        },
      ],
    },
  },
  {
    files: ['src/engine/**/*.ts'],
    ignores: ['src/engine/runtime/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: [{ name: 'onnxruntime-node', message: 'Only src/engine/runtime talks to ONNX Runtime.' }] },
      ],
    },
  },
);
