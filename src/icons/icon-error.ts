/** Why a file is left out of an icon set: an ordinary finding, told in the list of skipped files. Its message goes behind a file's name: "it holds a script". */
export class SkippedIcon extends Error {
  override readonly name = 'SkippedIcon';
}
