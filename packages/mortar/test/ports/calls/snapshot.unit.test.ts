import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { snapshotOf } from '../../../src/ports/internal/snapshot.js';

/** Data with a part of each kind anywhere. */
const { data } = fc.letrec<{ data: unknown }>((tie) => ({
  data: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(undefined, null, true, 0, -0, 1n, '', 'a'),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 3 }),
    fc.array(tie('data'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor'), tie('data'), { maxKeys: 3 }),
    fc.array(tie('data'), { maxLength: 3 }).map((list) => new Set(list)),
    fc.array(fc.tuple(fc.string(), tie('data')), { maxLength: 3 }).map((pairs) => new Map(pairs)),
  ),
}));

/** Everything in it that could be changed. */
function partsOf(value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return [];
  const inside =
    value instanceof Map
      ? [...value.keys(), ...value.values()]
      : [...(value instanceof Set ? value : Object.values(value))];
  return value instanceof Uint8Array ? [value] : [value, ...inside.flatMap(partsOf)];
}

describe('a snapshot', () => {
  it('of 5,000 values equals what it was taken of, and shares nothing with it', () => {
    fc.assert(
      fc.property(data, (value) => {
        const copy = snapshotOf(value);
        expect(isDeepStrictEqual(plainOf(copy), plainOf(value))).toBe(true);
        const own = new Set(partsOf(value));
        expect(partsOf(copy).filter((part) => own.has(part))).toEqual([]);
      }),
      { numRuns: 5_000 },
    );
  });

  it('keeps cycles, what is there twice, and holes', () => {
    const twice = { a: 1 };
    const value: { self?: unknown; twice: readonly unknown[]; holes: unknown[] } = {
      twice: [twice, twice],
      // biome-ignore lint/suspicious/noSparseArray: that is what is looked at
      holes: [1, , 3],
    };
    value.self = value;
    const copy = snapshotOf(value) as typeof value;
    expect(copy.self).toBe(copy);
    expect(copy.twice[0]).toBe(copy.twice[1]);
    expect(copy.twice[0]).not.toBe(twice);
    expect([copy.holes.length, 1 in copy.holes]).toEqual([3, false]);
  });

  it('leaves as it is what is no data, for the codec to refuse', () => {
    class Coin {
      readonly cents = 1;
    }
    const accessor = Object.defineProperty({}, 'a', { get: () => expect.fail('called'), enumerable: true });
    const hidden = Object.defineProperty({}, 'a', { value: 1, enumerable: false });
    const all = [new Coin(), accessor, hidden, () => 1, { [Symbol('s')]: 1 }, Buffer.from('a')];
    const copy = snapshotOf(all) as typeof all;
    expect(copy).not.toBe(all);
    for (const [place, value] of all.entries()) expect(copy[place]).toBe(value);
  });
});

/** Copies of objects without a prototype have one. */
function plainOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainOf);
  const isObject = typeof value === 'object' && value !== null;
  if (!isObject || value instanceof Date || value instanceof Uint8Array) return value;
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, plainOf(item)]));
  if (value instanceof Set) return new Set([...value].map(plainOf));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainOf(item)]));
}
