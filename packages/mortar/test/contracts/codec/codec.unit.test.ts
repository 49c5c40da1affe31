import { inspect, isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../../src/contracts/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { caught } from '../caught.js';

function nested(levels: number, leaf: unknown = 1): unknown {
  let value = leaf;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

function roundTrip(value: unknown): unknown {
  return decode(encode(value));
}

/** Equality that tells -0 from 0, an absent property from one that is undefined, and takes `constructor` for data. */
function expectSame(actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`Expected ${inspect(expected, { depth: 9 })}; got ${inspect(actual, { depth: 9 })}.`);
}

const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\0', ''));
const key = fc.oneof(
  text,
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'toJSON',
    '$date',
    '$$date',
    '$',
    '$map',
    '$undefined',
    'a b',
    '0',
  ),
);
const scalar = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.boolean(),
  fc.bigInt(),
  fc.constantFrom(null, undefined, -0, 0, Number.MAX_VALUE, Number.MIN_VALUE),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array(),
);
const { value: payload } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 3 }).map((members) => new Set(members)),
  ),
}));

describe('what the codec carries', () => {
  const values: readonly [string, unknown][] = [
    ['null', null],
    ['undefined', undefined],
    ['a bigint', 12345678901234567890n],
    ['a negative bigint', -1n],
    ['-0', -0],
    ['0', 0],
    ['the smallest number', Number.MIN_VALUE],
    ['a date', new Date('2026-01-31T12:00:00.123Z')],
    ['a date before year 0', new Date(-8.64e15)],
    ['bytes', new Uint8Array([0, 1, 254, 255])],
    ['no bytes', new Uint8Array()],
    ['many bytes', new Uint8Array(20_000).map((_, index) => index)],
    [
      'a Map with keys of every type',
      new Map<unknown, unknown>([
        [1n, 'a'],
        [new Date(0), -0],
        [[1], new Set([2n])],
      ]),
    ],
    ['a Map in a Map as a key', new Map([[new Map([['a', 1n]]), undefined]])],
    ['a Set', new Set([1, '1', 1n, undefined, null])],
    ['an undefined property', { note: undefined, total: 1 }],
    ['undefined in an array', [1, undefined, 2]],
    ['text with pairs of surrogates', 'a 😀 b'],
    ['text with controls', '\u0001\n\t\u007f\u2028'],
    ['nothing', {}],
    ['64 levels', nested(64)],
  ];

  test.each(values)('%s', (_, value) => expectSame(roundTrip(value), value));

  test('any mix of them, also as JSON text by way of another JSON implementation', () => {
    fc.assert(
      fc.property(payload, (value) => {
        const written = encode(value);
        expectSame(decode(written), value);
        expectSame(decode(JSON.stringify(JSON.parse(written), undefined, 2)), value);
      }),
      { numRuns: 2_000 },
    );
  });

  test('plain data is plain JSON', () => {
    const value = { orderId: '1', items: [{ sku: 'a', price: 9.99 }], note: null, isGift: false };
    expect(encode(value)).toBe(JSON.stringify(value));
  });

  test('tags are readable', () => {
    expect(encode({ at: new Date(0), size: 5n, left: -0, none: undefined })).toBe(
      '{"at":{"$date":"1970-01-01T00:00:00.000Z"},"size":{"$bigint":"5"},"left":{"$number":"-0"},"none":{"$undefined":true}}',
    );
    expect(encode(new Map([['a', new Set([new Uint8Array([1])])]]))).toBe(
      '{"$map":[["a",{"$set":[{"$bytes":"AQ=="}]}]]}',
    );
  });

  test('an object without a prototype comes back with one', () => {
    const bare: unknown = Object.assign(Object.create(null), { a: 1n });
    expectSame(roundTrip(bare), { a: 1n });
  });

  test('a value used twice is written twice', () => {
    const shared = { at: new Date(1) };
    expectSame(roundTrip({ one: shared, two: [shared, shared] }), { one: shared, two: [shared, shared] });
  });

  test('encoding changes nothing of the value', () => {
    const value = Object.freeze({ list: Object.freeze([1n, Object.freeze({ $date: 'x' })]) });
    encode(value);
    expectSame(value, { list: [1n, { $date: 'x' }] });
  });
});

describe('data that looks like a tag is data', () => {
  const lookAlikes: readonly unknown[] = [
    { $date: '2026-01-31T12:00:00.000Z' },
    { $date: 5n },
    { $$date: 1 },
    { $: '$' },
    { $unknown: { $map: [] } },
    { $undefined: undefined },
    { $bigint: '1', more: true },
    new Map([[{ $set: [] }, { $$set: [] }]]),
  ];

  test.each(lookAlikes.map((value) => [fc.stringify(value), value]))('%s', (_, value) => {
    expectSame(roundTrip(value), value);
  });
});

