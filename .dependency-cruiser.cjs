const mayImport = {
  base: '',
  protocol: 'base',
  engine: 'base',
  catalog: 'base|protocol',
  client: 'base|protocol',
  worker: 'base|protocol|engine|catalog',
  cli: 'base|protocol|client|catalog',
  extension: 'base|protocol|client|catalog',
};

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: '\\.d\\.ts$' }, to: {} },
    {
      name: 'vscode-only-in-extension',
      severity: 'error',
      from: { pathNot: '^src/extension/' },
      to: { path: '(^|/)vscode($|/)' },
    },
    {
      name: 'webview-sees-protocol-only',
      severity: 'error',
      from: { path: '^webview/' },
      to: { path: '^src/', pathNot: '^src/(protocol|base)/' },
    },
    { name: 'webview-no-node', severity: 'error', from: { path: '^webview/' }, to: { dependencyTypes: ['core'] } },
    {
      name: 'ort-only-in-ort',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/engine/ort/' },
      to: { path: 'onnxruntime' },
    },
    {
      name: 'pure-folders',
      severity: 'error',
      // In models only the readers of model folders touch files; the builders are pure.
      from: { path: '^src/base/|^src/engine/(onnx|models)/', pathNot: '^src/engine/models/(folder|tokenizer-files)' },
      to: { dependencyTypes: ['core'] },
    },
    ...Object.entries(mayImport).map(([layer, allowed]) => ({
      name: `layer-${layer}`,
      severity: 'error',
      from: { path: `^src/${layer}/` },
      to: { path: '^src/', pathNot: `^src/(${[layer, ...allowed.split('|').filter(Boolean)].join('|')})/` },
    })),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
