/** What Git leaves in place of a large file that was not fetched. https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */

const FIRST_LINE = 'version https://git-lfs.github.com/spec/';

export const LFS_ADVICE = 'it is a Git LFS pointer, not the file itself: run "git lfs pull" in its repository';

export function isLfsPointer(bytes: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(bytes.subarray(0, FIRST_LINE.length)) === FIRST_LINE;
}
