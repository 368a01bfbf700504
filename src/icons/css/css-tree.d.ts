/** css-tree in one file: its modules look for their tables beside themselves, which a bundle has not. */
declare module 'css-tree/dist/csstree.esm' {
  export * from 'css-tree';
}
