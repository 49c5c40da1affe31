import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareTexts,
  MAX_SORTABLE_BYTES,
  type Sortable,
  sortableOf,
  sortablesBeginningWith,
} from '../../src/read-models/index.js';

const EXACT_BYTES = 200;

/** How sortable values compare, in plain words: by their kind, then by themselves. */
function compare(a: Sortable, b: Sortable): number {
  const byKind = kindOf(a) - kindOf(b);
  if (byKind !== 0) return byKind;
  if (typeof a === 'string' && typeof b === 'string') return compareCharacters(a, b);
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(a, b);
  if (a instanceof Date && b instanceof Date) return compareNumbers(a.getTime(), b.getTime());
  if (typeof a === 'bigint' && typeof b === 'bigint') return Number(a > b) - Number(a < b);
  return Number(a ?? 0) - Number(b ?? 0);
}

function kindOf(value: Sortable): number {
  if (value === null || value === undefined) return 0;
  if (value instanceof Date) return 4;
  return ['', 'boolean', 'number', 'bigint', '', 'string'].indexOf(typeof value);
}

function compareNumbers(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  return a - b === 0 || a === b ? 0 : Math.sign(a - b) || (a < b ? -1 : 1);
}

function compareCharacters(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let index = 0; index < Math.min(x.length, y.length); index += 1) {
    const difference = (x[index]?.codePointAt(0) ?? 0) - (y[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

/** Characters at the borders of what is escaped and of what UTF-16 sorts otherwise, in all combinations. */
const awkward = fc.constantFrom(
  '\0',
  '\u0001',
  '\u0002',
  'a',
  'b',
  'é',
  '\ud7fe',
  '\ud7ff',
  '\ud800',
  '\udbff',
  '\udc00',
  '\udfff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{10ffff}',
);
const awkwardText = fc.array(awkward, { maxLength: 6 }).map((characters) => characters.join(''));
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  awkwardText,
);
const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, Number.NaN, 5e-324, -5e-324));
const bigint = fc.oneof(
  fc.bigInt({ min: -20n, max: 20n }),
  fc.bigInt(),
  fc.bigInt({ min: 0n, max: 2n ** 500n }),
);
const date = fc.oneof(
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(new Date(8.64e15), new Date(-8.64e15), new Date(0)),
);
const sortable: fc.Arbitrary<Sortable> = fc.oneof(
  fc.constantFrom(null, undefined, true, false),
  number,
  bigint,
  date,
  text,
);

/** Texts that begin with as much as is exact, or nearly so. */
const longText = fc
  .tuple(fc.integer({ min: EXACT_BYTES - 6, max: EXACT_BYTES + 6 }), awkwardText, awkwardText)
  .map(([length, middle, end]) => 'x'.repeat(length) + middle + end);

function bytesOf(value: string): Buffer {
  return Buffer.from(value);
}

