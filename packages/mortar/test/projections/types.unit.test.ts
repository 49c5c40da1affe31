import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { DurableApp } from '../../src/app.js';
import { event } from '../../src/contracts/index.js';
import {
  type AnyProjection,
  type FieldOf,
  type FoundPage,
  type Projection,
  type ProjectionContext,
  type ProjectionSql,
  projection,
  type ReadModel,
  type ReadTables,
  sqlProjection,
} from '../../src/projections/index.js';
import { renamed } from '../../src/sourcing/index.js';
import { type ProjectionStory, story } from '../../src/testing/index.js';

const Placed = event('shop.placed', { data: z.object({ order: z.string(), total: z.number() }) });
const Paid = event('till.paid', { data: z.object({ order: z.string(), at: z.date() }) });
const Sent = event('shop.sent', { data: z.object({ to: z.string() }) });

interface Order {
  readonly total: number;
  readonly paidAt?: Date;
  readonly lines: readonly string[];
}

const orders = projection('orders', {
  events: [Placed, Paid],
  initialState: (): Order => ({ total: 0, lines: [] }),
  key: ({ data }) => data.order,
  on: {
    'shop.placed': (order, { data, key, tenant, version, occurredAt }, context) => {
      expectTypeOf(order).toEqualTypeOf<Order>();
      expectTypeOf(data).toEqualTypeOf<{ order: string; total: number }>();
      expectTypeOf(context).toEqualTypeOf<ProjectionContext>();
      expectTypeOf([key, tenant]).toEqualTypeOf<(string | undefined)[]>();
      expectTypeOf(occurredAt).toBeNumber();
      expectTypeOf(version).not.toBeAny();
      return { ...order, total: data.total };
    },
    'till.paid': (order, { data }) => ({ ...order, paidAt: data.at }),
  },
  indexes: ['total', ['paidAt', 'total']],
});

/** Code that is compiled and not run. */
function compiled(_: () => unknown): void {}

const sound = {
  events: [Placed],
  initialState: (): Order => ({ total: 0, lines: [] }),
  key: ({ data }: { readonly data: { readonly order: string } }) => data.order,
  on: { 'shop.placed': (order: Order) => order },
} as const;

describe('types of projections', () => {
  it('know the documents and the events', () => {
    expectTypeOf(orders).toEqualTypeOf<Projection<'orders', Order, typeof Placed | typeof Paid>>();
    expectTypeOf(orders).toExtend<AnyProjection>();
    expectTypeOf<FieldOf<Order>>().toEqualTypeOf<'total' | 'paidAt'>();
  });

  it('infer the document from the initial state', () => {
    const days = projection('days', {
      events: [Placed],
      initialState: () => ({ orders: 0 }),
      keys: { 'shop.placed': ({ data }) => [data.order] },
      on: { 'shop.placed': ({ orders: before }) => ({ orders: before + 1 }) },
    });
    expectTypeOf(days.initialState('a')).toEqualTypeOf<{ orders: number }>();
  });

  it('refuse what does not fit', () => {
    compiled(() => [
      // @ts-expect-error There is no handler of one of its events.
      projection('orders', { ...sound, events: [Placed, Sent] }),
      projection('orders', {
        ...sound,
        // @ts-expect-error It is no document.
        on: { 'shop.placed': () => ({ total: 'five' }) },
      }),
      projection('orders', {
        ...sound,
        // @ts-expect-error A promise is none either.
        on: { 'shop.placed': async (order: Order) => order },
      }),
      projection('orders', {
        events: [Placed],
        initialState: (): Order => ({ total: 0, lines: [] }),
        // @ts-expect-error There is no such field.
        key: ({ data }) => data.id,
        on: { 'shop.placed': (order) => order },
      }),
      // @ts-expect-error A number is no key.
      projection('orders', { ...sound, key: () => 7 }),
      // @ts-expect-error There is no such field.
      projection('orders', { ...sound, indexes: ['size'] }),
      // @ts-expect-error Lists have no order.
      projection('orders', { ...sound, indexes: ['lines'] }),
      // @ts-expect-error It becomes another event.
      projection('orders', { ...sound, retired: [renamed('shop.old', Sent)] }),
    ]);
  });

  it('have nothing to publish or dispatch with', () => {
    expectTypeOf<ProjectionContext>().not.toHaveProperty('publish');
    expectTypeOf<ProjectionContext>().not.toHaveProperty('dispatch');
    expectTypeOf<ProjectionSql>().not.toHaveProperty('publish');
    expectTypeOf<ProjectionSql>().not.toHaveProperty('dispatch');
    expectTypeOf<keyof ProjectionContext>().toEqualTypeOf<'key' | 'tenant'>();
  });

  it('know the tables', () => {
    const tables = sqlProjection('tables', {
      events: [Placed],
      tables: { orders: (name) => `CREATE TABLE ${name} (id TEXT)` },
      on: {
        'shop.placed': async (tx, { data }) => {
          expectTypeOf(tx).toEqualTypeOf<ProjectionSql<'orders'>>();
          expectTypeOf(data.total).toBeNumber();
          // @ts-expect-error There is no such table.
          compiled(() => tx.table('lines'));
          await tx.execute('SELECT 1');
        },
      },
    });
    expectTypeOf(tables).toExtend<AnyProjection>();
    compiled(() => {
      const read = (null as unknown as DurableApp).readModel(tables);
      expectTypeOf(read).toEqualTypeOf<ReadTables<'orders'>>();
    });
  });
});

describe('types of read models', () => {
  it('know their documents and the fields that have an order', () => {
    compiled(async () => {
      const model = (null as unknown as DurableApp).readModel(orders);
      expectTypeOf(model).toEqualTypeOf<ReadModel<Order>>();
      expectTypeOf(await model.get('a')).toEqualTypeOf<Order | undefined>();
      expectTypeOf(await model.getMany(['a'])).toEqualTypeOf<ReadonlyMap<string, Order>>();
      const where = { total: { atLeast: 5, less: 10 }, paidAt: { greater: new Date() } };
      expectTypeOf(await model.find({ where, sort: ['total'] })).toEqualTypeOf<FoundPage<Order>>();
      await model.find({
        where: { total: 5, paidAt: null },
        sort: { by: 'paidAt', direction: 'descending' },
      });
      await model.count({ total: { among: [1, 2] } });
      // @ts-expect-error There is no such field.
      await model.find({ where: { size: 5 } });
      // @ts-expect-error It is a number.
      await model.find({ where: { total: 'five' } });
      // @ts-expect-error Numbers have no beginning.
      await model.find({ where: { total: { beginsWith: '5' } } });
      // @ts-expect-error Lists have no order.
      await model.find({ sort: 'lines' });
      // @ts-expect-error Lists are not compared.
      await model.count({ lines: ['a'] });
    });
  });
});

describe('types of stories', () => {
  it('take the events and the documents of the projection', () => {
    compiled(() => {
      const told = story(orders);
      expectTypeOf(told).toEqualTypeOf<ProjectionStory<Order, typeof Placed | typeof Paid>>();
      told
        .given({ type: 'shop.placed', data: { order: 'a', total: 5 } })
        .then({ a: { total: 5, lines: [] } });
      // @ts-expect-error There is no such event.
      told.given({ type: 'shop.sent', data: { to: 'b' } });
      // @ts-expect-error The data is that of another event.
      told.given({ type: 'till.paid', data: { order: 'a', total: 5 } });
      // @ts-expect-error The document lacks a part.
      told.then({ a: { total: 5 } });
    });
  });
});
