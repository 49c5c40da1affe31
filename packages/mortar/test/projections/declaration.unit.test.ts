import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { event } from '../../src/contracts/index.js';
import {
  activityByHour,
  type ProjectedEvent,
  placeOf,
  projection,
  sqlProjection,
} from '../../src/projections/index.js';
import { dropped, renamed } from '../../src/sourcing/index.js';

const data = z.object({ id: z.string(), amount: z.number() });
const Placed = event('shop.placed', { data });
const Paid = event('shop.paid', { data });

const sound = {
  events: [Placed],
  initialState: () => ({ total: 0 }),
  key: (placed: { readonly data: { readonly id: string } }) => placed.data.id,
  on: { 'shop.placed': (before: { readonly total: number }) => before },
} as const;

const soundTables = {
  events: [Placed],
  tables: { orders: (name: string) => `CREATE TABLE ${name} (id TEXT)` },
  on: { 'shop.placed': () => undefined },
} as const;

/** As code without a compiler declares it. */
function declare(name: unknown, definition: unknown): unknown {
  return projection(name as string, definition as typeof sound);
}

function declareTables(definition: unknown): unknown {
  return sqlProjection('orders', definition as typeof soundTables);
}

const BAD: readonly (readonly [what: string, changed: unknown])[] = [
  ['no definition', undefined],
  ['an option that there is not', { ...sound, partitions: 4 }],
  ['no events', { ...sound, events: [] }],
  ['what is no contract', { ...sound, events: [Placed, 'shop.paid'] }],
  ['a contract twice', { ...sound, events: [Placed, Placed] }],
  ['an event without a handler', { ...sound, events: [Placed, Paid] }],
  ['a handler of another event', { ...sound, on: { ...sound.on, 'shop.paid': () => 1 } }],
  ['a handler that is none', { ...sound, on: { 'shop.placed': 'total' } }],
  ['no handlers', { ...sound, on: undefined }],
  ['no initial state', { ...sound, initialState: undefined }],
  ['an initial state that is no function', { ...sound, initialState: { total: 0 } }],
  ['no key', { ...sound, key: undefined }],
  ['both key and keys', { ...sound, keys: () => [] }],
  ['a key that is no function', { ...sound, key: 'id' }],
  ['a key for another event', { ...sound, key: { 'shop.paid': () => 'a' } }],
  ['perTenant that is neither yes nor no', { ...sound, perTenant: 'yes' }],
  ['indexes that are no list', { ...sound, indexes: 'total' }],
  ['an index of nothing', { ...sound, indexes: [[]] }],
  ['an index of five fields', { ...sound, indexes: [['a', 'b', 'c', 'd', 'e']] }],
  ['an index of one field twice', { ...sound, indexes: [['a', 'a']] }],
  ['an index of no name', { ...sound, indexes: [''] }],
  ['an index twice', { ...sound, indexes: ['a', ['a']] }],
  ['seventeen indexes', { ...sound, indexes: Array.from({ length: 17 }, (_, index) => `f${index}`) }],
  ['a placement that there is not', { ...sound, placement: 'later' }],
  ['an inline one that says where its events are', { ...sound, placement: 'inline', from: () => ({}) }],
  ['from where it is not live', { ...sound, from: () => ({}) }],
  ['from that is no function', { ...sound, placement: 'live', from: {} }],
  ['indexes of a live one', { ...sound, placement: 'live', indexes: ['total'] }],
  ['a retired event that is one of today', { ...sound, retired: [dropped('shop.placed')] }],
  ['a retired event that is none', { ...sound, retired: ['shop.old'] }],
  ['a version that is none', { ...sound, version: 1.5 }],
  ['a fingerprint that there is not', { ...sound, fingerprint: 'none' }],
  ['a batch of none', { ...sound, batch: 0 }],
  ['too large a batch', { ...sound, batch: 1_001 }],
  ['too large a batch of several keys', { ...sound, key: undefined, keys: () => [], batch: 101 }],
  ['onDead that there is not', { ...sound, onDead: 'skip' }],
  ['onUnreadable that there is not', { ...sound, onUnreadable: 'stop' }],
];

const BAD_TABLES: readonly (readonly [what: string, changed: unknown])[] = [
  ['a placement that tables have not', { ...soundTables, placement: 'live' }],
  ['no tables', { ...soundTables, tables: {} }],
  ['tables that are none', { ...soundTables, tables: undefined }],
  ['a table that is no function', { ...soundTables, tables: { orders: 'CREATE TABLE orders (id TEXT)' } }],
  ['a name that is no word', { ...soundTables, tables: { 'the orders': soundTables.tables.orders } }],
  ['a table of its own name', { ...soundTables, tables: { orders: () => 'CREATE TABLE orders (id TEXT)' } }],
  ['no statements', { ...soundTables, tables: { orders: () => [] } }],
  ['an initial state', { ...soundTables, initialState: () => 0 }],
  ['a key that is no function', { ...soundTables, key: 7 }],
  ['an event without a handler', { ...soundTables, events: [Placed, Paid] }],
  [
    'an index that all generations would share',
    {
      ...soundTables,
      tables: {
        orders: (name: string) => [
          `CREATE TABLE ${name} (id TEXT)`,
          `CREATE INDEX orders_by_id ON ${name} (id)`,
        ],
      },
    },
  ],
];

