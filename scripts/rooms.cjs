/**
 * The rooms of src and what each may import: the one source for eslint, dependency-cruiser and the TypeScript projects.
 * Everything absent is forbidden. `npm run rooms` writes the projects' references.
 */
exports.rooms = {
  domain: [],
  files: ['domain'],
  contract: ['domain'],
  pictures: ['domain', 'files', 'contract'],
  icons: ['domain', 'files', 'contract', 'pictures'],
  engine: ['domain', 'files', 'pictures'],
  rpc: ['domain', 'contract'],
  catalog: ['domain', 'files', 'contract'],
  product: ['domain', 'contract', 'catalog'],
  host: ['domain', 'files', 'contract', 'rpc'],
  store: ['domain', 'files', 'contract', 'rpc', 'catalog', 'product'],
  worker: ['domain', 'files', 'pictures', 'icons', 'engine', 'contract', 'rpc', 'catalog', 'product'],
  cli: ['domain', 'files', 'contract', 'rpc', 'catalog', 'product', 'host'],
  extension: ['domain', 'files', 'contract', 'rpc', 'catalog', 'product', 'host'],
};

/** Rooms that know no Node built-in. */
exports.pure = ['domain', 'contract'];

/** What the pages may import. */
exports.webview = ['domain', 'contract'];
