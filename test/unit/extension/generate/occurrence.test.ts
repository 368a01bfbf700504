import { describe, expect, it } from 'vitest';
import { nearestOccurrence } from '../../../../src/extension/generate/occurrence';

describe('finding the selected text again', () => {
  it('finds it where it was', () => {
    expect(nearestOccurrence('one fox two', 'fox', 4)).toBe(4);
  });

  it('finds the nearest one after text was added or removed before it', () => {
    expect(nearestOccurrence('fox and more fox', 'fox', 11)).toBe(13);
    expect(nearestOccurrence('fox and more fox', 'fox', 3)).toBe(0);
  });

  it('gives up when it is gone', () => {
    expect(nearestOccurrence('nothing here', 'fox', 4)).toBeUndefined();
  });

  it('keeps a bare cursor inside the text', () => {
    expect(nearestOccurrence('short', '', 3)).toBe(3);
    expect(nearestOccurrence('short', '', 100)).toBe(5);
  });
});
