/** Every command of the extension; a test holds this list against package.json. */
export const COMMANDS = {
  generate: 'fourstep.generate',
  tune: 'fourstep.tune',
  refreshGallery: 'fourstep.gallery.refresh',
  showLog: 'fourstep.showLog',
  restartWorker: 'fourstep.restartWorker',
  useInTerminal: 'fourstep.useInTerminal',
  models: 'fourstep.models',
  setToken: 'fourstep.models.setToken',
  forgetToken: 'fourstep.models.forgetToken',
  statusMenu: 'fourstep.statusMenu',
} as const;

export const GALLERY_VIEW = 'fourstep.gallery';
export const PANEL_TYPE = 'fourstep.variants';
export const TUNE_PANEL_TYPE = 'fourstep.tune';
