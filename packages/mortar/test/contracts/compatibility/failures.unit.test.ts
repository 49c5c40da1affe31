import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  command,
  compatibility,
  event,
  type FailureSchemas,
  type PortMethodOptions,
  port,
  query,
} from '../../../src/contracts/index.js';
import { changes, summary } from './changes.js';

const data = z.object({});
const asking = (failures: FailureSchemas) => command('shop.a', { data, failures });
const outOfStock = z.object({ left: z.number() });
const before = asking({ 'out-of-stock': outOfStock });

describe('the failures of a request', () => {
  it('may stay as they are, in any order, also made anew', () => {
    const both = { 'out-of-stock': outOfStock, unpaid: data };
    expect(summary(before, asking({ 'out-of-stock': z.object({ left: z.number() }) }))).toEqual([]);
    expect(summary(asking(both), asking({ unpaid: data, 'out-of-stock': outOfStock }))).toEqual([]);
    expect(summary(command('shop.a', { data }), asking({}))).toEqual([]);
  });

  it.each([
    ['is gone', asking({}), ['failures.out-of-stock failure']],
    ['is new', asking({ 'out-of-stock': outOfStock, unpaid: data }), ['failures.unpaid failure']],
    [
      'has another name',
      asking({ 'sold-out': outOfStock }),
      ['failures.out-of-stock failure', 'failures.sold-out failure'],
    ],
    [
      'tells something else',
      asking({ 'out-of-stock': z.object({ left: z.string() }) }),
      ['failures.out-of-stock.left type'],
    ],
    ['tells less', asking({ 'out-of-stock': data }), ['failures.out-of-stock.left required']],
  ])('break others where one %s', (_, after, expected) => {
    expect(summary(before, after)).toEqual(expected);
  });

  it('may tell more', () => {
    const more = asking({ 'out-of-stock': z.object({ left: z.number(), of: z.string() }) });
    expect(compatibility(before, more)).toEqual({ compatible: true });
  });

  it('count for queries too, beside what else changes', () => {
    const old = query('shop.a', { data, result: z.string(), failures: { gone: data } });
    expect(summary(old, query('shop.a', { data, result: z.number() }))).toEqual([
      'result type',
      'failures.gone failure',
    ]);
  });

  it('are told by the jsonSchema option where their schema tells nothing', () => {
    const opaque = (left: string) =>
      command('shop.a', {
        data,
        failures: { 'out-of-stock': v.unknown() },
        jsonSchema: {
          failures: { 'out-of-stock': { type: 'object', properties: { left: { type: left } } } },
        },
      });
    expect(summary(opaque('number'), opaque('number'))).toEqual([]);
    expect(summary(opaque('number'), opaque('string'))).toEqual(['failures.out-of-stock.left type']);
    expect(
      summary(asking({ 'out-of-stock': v.unknown() }), asking({ 'out-of-stock': v.object({}) })),
    ).toEqual(['failures.out-of-stock opaque']);
  });
});

describe('a port', () => {
  const rates = (find: Partial<PortMethodOptions>, more: Record<string, PortMethodOptions> = {}) =>
    port('shop.rates', {
      find: { data: z.object({ from: z.string() }), result: z.number(), ...find },
      ...more,
    });
  const old = rates({});

  it('may have another method, and take more', () => {
    expect(summary(old, rates({ data: z.object({ from: z.string().optional() }) }))).toEqual([]);
    expect(summary(old, rates({ isIdempotent: true }, { learn: { data } }))).toEqual([]);
    expect(summary(rates({ permission: 'rates' }), old)).toEqual([]);
  });

  it.each([
    ['is gone', port('shop.rates', { seek: { data } }), ['find method']],
    ['takes less', rates({ data: z.object({ from: z.number() }) }), ['find.data.from type']],
    ['answers otherwise', rates({ result: z.string() }), ['find.result type']],
    ['wants a permission', rates({ permission: 'rates' }), ['find.permission permission']],
  ])('breaks others where a method %s', (_, after, expected) => {
    expect(summary(old, after)).toEqual(expected);
  });

  it('breaks others where a call may no longer be made twice', () => {
    expect(summary(rates({ isIdempotent: true }), old)).toEqual(['find.isIdempotent isIdempotent']);
  });

  it('takes the place of no other, and of nothing else', () => {
    expect(summary(old, port('shop.prices', { find: { data } }))).toEqual(['name name']);
    expect(changes(old, event('shop.rates', { data }))[0]?.message).toBe(
      'the kind was port and is now event',
    );
    expect(summary(command('shop.rates', { data }), old)).toEqual(['kind kind']);
  });
});