describe('names of the language are own data and pollute nothing', () => {
  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'toJSON'])(
    '%s',
    (name) => {
      for (const inner of [{ polluted: true }, { polluted: 1n }, undefined, 'text']) {
        const value = JSON.parse(`{"a":1,${JSON.stringify(name)}:null}`);
        Object.defineProperty(value, name, {
          value: inner,
          enumerable: true,
          configurable: true,
          writable: true,
        });
        const back = roundTrip(value) as object;
        expect(Object.hasOwn(back, name)).toBe(true);
        expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
        expectSame(Object.getOwnPropertyDescriptor(back, name)?.value, inner);
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      }
    },
  );

  test('as the only key, behind an escape, and in hostile text', () => {
    for (const hostile of [
      '{"__proto__":{"admin":true}}',
      '{"a":{"__proto__":{"$bigint":"1"}}}',
      '[{"$$__proto__":{"admin":true}}]',
    ]) {
      const back = decode(hostile);
      expect((back as Record<string, unknown>)['admin']).toBeUndefined();
      expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
    }
  });

  test('an enumerable property of Object.prototype changes nothing', () => {
    const shared = Object.prototype as unknown as Record<string, unknown>;
    shared['injected'] = 1n;
    try {
      expect(encode({ $date: 'mine' })).toBe('{"$$date":"mine"}');
      expect(Object.keys(roundTrip({ a: 1n }) as object)).toEqual(['a']);
    } finally {
      delete shared['injected'];
    }
  });
});

describe('what the codec refuses, with the path', () => {
  class Money {
    readonly amount = 1;
  }
  class Stamp extends Date {}
  const cycle: Record<string, unknown> = { name: 'a' };
  cycle['self'] = { again: [cycle] };
  const sparse = [1];
  sparse[2] = 3;
  const withExtra = Object.assign([1], { index: 0 });
  const cases: readonly [string, unknown, string][] = [
    ['NaN', { a: [Number.NaN] }, 'a[0]'],
    ['Infinity', { a: Number.POSITIVE_INFINITY }, 'a'],
    ['-Infinity', [Number.NEGATIVE_INFINITY], '[0]'],
    ['a function', { run: () => 1 }, 'run'],
    ['a symbol', { mark: Symbol('x') }, 'mark'],
    ['a symbol as a key', { inner: { [Symbol('x')]: 1 } }, 'inner'],
    ['an instance of a class', { price: new Money() }, 'price'],
    ['an instance of a subclass', { at: new Stamp(0) }, 'at'],
    ['a Buffer', { bytes: Buffer.from('a') }, 'bytes'],
    ['an array of other numbers', { list: new Float64Array(1) }, 'list'],
    ['a RegExp', { pattern: /a/ }, 'pattern'],
    ['an Error', { cause: new Error('x') }, 'cause'],
    ['a promise', { later: Promise.resolve() }, 'later'],
    ['an invalid date', { at: new Date(Number.NaN) }, 'at'],
    ['a false Date', { at: Object.create(Date.prototype) as unknown }, 'at'],
    ['a false Map', { map: Object.create(Map.prototype) as unknown }, 'map'],
    ['a false Set', { set: Object.create(Set.prototype) as unknown }, 'set'],
    ['a cycle', { root: cycle }, 'root.self.again[0]'],
    ['a hole', { list: sparse }, 'list'],
    ['properties of an array', { list: withExtra }, 'list'],
    [
      'an accessor',
      {
        get total() {
          return 1;
        },
      },
      'total',
    ],
    ['a setter', { set total(_: number) {} }, 'total'],
    ['half a pair', { name: 'a\ud800' }, 'name'],
    ['the other half', { name: '\udc00a' }, 'name'],
    ['NUL', { names: ['a\0b'] }, 'names[0]'],
    ['NUL in a key', { 'a\0': 1 }, '["a\\u0000"]'],
    ['half a pair in a key', { outer: { '\ud800': 1 } }, 'outer["\\ud800"]'],
    ['NaN in a Map', { prices: new Map([['usd', Number.NaN]]) }, 'prices.usd'],
    ['NaN as the key of a Map', { prices: new Map([[Number.NaN, 1]]) }, 'prices[0]'],
    ['NaN in a Set', new Set([1, Number.NaN]), '[1]'],
  ];

  test.each(cases)('%s', (_, value, path) => {
    const error = caught(() => encode(value));
    expect(error.code).toBe('MORTAR_CODEC_UNSUPPORTED');
    expect(error.issues[0]?.path).toBe(path);
    expect(error.message).toContain(path);
  });

  test('a getter and toJSON are never called', () => {
    let calls = 0;
    const value = {
      get secret() {
        calls += 1;
        return 1;
      },
      toJSON: () => {
        calls += 1;
        return 'other';
      },
    };
    caught(() => encode(value));
    caught(() =>
      encode({
        toJSON: () => {
          calls += 1;
          return 'other';
        },
      }),
    );
    const dated = new Date(0);
    dated.toJSON = (): string => {
      calls += 1;
      return 'other';
    };
    dated.toISOString = (): string => {
      calls += 1;
      return 'other';
    };
    expectSame(roundTrip({ dated }), { dated: new Date(0) });
    expect(calls).toBe(0);
  });

  test('data named toJSON is data', () => {
    expectSame(roundTrip({ toJSON: 'text' }), { toJSON: 'text' });
  });
});

