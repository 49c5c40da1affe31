import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/bus/internal/requests/digest.js';
import { Lru } from '../../../src/bus/internal/requests/lru.js';
import { copyAnswer, shareAnswer, takeAnswer } from '../../../src/bus/internal/requests/shared-answer.js';
import { codeOf } from '../../contracts/caught.js';
import { upTo } from '../../support/parcels.js';

/** Data as schemas give it: with Dates, Maps, Sets, bigints and bytes anywhere. */
const { data } = fc.letrec<{ data: unknown; list: unknown[]; object: Record<string, unknown> }>((tie) => ({
  data: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false, 0, -0, 1, 1n, '', 'a', '1', '$date'),
    fc.string(),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 4 }),
    tie('list'),
    tie('object'),
    tie('list').map((list) => new Set(list)),
    fc
      .array(fc.tuple(fc.string({ maxLength: 2 }), tie('data')), { maxLength: 3 })
      .map((pairs) => new Map(pairs)),
  ),
  list: fc.array(tie('data'), { maxLength: 4 }),
  object: fc.dictionary(fc.constantFrom('a', 'b', '$date', '$map', '$undefined', '__proto__'), tie('data'), {
    maxKeys: 3,
  }),
}));

/** The same with its keys, entries and members the other way round, and a few that are undefined. */
function turned(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array)
    return value;
  if (Array.isArray(value)) return value.map(turned);
  if (value instanceof Set) return new Set([...value].map(turned).reverse());
  if (value instanceof Map)
    return new Map([...value].map(([key, item]) => [key, turned(item)] as const).reverse());
  const entries = Object.entries(value).map(([key, item]) => [key, turned(item)] as const);
  return Object.fromEntries([['absent', undefined], ...entries.reverse()]);
}

describe('the digest of data', () => {
  test('20,000 values: turned round it is the same, and it differs where the data does', () => {
    fc.assert(
      fc.property(data, data, (one, other) => {
        expect(digestOf(turned(one))).toBe(digestOf(one));
        const isEqual = isDeepStrictEqual(plainOf(one), plainOf(other));
        expect(digestOf(one) === digestOf(other)).toBe(isEqual);
      }),
      { numRuns: 20_000 },
    );
  });

  test.each([
    [1, '1'],
    [1, 1n],
    [0, -0],
    [new Date(0), new Date(0).toISOString()],
    [new Date(0), { $date: new Date(0).toISOString() }],
    [new Map([['a', 1]]), { a: 1 }],
    [new Map([['a', 1]]), { $map: [['a', 1]] }],
    [new Set([1]), [1]],
    [new Set([1]), { $set: [1] }],
    [
      [1, 2],
      [2, 1],
    ],
    [[undefined], [null]],
    [[undefined], []],
    [{ a: { $undefined: true } }, {}],
    [{ a: { $undefined: true, b: 1 } }, { a: undefined }],
    [{ a: 'b","c":"d' }, { a: 'b', c: 'd' }],
    [new Uint8Array([1]), [1]],
  ])('tells %o from %o', (one, other) => {
    expect(digestOf({ value: one })).not.toBe(digestOf({ value: other }));
  });

  test.each([
    Number.NaN,
    () => undefined,
    Symbol('s'),
    new (class Coin {})(),
    new Date(Number.NaN),
    '\ud800',
  ])('of what is no data is refused: %o', (value) => {
    expect(codeOf(() => digestOf(value))).toBe('MORTAR_CODEC_UNSUPPORTED');
  });
});

describe('an answer for several', () => {
  test('5,000 values: what is taken equals what was given, and no change of one reaches another', () => {
    fc.assert(
      fc.property(data, (value) => {
        const before = structuredClone(value);
        const shared = shareAnswer(value);
        spoil(takeAnswer(shared));
        const own = copyAnswer(shared);
        expect(isDeepStrictEqual(plainOf(own), plainOf(before))).toBe(true);
        expect(typeof own === 'object' && own !== null && Object.isFrozen(own)).toBe(false);
        spoil(own);
        spoil(value);
        expect(isDeepStrictEqual(plainOf(takeAnswer(shared)), plainOf(before))).toBe(true);
        expect(shared.kind).not.toBe('opaque');
      }),
      { numRuns: 5_000 },
    );
  });

  const loop: unknown[] = [];
  loop.push(loop);
  const accessor = Object.defineProperty({}, 'a', { get: () => 1, enumerable: true });
  test.each<readonly [string, unknown]>([
    ['a function', () => 1],
    ['an instance', new (class Coin {})()],
    ['an error inside', [new Error('e')]],
    ['a Map of functions', new Map([['a', () => 1]])],
    ['a cycle', loop],
    ['an accessor', accessor],
    ['a symbol', Symbol('s')],
    ['an array with more on it', Object.assign([1, 2], { total: 3 })],
    ['an array with a gap and more on it', Object.assign(new Array(1), { total: 3 })],
    ['a Date with more on it', Object.assign(new Date(5), { zone: 'UTC' })],
    ['a Map with more on it', [Object.assign(new Map(), { total: 3 })]],
  ])('is given as it is where it is no data: %s', (_, value) => {
    const shared = shareAnswer(value);
    expect(shared.kind).toBe('opaque');
    expect(takeAnswer(shared)).toBe(value);
  });
});

/** A few objects that say as much as 2^levels: each refers twice to the next. */
function graph(levels: number, leaf: unknown): unknown {
  let top: unknown = { leaf };
  for (const _ of upTo(levels)) top = [top, top];
  return top;
}

