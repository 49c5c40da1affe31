import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  checkPriority,
  command,
  event,
  type Priority,
  priorities,
  query,
  validate,
} from '../../src/contracts/index.js';
import { caught, codeOf } from './caught.js';

const libraries = [
  ['zod', z.object({ id: z.string() })],
  ['valibot', v.object({ id: v.string() })],
  ['arktype', type({ id: 'string' })],
] as const;

describe.each(libraries)('contracts over %s', (_, schema) => {
  test('an event', () => {
    const contract = event('shop.order-placed', { data: schema, key: (data) => data.id });
    expect(contract).toMatchObject({
      kind: 'event',
      name: 'shop.order-placed',
      module: 'shop',
      description: undefined,
      schemaVersion: 1,
      upcasters: {},
      priority: 'normal',
      jsonSchema: undefined,
    });
    expect(contract.key?.({ id: 'a' })).toBe('a');
    expect(validate(contract.data, { id: 'a' })).toEqual({ ok: true, value: { id: 'a' } });
  });

  test.each([
    ['command', command],
    ['query', query],
  ] as const)('a %s', (kind, declare) => {
    const contract = declare('shop.place-order', { data: schema, result: schema, description: 'Places it.' });
    expect(contract).toMatchObject({
      kind,
      name: 'shop.place-order',
      module: 'shop',
      description: 'Places it.',
    });
    for (const side of [contract.data, contract.result]) {
      if (side === undefined) throw new Error('Both sides have a schema.');
      expect(validate(side, { id: 'a' })).toEqual({ ok: true, value: { id: 'a' } });
      const refused = validate(side, { id: 1 });
      expect(refused.ok).toBe(false);
      if (!refused.ok) expect(refused.issues.map(({ path }) => path)).toEqual(['id']);
    }
  });
});

describe('a contract', () => {
  const data = z.object({ id: z.string() });

  test('keeps what its options say', () => {
    const jsonSchema = { type: 'object' };
    const contract = event('shop.a', {
      data,
      priority: 'critical',
      description: 'A.',
      schemaVersion: 1,
      jsonSchema,
    });
    expect(contract).toMatchObject({ priority: 'critical', description: 'A.', schemaVersion: 1, jsonSchema });
    expect('key' in contract).toBe(false);
    expect(command('shop.a', { data }).result).toBeUndefined();
  });

  test('is frozen, with its upcasters', () => {
    const contract = event('shop.a', { data, schemaVersion: 2, upcasters: { 1: (old) => old } });
    for (const part of [
      contract,
      contract.upcasters,
      command('shop.a', { data }),
      query('shop.a', { data }),
    ]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['text', 'string'],
    ['a class', String],
    ['a record', { id: 'string' }],
    ['an empty standard', { '~standard': {} }],
    ['a standard without validate', { '~standard': { version: 1, vendor: 'x' } }],
    ['a standard that is null', { '~standard': null }],
  ])('refuses %s in the place of a schema', (_, value) => {
    const schema = value as typeof data;
    expect(codeOf(() => event('shop.a', { data: schema }))).toBe('MORTAR_CONTRACT_INVALID');
    expect(codeOf(() => command('shop.a', { data: schema }))).toBe('MORTAR_CONTRACT_INVALID');
    if (value !== undefined)
      expect(codeOf(() => query('shop.a', { data, result: schema }))).toBe('MORTAR_CONTRACT_INVALID');
  });

  test('refuses to have no options at all', () => {
    const none = undefined as unknown as { data: typeof data };
    expect(codeOf(() => event('shop.a', none))).toBe('MORTAR_CONTRACT_INVALID');
    expect(codeOf(() => command('shop.a', none))).toBe('MORTAR_CONTRACT_INVALID');
  });

  test.each(['orderId', 7, {}, null])('refuses %j as a key', (key) => {
    const error = caught(() => event('shop.a', { data, key: key as unknown as () => string }));
    expect(error.code).toBe('MORTAR_CONTRACT_INVALID');
    expect(error.expected).toBe('a function from data to a string');
  });
});

describe('priorities', () => {
  test('are four, from first to last', () => {
    expect(priorities).toEqual(['critical', 'high', 'normal', 'low']);
    for (const priority of priorities) expect(() => checkPriority(priority)).not.toThrow();
  });

  test.each(['urgent', '', 'HIGH', 0, null, undefined, ['high'], '__proto__', 'length'])(
    '%j is none',
    (value) => {
      expect(codeOf(() => checkPriority(value))).toBe('MORTAR_CONTRACT_INVALID');
      if (value === undefined) return;
      const options = { data: z.object({}), priority: value as Priority };
      expect(codeOf(() => event('shop.a', options))).toBe('MORTAR_CONTRACT_INVALID');
    },
  );
});