describe('depth', () => {
  test('65 levels', () => {
    const error = caught(() => encode({ a: nested(64) }));
    expect(error.code).toBe('MORTAR_CODEC_TOO_DEEP');
    expect(error.issues[0]?.path).toBe(`a${'[0]'.repeat(63)}`);
  });

  test('Maps and Sets count as one level each, on both sides', () => {
    let value: unknown = 1n;
    for (let level = 0; level < 32; level += 1) value = new Map([[new Set([level]), [value]]]);
    expectSame(roundTrip(value), value);
    expect(caught(() => encode([value])).code).toBe('MORTAR_CODEC_TOO_DEEP');
    const deeper = encode([value], { maxDepth: 65 });
    expect(caught(() => decode(deeper)).code).toBe('MORTAR_CODEC_TOO_DEEP');
    expectSame(decode(deeper, { maxDepth: 65 }), [value]);
  });

  test('100,000 levels do not overflow the stack, in any form', () => {
    expect(caught(() => encode(nested(100_000))).code).toBe('MORTAR_CODEC_TOO_DEEP');
    const texts = ['[', '{"a":', '{"$$a":', '{"$set":[', '{"$map":[[1,'];
    const ends = [']', '}', '}', ']}', ']]}'];
    texts.forEach((open, index) => {
      const levels = 100_000;
      const hostile = `${open.repeat(levels)}1${(ends[index] ?? '').repeat(levels)}`;
      const error = caught(() => decode(hostile, { maxBytes: 4_000_000 }));
      expect(error.code).toBe('MORTAR_CODEC_TOO_DEEP');
    });
  });

  test('the limit is an option', () => {
    expect(caught(() => encode([[1]], { maxDepth: 1 })).code).toBe('MORTAR_CODEC_TOO_DEEP');
    expect(encode([1], { maxDepth: 1 })).toBe('[1]');
    expect(caught(() => encode(1, { maxDepth: 0 })).code).toBe('MORTAR_OPTIONS_INVALID');
    expect(caught(() => decode('1', { maxBytes: 1.5 })).code).toBe('MORTAR_OPTIONS_INVALID');
  });
});

describe('size', () => {
  const MIB = 1_048_576;

  test.each([
    ['ASCII', 'a', 1],
    ['two bytes', 'é', 2],
    ['three bytes', '€', 3],
    ['four bytes', '😀', 4],
  ])('is measured in UTF-8: %s', (_, character, bytes) => {
    const fits = character.repeat(Math.floor((MIB - 2) / bytes));
    expect(roundTrip(fits)).toBe(fits);
    const over = `${fits}${character}${'a'.repeat(4)}`;
    expect(caught(() => encode(over)).code).toBe('MORTAR_CODEC_TOO_LARGE');
    expect(caught(() => decode(JSON.stringify(over))).code).toBe('MORTAR_CODEC_TOO_LARGE');
  });

  test('exactly the limit, and one byte more', () => {
    expect(encode('a'.repeat(MIB - 2))).toHaveLength(MIB);
    expect(caught(() => encode('a'.repeat(MIB - 1))).code).toBe('MORTAR_CODEC_TOO_LARGE');
    expect(caught(() => encode('aaa', { maxBytes: 4 })).code).toBe('MORTAR_CODEC_TOO_LARGE');
    expect(encode('aaa', { maxBytes: 5 })).toBe('"aaa"');
  });

  test('the path says where it grew too large', () => {
    const error = caught(() => encode({ small: 1, rows: ['a', 'b'.repeat(2 * MIB)] }));
    expect(error.issues[0]?.path).toBe('rows[1]');
  });

  test('shared references do not blow up', () => {
    let bomb: unknown = ['ha'];
    for (let level = 0; level < 60; level += 1) bomb = [bomb, bomb];
    expect(caught(() => encode(bomb)).code).toBe('MORTAR_CODEC_TOO_LARGE');
  });

  test('a huge array or byte array is refused before it is read', () => {
    expect(caught(() => encode(new Array(2 ** 31))).code).toBe('MORTAR_CODEC_TOO_LARGE');
    expect(caught(() => encode(new Uint8Array(4 * MIB))).code).toBe('MORTAR_CODEC_TOO_LARGE');
  });
});

