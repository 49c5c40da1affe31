import fc from 'fast-check';
import { WINDOW_POSITIONS } from 'mortar/delivery';
import { position } from 'mortar/event-store';
import { describe, expect, it } from 'vitest';
import { bitmapOf, positionsOf } from '../../src/internal/window.js';

const lows = fc.integer({ min: 0, max: 2 ** 40 });
const offsets = fc.uniqueArray(fc.integer({ min: 1, max: WINDOW_POSITIONS }), { maxLength: 300 });

describe('the positions ahead of a checkpoint', () => {
  it('come back from their bitmap', () => {
    fc.assert(
      fc.property(lows, offsets, (low, some) => {
        const ahead = some.sort((a, b) => a - b).map((offset) => position(low + offset));
        expect(positionsOf(position(low), bitmapOf(position(low), ahead))).toEqual(ahead);
      }),
    );
  });

  it('take half a kilobyte at most, and nothing for none', () => {
    const low = position(1_000);
    expect(bitmapOf(low, [position(1_000 + WINDOW_POSITIONS)])?.length).toBe(WINDOW_POSITIONS / 8);
    expect(bitmapOf(low, [position(1_001)])).toEqual(Uint8Array.of(1));
    expect(bitmapOf(low, [])).toBeNull();
    expect(positionsOf(low, null)).toEqual([]);
  });
});
