import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../src/errors/nearest.js';

const words = fc.string({ maxLength: 12 });

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['port', 'prot', 2],
  ])('of %o and %o is %i', (a, b, expected) => {
    expect(editDistance(a, b)).toBe(expected);
  });

  it('is a metric', () => {
    fc.assert(
      fc.property(words, words, words, (a, b, c) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });
});

describe('nearest', () => {
  it('finds a slip of the keyboard, also in another case, and nothing else', () => {
    const known = ['MORTAR_PORT', 'MORTAR_POOL_SIZE'];
    expect(nearest('MORTAR_PROT', known)).toBe('MORTAR_PORT');
    expect(nearest('mortar_port', known)).toBe('MORTAR_PORT');
    expect(nearest('MORTAR_POOLSIZE', known)).toBe('MORTAR_POOL_SIZE');
    expect(nearest('SOMETHING_ELSE', known)).toBeUndefined();
    expect(nearest('x'.repeat(100_000), known)).toBeUndefined();
    expect(nearest('port', [])).toBeUndefined();
  });
});
