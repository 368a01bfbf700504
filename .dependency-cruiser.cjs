const { pure, rooms, webview } = require('./scripts/rooms.cjs');

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
      name: 'webview-sees-the-contract-only',
      severity: 'error',
      from: { path: '^webview/' },
      to: { path: '^src/', pathNot: `^src/(${webview.join('|')})/` },
    },
    { name: 'webview-no-node', severity: 'error', from: { path: '^webview/' }, to: { dependencyTypes: ['core'] } },
    {
      name: 'onnxruntime-in-one-room',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/engine/runtime/' },
      to: { path: 'onnxruntime' },
    },
    {
      name: 'pure-folders',
      severity: 'error',
      from: { path: `^src/(${pure.join('|')})/|^src/engine/(graph|networks)/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'families-by-their-interface',
      severity: 'error',
      comment:
        'Sampling, training and the worker know no network and no family by name (ARCHITECTURE.md, "Model families").',
      from: { path: '^src/(engine/(sampling|training)|worker)/' },
      to: { path: '^src/engine/(families/(?!family|open-model)|networks/(unet|clip|vae|taesd))' },
    },
    {
      name: 'families-below-sampling',
      severity: 'error',
      from: { path: '^src/engine/(families|lora|networks|checkpoints)/' },
      to: { path: '^src/engine/(sampling|training)/' },
    },
    ...Object.entries(rooms).map(([layer, allowed]) => ({
      name: `layer-${layer}`,
      severity: 'error',
      from: { path: `^src/${layer}/` },
      to: { path: '^src/', pathNot: `^src/(${[layer, ...allowed].join('|')})/` },
    })),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
