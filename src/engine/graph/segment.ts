/** A stretch of a graph whose values need not be kept for the backward pass. */
export interface Segment {
  readonly parent: Segment | undefined;
}