describe('what documents are sorted by', () => {
  it('sorts byte by byte as the values do', () => {
    fc.assert(
      fc.property(sortable, sortable, (a, b) => {
        const compared = Buffer.compare(bytesOf(sortableOf(a)), bytesOf(sortableOf(b)));
        expect(compared).toBe(Math.sign(compare(a, b)));
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ['strings', text],
    ['numbers', number],
    ['bigints', bigint],
    ['dates', date],
  ] as const)('sorts %s among themselves so', (_, values: fc.Arbitrary<Sortable>) => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const compared = Buffer.compare(bytesOf(sortableOf(a)), bytesOf(sortableOf(b)));
        expect(compared).toBe(Math.sign(compare(a, b)));
      }),
      { numRuns: 3_000 },
    );
  });

  it('is text that every store keeps, and not too long', () => {
    const any = fc.oneof(
      sortable,
      longText,
      fc.string({ minLength: 500, unit: 'binary' }),
      fc.bigInt(2n ** 3_000n, 2n ** 3_001n),
    );
    fc.assert(
      fc.property(any, (value) => {
        const kept = sortableOf(value);
        expect(kept).not.toMatch(/\0|\p{Surrogate}/u);
        expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(MAX_SORTABLE_BYTES);
      }),
    );
  });

  it('tells long strings apart, and sorts them by what begins within the first 200 bytes', () => {
    // Of 200 bytes, and of one more as it is kept.
    const atTheLimit = `${'x'.repeat(197)}\ud7ff`;
    fc.assert(
      fc.property(longText, longText, (a, b) => {
        const [x, y] = [sortableOf(a), sortableOf(b)];
        expect(x === y).toBe(a === b);
        const heads = [headOf(a), headOf(b)] as const;
        const byHead = compareCharacters(...heads);
        const compared = Buffer.compare(bytesOf(x), bytesOf(y));
        if (byHead !== 0) expect(compared).toBe(Math.sign(byHead));
        // With a digit for its kind, and no hash.
        else if (a === heads[0] && a !== b && Buffer.byteLength(x) <= 1 + EXACT_BYTES)
          expect(compared).toBe(-1);
      }),
      { numRuns: 3_000, examples: [[atTheLimit, `${atTheLimit}\0`]] },
    );
  });

  it('tells long bigints apart, and sorts them by their length and first digits', () => {
    const huge = 16n ** 200n;
    const sorted = [
      -16n * huge,
      -2n * huge,
      -huge,
      -(16n ** 20n),
      0n,
      16n ** 20n,
      huge,
      2n * huge,
      16n * huge,
    ];
    const texts = sorted.map(sortableOf);
    expect([...texts].sort(compareTexts)).toEqual(texts);
    expect(sortableOf(huge)).not.toBe(sortableOf(huge + 1n));
    expect(sortableOf(huge)).toBe(sortableOf(16n ** 200n));
  });

  it('finds strings by their beginnings, and no others', () => {
    fc.assert(
      fc.property(awkwardText, fc.oneof(awkwardText, text), (beginning, rest) => {
        const { from, to } = sortablesBeginningWith(beginning);
        for (const value of [rest, beginning + rest, beginning]) {
          const kept = sortableOf(value);
          const isWithin = compareTexts(kept, from) >= 0 && compareTexts(kept, to) < 0;
          expect(isWithin, JSON.stringify([beginning, value])).toBe(beginsWith(value, beginning));
        }
        expect(compareTexts(sortableOf(9n), from)).toBeLessThan(0);
      }),
      { numRuns: 3_000 },
    );
  });

  it('finds long strings by beginnings that are told apart', () => {
    const long = 'é'.repeat(150);
    const { from, to } = sortablesBeginningWith('é'.repeat(100));
    expect(compareTexts(sortableOf(long), from)).toBeGreaterThan(0);
    expect(compareTexts(sortableOf(long), to)).toBeLessThan(0);
    const expected = { code: 'MORTAR_OPTIONS_INVALID' };
    expect(() => sortablesBeginningWith('é'.repeat(101))).toThrow(expect.objectContaining(expected));
    expect(() => sortablesBeginningWith(7 as unknown as string)).toThrow(expect.objectContaining(expected));
  });

  it.each([[{}], [[]], [Symbol('s')], [() => 7], [new Map()], [new URL('https://a.b')]])(
    'refuses what has no order: %s',
    (value) => {
      expect(() => sortableOf(value)).toThrow(expect.objectContaining({ code: 'MORTAR_DOCUMENT_INVALID' }));
    },
  );

  it('compares texts as their bytes', () => {
    const storable = awkwardText.filter((value) => !/\p{Surrogate}/u.test(value));
    fc.assert(
      fc.property(fc.oneof(storable, fc.string({ unit: 'grapheme' })), storable, (a, b) => {
        expect(Math.sign(compareTexts(a, b))).toBe(Buffer.compare(bytesOf(a), bytesOf(b)));
      }),
      { numRuns: 3_000 },
    );
  });
});

/** The characters of a text that begin within what is exact, each escaped one counting as it is kept. */
function headOf(value: string): string {
  let bytes = 0;
  let head = '';
  for (const character of value) {
    if (bytes >= EXACT_BYTES) break;
    bytes += Buffer.byteLength(sortableOf(character)) - 1;
    head += character;
  }
  return head;
}

/** By characters: a half of a pair is no beginning of the pair. */
function beginsWith(value: string, beginning: string): boolean {
  const [all, first] = [[...value], [...beginning]];
  return first.every((character, index) => all[index] === character);
}
