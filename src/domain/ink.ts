/** The colour that `currentColor` stands for when an icon is drawn. */

/** On light ground: dark grey, the colour of most one-coloured icons in the built-in model's training. */
export const INK = '#1f2328';
/** On dark ground. */
export const INK_ON_DARK = '#f0f3f6';
