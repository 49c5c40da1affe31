import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare, type Specification, type Where, where } from '../../src/patterns/index.js';
import { codeOf } from '../contracts/caught.js';

interface Tool {
  readonly name: string;
  readonly price: number;
  readonly isSharp: boolean;
  readonly note?: string | null;
  readonly soldAt?: Date;
  readonly serial?: bigint;
  readonly parts: readonly string[];
}

const saw: Tool = { name: 'saw', price: 20, isSharp: true, soldAt: new Date(1_000), serial: 7n, parts: [] };

/** Calls `where` as one who was not kept from it by the compiler. */
function whereOf(fields: unknown): Specification<unknown> {
  return Reflect.apply(where, undefined, [fields]);
}

describe('where', () => {
  it.each<[string, Where<Tool>, boolean]>([
    ['no condition', {}, true],
    ['an equal text', { name: { eq: 'saw' } }, true],
    ['another text', { name: { eq: 'Saw' } }, false],
    ['one of a list', { name: { in: ['axe', 'saw'] } }, true],
    ['none of a list', { name: { in: ['axe'] } }, false],
    ['none of an empty list', { name: { in: [] } }, false],
    ['less', { price: { lt: 21 } }, true],
    ['not less', { price: { lt: 20 } }, false],
    ['at most', { price: { lte: 20 } }, true],
    ['greater', { price: { gt: 19 } }, true],
    ['not greater', { price: { gt: 20 } }, false],
    ['at least', { price: { gte: 20 } }, true],
    ['within two bounds', { price: { gte: 10, lt: 20 } }, false],
    ['a truth value', { isSharp: { eq: true } }, true],
    ['false before true', { isSharp: { gt: false } }, true],
    ['an equal date', { soldAt: { eq: new Date(1_000) } }, true],
    ['an earlier date', { soldAt: { lt: new Date(1_001) } }, true],
    ['a date of a list', { soldAt: { in: [new Date(0), new Date(1_000)] } }, true],
    ['a bigint', { serial: { gte: 7n } }, true],
    ['a beginning', { name: { startsWith: 'sa' } }, true],
    ['an end', { name: { startsWith: 'aw' } }, false],
    ['the empty beginning', { name: { startsWith: '' } }, true],
    ['null for an absent field', { note: { eq: null } }, true],
    ['null in a list', { note: { in: ['x', null] } }, true],
    ['an absent field is not less', { note: { lt: 'x' } }, false],
    ['an absent field begins with nothing', { note: { startsWith: '' } }, false],
    ['two fields', { name: { eq: 'saw' }, price: { eq: 1 } }, false],
  ])('%s', (_, fields, isMet) => {
    expect(where<Tool>(fields).isSatisfiedBy(saw)).toBe(isMet);
  });

  it.each([
    ['a number and a text', { price: { eq: '20' } }],
    ['a number and a bigint', { price: { eq: 20n } }],
    ['a number and a truth value', { isSharp: { eq: 1 } }],
    ['a date and its number', { soldAt: { eq: 1_000 } }],
    ['a date over a number', { soldAt: { gt: 0 } }],
    ['a date at least a number', { soldAt: { gte: 0 } }],
    ['a number under a text', { price: { lt: 'x' } }],
    ['a number at most a text', { price: { lte: 'x' } }],
    ['an absent field under a number', { weight: { lt: 5 } }],
    ['an absent field at most a text', { note: { lte: 'x' } }],
    ['a list and a text', { parts: { eq: '' } }],
    ['a list and a beginning', { parts: { startsWith: '' } }],
  ])('%s are never equal, nor less than each other', (_, fields) => {
    expect(whereOf(fields).isSatisfiedBy(saw)).toBe(false);
  });

  it('sees nothing that a candidate has inherited', () => {
    const heir: unknown = Object.create(saw);
    expect(whereOf({ name: { eq: 'saw' } }).isSatisfiedBy(heir)).toBe(false);
    for (const field of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      expect(whereOf(JSON.parse(`{"${field}":{"startsWith":""}}`)).isSatisfiedBy(saw)).toBe(false);
    expect(whereOf({ length: { gte: 0 } }).isSatisfiedBy('text')).toBe(false);
  });

  it('finds an own field named __proto__', () => {
    const wanted = whereOf(JSON.parse('{"__proto__":{"eq":"x"}}'));
    expect(wanted.isSatisfiedBy(JSON.parse('{"__proto__":"x"}'))).toBe(true);
    expect(wanted.isSatisfiedBy({})).toBe(false);
  });

  it('calls no code of a candidate', () => {
    const trap = {
      get name(): string {
        throw new Error('called');
      },
    };
    expect(whereOf({ name: { eq: 'saw' } }).isSatisfiedBy(trap)).toBe(false);
    for (const odd of [null, undefined, 1])
      expect(whereOf({ name: { eq: 'x' } }).isSatisfiedBy(odd)).toBe(false);
  });

  it('is described as data, from which nobody reaches in', () => {
    const soldAt = new Date(500);
    const names = ['saw'];
    const spec = where<Tool>({ soldAt: { gt: soldAt }, name: { in: names } });
    soldAt.setTime(5_000);
    names.pop();
    expect(spec.isSatisfiedBy(saw)).toBe(true);
    const described = spec.describe();
    expect(described).toEqual({
      kind: 'where',
      conditions: [
        { field: 'soldAt', operator: 'gt', value: new Date(500) },
        { field: 'name', operator: 'in', value: ['saw'] },
      ],
    });
    if (described.kind === 'where' && described.conditions[0]?.value instanceof Date)
      described.conditions[0].value.setTime(9_000);
    expect(spec.isSatisfiedBy(saw)).toBe(true);
  });
});

describe('what where refuses', () => {
  class Conditions {
    readonly name = { eq: 'saw' };
  }

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'name'],
    ['a list', [{ name: { eq: 'saw' } }]],
    ['an instance of a class', new Conditions()],
    ['an inherited condition', Object.create({ name: { eq: 'saw' } })],
    ['a value without an operator', { name: 'saw' }],
    ['a condition without an operator', { name: {} }],
    ['an unknown operator', { name: { regex: '.*' } }],
    ['a misspelt operator beside another', { name: { eq: 'saw', It: 'x' } }],
    ['an inherited operator', { name: Object.create({ eq: 'saw' }) }],
    ['a value that went missing', { name: { eq: undefined } }],
    ['a value in a list that went missing', { name: { in: ['saw', undefined] } }],
    ['a pattern', { name: { eq: /s.*/ } }],
    ['an object', { name: { eq: { $ne: '' } } }],
    ['a function', { name: { eq: () => true } }],
    ['a symbol', { name: { eq: Symbol('saw') } }],
    ['NaN', { price: { lt: Number.NaN } }],
    ['an invalid date', { soldAt: { lt: new Date(Number.NaN) } }],
    ['null for a bound', { price: { lt: null } }],
    ['a text for a list', { name: { in: 'saw' } }],
    ['a list for a value', { name: { eq: ['saw'] } }],
    ['a beginning that is no text', { name: { startsWith: 1 } }],
  ])('%s', (_, fields) => {
    expect(codeOf(() => whereOf(fields))).toBe('MORTAR_OPTIONS_INVALID');
  });
});

const comparables = fc.oneof(
  fc.constantFrom(null, undefined),
  fc.boolean(),
  fc.double({ noNaN: true }),
  fc.integer({ min: -2, max: 2 }),
  fc.bigInt({ min: -3n, max: 3n }),
  fc.date({ noInvalidDate: true }),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.constantFrom('', 'a', 'A', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10ffff}'),
);

describe('compare', () => {
  it('is a total order over any values', () => {
    fc.assert(
      fc.property(comparables, comparables, comparables, (a, b, c) => {
        expect(Math.sign(compare(a, b)) + Math.sign(compare(b, a))).toBe(0);
        expect(compare(a, a)).toBe(0);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 5_000 },
    );
  });

  it('orders texts as their bytes in UTF-8', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 5 });
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        expect(Math.sign(compare(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 5_000 },
    );
  });

  it('puts nothing first, then booleans, numbers, bigints, dates, texts', () => {
    const ordered = [null, false, true, -1, 5, -1n, 5n, new Date(-1), new Date(5), '', 'a'];
    expect(ordered.toReversed().sort(compare)).toEqual(ordered);
    expect(compare(null, undefined)).toBe(0);
    expect(compare(0, -0)).toBe(0);
  });
});