describe('corrupt text', () => {
  const cases: readonly [string, string, string][] = [
    ['nothing', '', ''],
    ['no JSON', '{"a":', ''],
    ['raw NUL', '"a\0"', ''],
    ['an unknown tag', '{"a":{"$nonsense":1}}', 'a'],
    ['a tag named like a method', '{"$toString":1}', ''],
    ['a tag named __proto__', '{"a":[{"$__proto__":1}]}', 'a[0]'],
    ['the bare sign', '{"$":1}', ''],
    ['a bigint that is a number', '{"$bigint":5}', ''],
    ['a bigint with blanks', '{"$bigint":" 5"}', ''],
    ['an empty bigint', '{"$bigint":""}', ''],
    ['a bigint with a leading zero', '{"$bigint":"007"}', ''],
    ['a hexadecimal bigint', '{"$bigint":"0x1"}', ''],
    ['minus zero as a bigint', '{"$bigint":"-0"}', ''],
    ['no date', '{"at":{"$date":"yesterday"}}', 'at'],
    ['a date of another form', '{"at":{"$date":"2026-01-31"}}', 'at'],
    ['an impossible date', '{"at":{"$date":"2026-02-30T00:00:00.000Z"}}', 'at'],
    ['a date as a number', '{"at":{"$date":0}}', 'at'],
    ['base64 without padding', '{"$bytes":"AQ"}', ''],
    ['base64 with blanks', '{"$bytes":"A Q=="}', ''],
    ['base64 with stray bits', '{"$bytes":"AR=="}', ''],
    ['base64 of a URL', '{"$bytes":"_-=="}', ''],
    ['bytes as an array', '{"$bytes":[1]}', ''],
    ['another number', '{"$number":"NaN"}', ''],
    ['undefined with content', '{"$undefined":false}', ''],
    ['a Map that is an object', '{"$map":{}}', ''],
    ['a Map of single values', '{"m":{"$map":[["a",1],["b"]]}}', 'm[1]'],
    ['a Map of triples', '{"m":{"$map":[["a",1,2]]}}', 'm[0]'],
    ['a Map with a key twice', '{"m":{"$map":[["a",1],["a",2]]}}', 'm[1]'],
    ['a fault in a Map', '{"m":{"$map":[["a",{"$date":1}]]}}', 'm.a'],
    ['a Set with a member twice', '{"$set":[1,1]}', '[1]'],
    ['a Set that is text', '{"$set":"ab"}', ''],
    ['escaped NUL', '{"a":"\\u0000"}', 'a'],
    ['escaped NUL in a key', '{"\\u0000":1}', '["\\u0000"]'],
    ['escaped NUL in an escaped key', '{"$$\\u0000":1}', '["$\\u0000"]'],
    ['half a pair, escaped', '["\\ud800"]', '[0]'],
    ['half a pair, raw', '["\ud800"]', '[0]'],
    ['a number out of range', '{"a":1e999}', 'a'],
  ];

  test.each(cases)('%s', (_, hostile, path) => {
    const error = caught(() => decode(hostile));
    expect(error.code).toBe('MORTAR_CODEC_CORRUPT');
    expect(error.category).toBe('corrupt');
    if (path !== '') expect(error.issues[0]?.path).toBe(path);
  });

  test('what is not text at all', () => {
    for (const value of [undefined, null, 1, {}, Buffer.from('1')]) {
      expect(caught(() => decode(value as string)).code).toBe('MORTAR_CODEC_CORRUPT');
    }
  });

  test('a tag behind an escape in JSON is the same tag', () => {
    expectSame(decode('{ "\\u0024bigint" : "5" }'), 5n);
  });

  test('any change of a text is decoded or refused with a code of the codec', () => {
    const noise = fc.constantFrom('{', '}', '"', '$', '\\', ',', ':', '[', ']', '0', 'e', '\\u0000', 'null');
    fc.assert(
      fc.property(payload, fc.nat(), noise, (value, position, piece) => {
        const written = encode(value);
        const at = position % (written.length + 1);
        try {
          decode(written.slice(0, at) + piece + written.slice(at + 1));
        } catch (error) {
          expect(error).toBeInstanceOf(MortarError);
          expect((error as MortarError).code).toMatch(/^MORTAR_CODEC_/);
        }
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });
});
