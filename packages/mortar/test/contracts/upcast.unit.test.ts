import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { event, upcast } from '../../src/contracts/index.js';
import { MortarError } from '../../src/errors/index.js';
import { caught, codeOf } from './caught.js';

const Placed = event('shop.order-placed', {
  data: z.object({ orderId: z.string(), cents: z.number().int(), note: z.string().default('none') }),
  schemaVersion: 4,
  upcasters: {
    2: (data) => ({ orderId: (data as { id: string }).id, euros: (data as { euros: number }).euros }),
    3: (data) => {
      const { orderId, euros } = data as { orderId: string; euros: number };
      return { orderId, cents: euros * 100 };
    },
  },
});

describe('upcast', () => {
  test('applies the whole chain, and fills defaults', () => {
    expect(upcast(Placed, { id: 'a', euros: 3 }, 2)).toEqual({ orderId: 'a', cents: 300, note: 'none' });
  });

  test('starts in the middle of the chain', () => {
    expect(upcast(Placed, { orderId: 'a', euros: 3 }, 3)).toEqual({ orderId: 'a', cents: 300, note: 'none' });
  });

  test('validates data of the current version too', () => {
    expect(upcast(Placed, { orderId: 'a', cents: 1 }, 4)).toEqual({ orderId: 'a', cents: 1, note: 'none' });
    expect(codeOf(() => upcast(Placed, { orderId: 'a' }, 4))).toBe('MORTAR_UPCAST_FAILED');
  });

  test.each([
    ['older than the chain', 1, '1'],
    ['newer than the code', 5, 'newer than this code'],
    ['zero', 0, '0'],
    ['negative', -1, '-1'],
    ['a fraction', 2.5, '2.5'],
    ['beyond whole numbers', 2 ** 53, '9007199254740992'],
    ['text', '2', '"2"'],
    ['a name of the language', 'constructor', '"constructor"'],
    ['missing', undefined, 'undefined'],
  ])('has no path from a version that is %s', (_, version, got) => {
    const error = caught(() => upcast(Placed, {}, version as number));
    expect(error.code).toBe('MORTAR_UPCAST_MISSING');
    expect(error.category).toBe('corrupt');
    expect(error.message).toContain(got);
    expect(error.expected).toBe('a schema version from 2 to 4');
  });

  test('an upcaster that throws is named by its version, with the cause', () => {
    const error = caught(() => upcast(Placed, null, 2));
    expect(error.code).toBe('MORTAR_UPCAST_FAILED');
    expect(error.message).toContain('schema version 2');
    expect(error.cause).toBeInstanceOf(TypeError);
    const second = caught(() => upcast(Placed, undefined, 3));
    expect(second.message).toContain('schema version 3');
  });

  test('an outcome that does not follow the schema comes with its issues', () => {
    const error = caught(() => upcast(Placed, { id: 7, euros: 0.001 }, 2));
    expect(error.code).toBe('MORTAR_UPCAST_FAILED');
    expect(error.issues.map(({ path }) => path)).toEqual(['orderId', 'cents']);
  });

  test('an asynchronous upcaster is refused, and its rejection does not end the process', async () => {
    const Late = event('shop.late', {
      data: z.object({}),
      schemaVersion: 2,
      upcasters: { 1: () => Promise.reject(new Error('late')) },
    });
    const error = caught(() => upcast(Late, {}, 1));
    expect(error.code).toBe('MORTAR_UPCAST_FAILED');
    expect(error.got).toBe('a promise');
    await Promise.resolve();
  });

  test('a schema that throws is a failure with its cause; an asynchronous one has its own code', () => {
    const cause = new Error('inside');
    const standard = { version: 1, vendor: 'test' } as const;
    const Broken = event('shop.broken', {
      data: {
        '~standard': {
          ...standard,
          validate: () => {
            throw cause;
          },
        },
      },
    });
    const error = caught(() => upcast(Broken, {}, 1));
    expect([error.code, error.cause]).toEqual(['MORTAR_UPCAST_FAILED', cause]);
    const Later = event('shop.later', { data: z.string().refine(async () => true) });
    expect(codeOf(() => upcast(Later, 'a', 1))).toBe('MORTAR_SCHEMA_ASYNC');
  });
});

describe('declaring upcasters', () => {
  const data = z.object({});
  const same = (value: unknown): unknown => value;

  test.each([
    ['a hole', 4, { 1: same, 3: same }],
    ['one that ends too early', 4, { 1: same, 2: same }],
    ['one from the current version', 2, { 2: same }],
    ['one from version 0', 1, { 0: same }],
    ['one that is no function', 2, { 1: 'same' }],
    ['one under a name', 2, { first: same }],
    ['a fraction', 2, { 1.5: same }],
  ])('refuses %s', (_, schemaVersion, upcasters) => {
    const declare = (): unknown =>
      event('shop.e', { data, schemaVersion, upcasters: upcasters as Record<number, typeof same> });
    expect(codeOf(declare)).toBe('MORTAR_CONTRACT_INVALID');
  });

  test.each([0, -1, 1.5, 2 ** 53, Number.NaN, '1'])('refuses the schema version %j', (schemaVersion) => {
    const declare = (): unknown => event('shop.e', { data, schemaVersion: schemaVersion as number });
    expect(codeOf(declare)).toBe('MORTAR_CONTRACT_INVALID');
  });

  test('the upcasters are a copy, so that changing the options later changes nothing', () => {
    const upcasters: Record<number, typeof same> = { 1: same };
    const contract = event('shop.e', { data, schemaVersion: 2, upcasters });
    upcasters[1] = () => {
      throw new MortarError('MORTAR_DATA_INVALID', { rule: 'r', expected: 'e', got: 'g' });
    };
    expect(upcast(contract, {}, 1)).toEqual({});
  });
});