describe('data in which the same is referred to often', () => {
  test.each([
    ['frozen', 1],
    ['copied', new Date(5)],
  ])('is shared as the graph that it is: %s', (kind, leaf) => {
    const shared = shareAnswer(graph(60, leaf));
    expect(shared.kind).toBe(kind);
    for (const taken of [takeAnswer(shared), copyAnswer(shared)]) {
      const [left, right] = taken as [unknown, unknown];
      expect(left).toBe(right);
    }
  });

  test('is not digested where it would be written out at too great a length', () => {
    expect(digestOf(graph(10, 1))).toBe(digestOf(JSON.parse(JSON.stringify(graph(10, 1)))));
    for (const levels of [20, 60, 500])
      expect(codeOf(() => digestOf(graph(levels, 1)))).toBe('MORTAR_CODEC_TOO_LARGE');
    expect(codeOf(() => digestOf(new Map([['a', graph(60, 1)]])))).toBe('MORTAR_CODEC_TOO_LARGE');
  });

  test('is digested at any length where every value is there once', () => {
    const rows = upTo(60_000).map((no) => ({ no, tags: ['a'] }));
    expect(digestOf(rows)).toBe(digestOf(structuredClone(rows)));
  });

  test('is what the codec says of it where it refers to itself, or can not be looked at', () => {
    const loop: unknown[] = [];
    loop.push(loop, graph(60, loop));
    const trap = Object.defineProperty({}, 'a', {
      enumerable: true,
      get() {
        throw new Error('trap');
      },
    });
    expect(codeOf(() => digestOf(loop))).toMatch(/^MORTAR_CODEC_/);
    expect(codeOf(() => digestOf(trap))).toMatch(/^MORTAR_CODEC_/);
  });
});

describe('what is kept by number', () => {
  test('given the library is not there yet, when more comes than is kept, then the oldest goes; later the least recently used', async () => {
    const lru = new Lru<{ no: number }>(3);
    for (const no of upTo(5)) lru.set(`${no}`, { no });
    expect([lru.size, upTo(5).map((no) => lru.get(`${no}`)?.no)]).toEqual([
      3,
      [undefined, undefined, 3, 4, 5],
    ]);
    await lru.loaded();
    expect(lru.size).toBe(3);
    lru.get('3');
    lru.set('6', { no: 6 });
    expect([3, 4, 5, 6].map((no) => lru.get(`${no}`)?.no)).toEqual([3, undefined, 5, 6]);
    lru.delete('3');
    expect([...lru.entries()].map(([key]) => key).sort()).toEqual(['5', '6']);
    lru.clear();
    expect(lru.size).toBe(0);
  });

  test('given the library is not there yet, when values are written anew, deleted and cleared, then the oldest still goes first', () => {
    const lru = new Lru<{ no: number }>(3);
    const write = (...numbers: readonly number[]): void => {
      for (const no of numbers) lru.set(`${no}`, { no });
    };
    const kept = (): string => [...lru.entries()].map(([key]) => key).join('');
    write(1, 2, 3, 1);
    expect(kept()).toBe('123');
    lru.delete('2');
    write(4, 5);
    expect(kept()).toBe('345');
    lru.clear();
    write(6, 7, 8, 9);
    expect(kept()).toBe('789');
    lru.delete('7');
    write(7, 1);
    expect(kept()).toBe('971');
  });

  test('given a library that can not be loaded, when values come, then the oldest goes, and the process is told once', async () => {
    const warnings: Error[] = [];
    const hear = (warning: Error): void => void warnings.push(warning);
    process.on('warning', hear);
    const load = (): Promise<never> => Promise.reject(new Error('no such package'));
    for (const _ of [1, 2]) {
      const lru = new Lru<{ no: number }>(2, load);
      for (const no of upTo(3)) lru.set(`${no}`, { no });
      await lru.loaded();
      lru.get('2');
      lru.set('4', { no: 4 });
      expect([...lru.entries()].map(([key]) => key)).toEqual(['3', '4']);
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    expect(warnings.map(({ name, message }) => `${name}: ${message}`)).toEqual([
      expect.stringMatching(/^MortarWarning: lru-cache could not be loaded.*no such package$/),
    ]);
  });

  test('given room for ten million, when a little is kept, then little is claimed', async () => {
    const lru = new Lru<object>(10_000_000);
    lru.set('a', {});
    const before = process.memoryUsage().arrayBuffers;
    await lru.loaded();
    lru.set('b', {});
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
    expect(lru.size).toBe(2);
  });
});

/** Changes whatever can be changed. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Map || value instanceof Set) {
    for (const part of value.values()) spoil(part);
    value.clear();
  } else if (value instanceof Date) {
    value.setTime(12_345);
  } else if (value instanceof Uint8Array) {
    value.fill(7);
  } else {
    for (const part of Object.values(value)) spoil(part);
    if (!Object.isFrozen(value)) Object.assign(value, { spoilt: true });
  }
}

/** Without the difference between objects with and without a prototype, which copies do not keep. */
function plainOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainOf);
  const isObject = typeof value === 'object' && value !== null;
  if (!isObject || value instanceof Date || value instanceof Uint8Array) return value;
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, plainOf(item)]));
  if (value instanceof Set) return new Set([...value].map(plainOf));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainOf(item)]));
}
