import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ColumnProfile, numbersRows, planOf } from '../../../src/anomaly-detection/domain/plan.js';
import {
  drawWithoutReplacement,
  seededRandom,
} from '../../../src/anomaly-detection/domain/statistics/random.js';
import { normal } from './tables.js';

const many = Array.from({ length: 100 }, (_, row) => row);
const numbers = (values: readonly number[]): boolean => numbersRows(Float64Array.from(values));

describe('columns that number rows', () => {
  it.each([
    ['count from 0', many],
    ['count from any number', many.map((row) => row + 1_000_000)],
    ['count down', many.map((row) => 500 - row)],
    ['have gaps', many.map((row) => row * row + 7)],
    ['are missing here and there', many.map((row) => (row % 9 === 0 ? Number.NaN : row))],
    ['are in another order', many.map((row) => (row * 37) % 100)],
    [
      'are in another order, and some are gone',
      many.map((row) => (row * 37) % 100).filter((row) => row % 3 > 0),
    ],
    ['are as large as milliseconds', many.map((row) => 1_700_000_000_000 + row * 60_000)],
  ])('%s', (_, values) => {
    expect(numbers(values)).toBe(true);
  });

  it.each([
    ['come again', many.map((row) => row % 60)],
    ['come again next to each other', many.map((row) => row >> 1)],
    ['are fractions', many.map((row) => row + 0.5)],
    ['are far apart, in no order', many.map((row) => (row * 7_919) % 99_991)],
    ['are few', many.slice(0, 21)],
    ['are none', []],
    ['are all missing', many.map(() => Number.NaN)],
    ['are infinite', [...many, Number.POSITIVE_INFINITY]],
    ['are beyond what a double counts by ones', many.map((row) => 2 ** 60 + row * 2 ** 20)],
    ['are measured', normal(100, 1).map((value) => Math.round(value * 1_000))],
  ])('are none of those that %s', (_, values) => {
    expect(numbers(values)).toBe(false);
  });

  it('are all that make up a range, whatever their order, and no more once one of them comes again', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e6, max: 1e6 }),
        fc.integer({ min: 22, max: 200 }),
        fc.nat(1_000),
        (first, count, seed) => {
          const random = seededRandom(seed);
          const places = [...drawWithoutReplacement(Math.floor(count * 1.5), count, random)];
          const shuffled = places.map((place) => ({ place, key: random() })).sort((a, b) => a.key - b.key);
          const values = shuffled.map(({ place }) => place + first);
          expect(numbers(values)).toBe(true);
          const again = values.with(3, values[10] ?? 0);
          expect(numbers(again)).toBe(false);
        },
      ),
    );
  });

  it('are told in a million rows', () => {
    const million = Float64Array.from({ length: 1_000_000 }, (_, row) => row);
    expect(numbersRows(million)).toBe(true);
    expect(numbersRows(million.with(999_999, 5))).toBe(false);
  });
});

describe('columns with the name of a key', () => {
  const isMeasured = (name: string, rest: Partial<ColumnProfile> = {}): boolean => {
    const columns = [{ name, type: 'integer' as const, missing: 0, distinct: 80, ...rest }];
    return planOf({ rows: 100, columns }).measures.length === 1;
  };

  it.each([
    ...[
      'id',
      'ID',
      'Id',
      'customer_id',
      'customer id',
      'customer-id',
      'customer.id',
      'orderId',
      'orderID',
      'parent_ID',
    ],
    ...[
      'key',
      'order_key',
      'orderKey',
      'pk',
      'uuid',
      'user_guid',
      'row_id',
      'row number',
      'rownumber',
      'index',
      'IDX',
      'Kunden-ID',
    ],
  ])('%s are not measured', (name) => {
    expect(isMeasured(name)).toBe(false);
  });

  it.each([
    ...[
      'paid',
      'width',
      'humid',
      'grid',
      'acid',
      'bid',
      'solid',
      'monkey',
      'turkey',
      'price_index',
      'heat index',
      'idle',
      'identity score',
    ],
    ...['amount', 'x', 'Preis', 'Größe', 'count'],
  ])('%s are, since they only sound like it', (name) => {
    expect(isMeasured(name)).toBe(true);
  });

  it('are measured where they hold fractions', () => {
    expect(isMeasured('id', { type: 'number' })).toBe(true);
  });

  it('are told by their names in the notes', () => {
    const column = (name: string): ColumnProfile => ({ name, type: 'integer', missing: 0, distinct: 80 });
    const { notes, measures } = planOf({ rows: 100, columns: ['id', 'amount', 'shop_id'].map(column) });
    expect(measures).toEqual(['amount']);
    expect(notes).toEqual(['Not measured, since they look like codes or numbers of rows: id, shop_id.']);
  });
});
