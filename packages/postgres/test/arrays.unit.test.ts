import fc from 'fast-check';
import { WINDOW_POSITIONS } from 'mortar/delivery';
import type { Position } from 'mortar/event-store';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { numbersOf } from '../src/internal/append/append-answer.js';
import {
  bigintArray,
  integerArray,
  smallintArray,
  textArray,
  uuidArray,
} from '../src/internal/append/binary-array.js';
import { aheadFrom, aheadText } from '../src/internal/units/ahead.js';
import { HOOK_MS, leftOut, makeDatabase, type TestDatabase } from './support/server.js';

const storable = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''));

// Left out where no server is named.
describe.skipIf(leftOut.skip)('arrays in binary form', () => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await makeDatabase();
    client = await database.connect();
  });
  afterAll(() => database.drop(), HOOK_MS);

  const back = async (type: string, array: Buffer): Promise<unknown> => {
    const { rows } = await client.query(`SELECT to_json($1::${type}[]) AS back`, [array]);
    return rows[0].back;
  };

  it('of texts come back as they were, with nulls', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(storable)), async (texts) => {
        expect(await back('text', textArray(texts))).toEqual(texts);
      }),
    );
  });

  it('of ids come back as they were', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uuid()), async (ids) => {
        expect(await back('uuid', uuidArray(ids))).toEqual(ids);
      }),
    );
  });

  it('of numbers come back as they were, the greatest and the least too', async () => {
    const edges = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, -1, 0, 2 ** 32, -(2 ** 32), 2 ** 31];
    expect(await back('bigint', bigintArray(edges))).toEqual(edges);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.maxSafeInteger()), async (numbers) => {
        expect(await back('bigint', bigintArray(numbers))).toEqual(numbers.map((n) => (n === 0 ? 0 : n)));
      }),
    );
    expect(await back('integer', integerArray([2 ** 31 - 1, -(2 ** 31), 0]))).toEqual([
      2 ** 31 - 1,
      -(2 ** 31),
      0,
    ]);
    expect(await back('smallint', smallintArray([32_767, -32_768, 3]))).toEqual([32_767, -32_768, 3]);
    expect(await back('integer', integerArray([]))).toEqual([]);
  });
});

it('an array of numbers is read as the server writes it', () => {
  expect(numbersOf(null)).toEqual([]);
  expect(numbersOf('{}')).toEqual([]);
  expect(numbersOf('{7}')).toEqual([7]);
  expect(numbersOf('{-1,0,9007199254740991}')).toEqual([-1, 0, 9_007_199_254_740_991]);
});

it('positions beyond the lowest come back from their bitmap', () => {
  const window = fc.uniqueArray(fc.integer({ min: 1, max: WINDOW_POSITIONS }));
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 40 }), window, (low, offsets) => {
      const ahead = offsets.sort((a, b) => a - b).map((offset) => (low + offset) as Position);
      const text = aheadText(low as Position, ahead);
      expect(aheadFrom(low as Position, text)).toEqual(ahead);
      expect(text.length).toBeLessThanOrEqual(Math.ceil(WINDOW_POSITIONS / 8 / 3) * 4);
    }),
  );
});
