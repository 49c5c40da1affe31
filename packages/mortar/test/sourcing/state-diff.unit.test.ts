import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../src/contracts/index.js';
import { changesBetween, type StateChange } from '../../src/sourcing/index.js';

const cases: readonly (readonly [string, unknown, unknown, readonly StateChange[]])[] = [
  ['the same', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
  ['the whole', 1, 2, [{ path: '', before: 1, after: 2 }]],
  ['a field', { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, [{ path: 'a.c', before: 2, after: 3 }]],
  ['a field that has come', { a: 1 }, { a: 1, b: undefined }, [{ path: 'b', after: undefined }]],
  ['a field that has gone', { a: 1, b: 2 }, { a: 1 }, [{ path: 'b', before: 2 }]],
  ['a field of no simple name', { 'a b': 1 }, { 'a b': 2 }, [{ path: '["a b"]', before: 1, after: 2 }]],
  [
    'an item',
    { items: [1, 2, 3] },
    { items: [1, 5] },
    [
      { path: 'items[1]', before: 2, after: 5 },
      { path: 'items[2]', before: 3 },
    ],
  ],
  [
    'a Date',
    { at: new Date(1) },
    { at: new Date(2) },
    [{ path: 'at', before: new Date(1), after: new Date(2) }],
  ],
  ['an equal Date', { at: new Date(1) }, { at: new Date(1) }, []],
  ['an equal Date that is none', new Date(Number.NaN), new Date(Number.NaN), []],
  [
    'bytes',
    Uint8Array.of(1, 2),
    Uint8Array.of(1, 3),
    [{ path: '', before: Uint8Array.of(1, 2), after: Uint8Array.of(1, 3) }],
  ],
  [
    'more bytes',
    Uint8Array.of(1),
    Uint8Array.of(1, 0),
    [{ path: '', before: Uint8Array.of(1), after: Uint8Array.of(1, 0) }],
  ],
  ['equal bytes', Uint8Array.of(1, 2), Uint8Array.of(1, 2), []],
  ['a bigint', 1n, 2n, [{ path: '', before: 1n, after: 2n }]],
  ['a bigint for a number', 1, 1n, [{ path: '', before: 1, after: 1n }]],
  ['minus nothing', 0, -0, [{ path: '', before: 0, after: -0 }]],
  ['what is no number', Number.NaN, Number.NaN, []],
  [
    'a Map',
    new Map([['a', 1]]),
    new Map([
      ['a', 2],
      ['b', 3],
    ]),
    [
      { path: 'a', before: 1, after: 2 },
      { path: 'b', after: 3 },
    ],
  ],
  [
    'a Map in another order',
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
    new Map([
      ['b', 2],
      ['a', 1],
    ]),
    [],
  ],
  [
    'a Map of objects',
    new Map([[{ id: 1 }, 'x']]),
    new Map([[{ id: 1 }, 'y']]),
    [{ path: '["{\\"id\\":1}"]', before: 'x', after: 'y' }],
  ],
  [
    'a Map whose number is a text',
    new Map<unknown, number>([[1, 1]]),
    new Map<unknown, number>([['1', 1]]),
    [
      { path: '[1]', before: 1 },
      { path: '["1"]', after: 1 },
    ],
  ],
  [
    'a Set',
    { tags: new Set(['a', 'b']) },
    { tags: new Set(['b', 'c']) },
    [
      { path: 'tags.a', before: 'a' },
      { path: 'tags.c', after: 'c' },
    ],
  ],
  ['a Set of equal objects', new Set([{ a: 1 }]), new Set([{ a: 1 }]), []],
  ['a Set of what no text can carry', new Set([Symbol.iterator]), new Set([Symbol.iterator]), []],
  ['a Map for an object', new Map(), {}, [{ path: '', before: new Map(), after: {} }]],
  ['an array for a Set', [], new Set(), [{ path: '', before: [], after: new Set() }]],
  ['a Date for an object', { a: new Date(1) }, { a: {} }, [{ path: 'a', before: new Date(1), after: {} }]],
  ['nothing for an object', { a: null }, { a: {} }, [{ path: 'a', before: null, after: {} }]],
];

/** All that the codec carries, but for texts of which it refuses some. */
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.oneof(
      fc.integer(),
      fc.bigInt({ min: -9n, max: 9n }),
      fc.boolean(),
      fc.constantFrom(null, undefined, 'a', 'b', -0),
      fc.date({ noInvalidDate: true }),
      fc.uint8Array({ maxLength: 3 }),
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c d'), tie('value'), { maxKeys: 3 }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(fc.constantFrom<unknown>(1, 2n, 'a', 'b'), { maxLength: 3 }).map((members) => new Set(members)),
  ),
}));

describe('what has changed in a state', () => {
  it.each(cases)('%s', (_, before, after, expected) => {
    const found = changesBetween(before, after);
    expect(found).toStrictEqual(expected);
    // Back again, the same with before and after swapped.
    expect(changesBetween(after, before)).toHaveLength(expected.length);
  });

  it('is nothing for what was written and read again', () => {
    fc.assert(
      fc.property(value, (state) => {
        expect(changesBetween(state, decode(encode(state)))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('is something for all that is different', () => {
    fc.assert(
      fc.property(value, value, (before, after) => {
        const isSame = encode(sorted(before)) === encode(sorted(after));
        expect(changesBetween(before, after).length === 0).toBe(isSame);
      }),
      { numRuns: 500 },
    );
  });

  it('comes to an end where a state holds itself', () => {
    const ring = (size: number): unknown => {
      const one: { size: number; self?: unknown } = { size };
      one.self = { inner: one };
      return one;
    };
    expect(changesBetween(ring(1), ring(1))).toEqual([]);
    expect(changesBetween(ring(1), ring(2))).toEqual([{ path: 'size', before: 1, after: 2 }]);
  });

  it('is told at each place where the same thing stands', () => {
    const one = { a: 1 };
    const two = { a: 2 };
    expect(changesBetween({ x: one, y: one }, { x: two, y: two }).map(({ path }) => path)).toEqual([
      'x.a',
      'y.a',
    ]);
  });
});

/** The same, with what has no order in one. */
function sorted(state: unknown): unknown {
  if (typeof state !== 'object' || state === null || state instanceof Date || state instanceof Uint8Array)
    return state;
  if (Array.isArray(state)) return state.map(sorted);
  if (state instanceof Set) return new Set([...state].sort((a, b) => order(encode(a), encode(b))));
  if (state instanceof Map) {
    // Of keys that are alike, the last one counts.
    const byKey = new Map([...state].map(([key, one]) => [encode(key), [key, sorted(one)] as const]));
    return new Map([...byKey].sort(([a], [b]) => order(a, b)).map(([key, [, one]]) => [key, one]));
  }
  return Object.fromEntries(
    Object.entries(state)
      .sort(([a], [b]) => order(a, b))
      .map(([key, one]) => [key, sorted(one)]),
  );
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