describe('what is refused', () => {
  it.each(BAD)('%s', (_, definition) => {
    expect(() => declare('orders', definition)).toThrow('MORTAR_OPTIONS_INVALID');
  });

  it.each(BAD_TABLES)('of tables: %s', (_, definition) => {
    expect(() => declareTables(definition)).toThrow('MORTAR_OPTIONS_INVALID');
  });

  it.each([undefined, 7, '', 'Orders', 'orders by day', '-orders', `a${'b'.repeat(80)}`])(
    'the name %j',
    (name) => {
      expect(() => declare(name, sound)).toThrow('MORTAR_NAME_INVALID');
    },
  );

  it('no activity of no events', () => {
    expect(() => activityByHour([])).toThrow('MORTAR_OPTIONS_INVALID');
    // @ts-expect-error It is no list.
    expect(() => activityByHour(Placed)).toThrow('MORTAR_OPTIONS_INVALID');
  });
});

describe('a fingerprint', () => {
  const fingerprintOf = (changed: object): string =>
    projection('orders', { ...sound, ...changed }).fingerprint;
  const plain = fingerprintOf({});

  it('is the same for the same definition, wherever it is delivered from', () => {
    expect(fingerprintOf({})).toBe(plain);
    expect(fingerprintOf({ batch: 7, onDead: 'continue', onUnreadable: 'continue' })).toBe(plain);
  });

  it.each<readonly [string, object]>([
    ['its handlers', { on: { 'shop.placed': (before: { readonly total: number }) => ({ ...before }) } }],
    ['its initial state', { initialState: () => ({ total: 1 }) }],
    ['its key', { key: () => 'all' }],
    ['its version', { version: 2 }],
    ['its indexes', { indexes: ['total'] }],
    ['its tenants', { perTenant: true }],
    ['what is retired', { retired: [renamed('shop.ordered', Placed)] }],
    [
      'a contract',
      { events: [event('shop.placed', { data, schemaVersion: 2, upcasters: { 1: (old) => old } })] },
    ],
  ])('is another one with %s', (_, changed) => {
    expect(fingerprintOf(changed)).not.toBe(plain);
  });

  it('is another one where functions have changed places, and not where they are said in another order', () => {
    const less = ({ total }: { readonly total: number }) => ({ total: total - 1 });
    const more = ({ total }: { readonly total: number }) => ({ total: total + 1 });
    const byId = ({ data: { id } }: { readonly data: { readonly id: string } }) => id;
    const events = [Placed, Paid];
    const key = { 'shop.placed': byId, 'shop.paid': () => 'all' };
    const on = { 'shop.placed': more, 'shop.paid': less };
    const both = { ...sound, events, on, key };
    const { fingerprint } = projection('orders', both);
    const moreFirst = { 'shop.paid': more, 'shop.placed': less };
    expect(projection('orders', { ...both, on: moreFirst }).fingerprint).not.toBe(fingerprint);
    const idFirst = { 'shop.paid': byId, 'shop.placed': () => 'all' };
    expect(projection('orders', { ...both, key: idFirst }).fingerprint).not.toBe(fingerprint);
    const otherwise = { 'shop.paid': less, 'shop.placed': more };
    expect(projection('orders', { ...both, on: otherwise }).fingerprint).toBe(fingerprint);
  });

  it('is another one where the handlers of tables have changed places', () => {
    const first = () => undefined;
    const second = async () => undefined;
    type Handler = () => void | Promise<void>;
    const of = (on: { readonly 'shop.placed': Handler; readonly 'shop.paid': Handler }) =>
      sqlProjection('orders', { ...soundTables, events: [Placed, Paid], on }).fingerprint;
    const fingerprint = of({ 'shop.placed': first, 'shop.paid': second });
    expect(of({ 'shop.paid': first, 'shop.placed': second })).not.toBe(fingerprint);
    expect(of({ 'shop.paid': second, 'shop.placed': first })).toBe(fingerprint);
  });

  it('depends on the version and the form alone where it is declared', () => {
    const declared = fingerprintOf({ fingerprint: 'declared' });
    const on = { 'shop.placed': (before: { readonly total: number }) => ({ ...before }) };
    expect(fingerprintOf({ fingerprint: 'declared', on })).toBe(declared);
    expect(fingerprintOf({ fingerprint: 'declared', version: 2 })).not.toBe(declared);
    expect(fingerprintOf({ fingerprint: 'declared', indexes: ['total'] })).not.toBe(declared);
    expect(projection('other', { ...sound, fingerprint: 'declared' }).fingerprint).not.toBe(declared);
  });
});

describe('the place of a generation', () => {
  it('has names of its own, that SQL takes', () => {
    const names = [
      placeOf('shop', { name: 'a-b' }, 1).tableOf('c'),
      placeOf('shop', { name: 'a.b' }, 1).tableOf('c'),
      placeOf('shop', { name: 'a-b' }, 2).tableOf('c'),
      placeOf('shop', { name: 'a' }, 1).tableOf('b_c'),
      placeOf('s'.repeat(60), { name: 'p'.repeat(80) }, 123_456_789).tableOf('t'.repeat(40)),
    ];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]{0,62}$/);
    expect(placeOf('shop', { name: 'a-b' }, 2).collection).toBe('shop/a-b#2');
  });
});

describe('the activity by hour', () => {
  it('has a document for each hour, also in years of five digits', () => {
    const keyAt = (occurredAt: number) =>
      activityByHour([Placed]).keysOf({ type: 'shop.placed', occurredAt } as ProjectedEvent)[0];
    expect(keyAt(Date.UTC(2026, 10, 21, 20, 59))).toBe('2026-11-21T20/shop.placed');
    expect(keyAt(Date.UTC(12_026, 10, 21, 20))).toBe('+012026-11-21T20/shop.placed');
    expect(keyAt(Date.UTC(12_026, 10, 21, 21))).toBe('+012026-11-21T21/shop.placed');
  });
});
