/** The package's own types are not among its exports. */
declare module '@bramus/specificity' {
  import type { CssNode } from 'css-tree';

  const Specificity: {
    calculateForAST(selector: CssNode): {
      readonly value: { readonly a: number; readonly b: number; readonly c: number };
    };
  };
  export = Specificity;
}
