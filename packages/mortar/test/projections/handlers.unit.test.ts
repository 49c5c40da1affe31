import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createApp, type DurableApp } from '../../src/app.js';
import { command, event, port, query } from '../../src/contracts/index.js';
import { silentLogger } from '../../src/logging/index.js';
import { memory } from '../../src/memory/index.js';
import { defineModule, type Module } from '../../src/modules/index.js';
import { projection, type ReadModel, type ReadTables, sqlProjection } from '../../src/projections/index.js';
import { rejectionOf } from '../support/parcels.js';

const Placed = event('shop.placed', { data: z.object({ order: z.string(), total: z.number() }) });
const Counted = event('shop.counted', { data: z.object({ orders: z.number() }) });
const Place = command('shop.place', { data: z.object({ order: z.string(), total: z.number() }) });
const Total = query('shop.total', {
  data: z.object({ order: z.string(), tenant: z.string().optional() }),
  result: z.number().nullable(),
});
const Prices = port('shop.prices', {
  of: { data: z.object({ order: z.string() }), result: z.number().nullable() },
});
const Priced = query('till.priced', { data: z.object({ order: z.string() }), result: z.number().nullable() });
const Peek = query('till.peek', { data: z.object({}), result: z.number() });

const totalsPlaced = (placement: 'async' | 'inline' | 'live') =>
  projection('totals', {
    events: [Placed],
    initialState: () => ({ total: 0 }),
    key: ({ data }) => data.order,
    placement,
    on: { 'shop.placed': ({ total }, { data }) => ({ total: total + data.total }) },
  });
const totals = totalsPlaced('inline');
const tenants = projection('tenants', {
  events: [Placed],
  initialState: () => ({ total: 0 }),
  key: ({ data }) => data.order,
  perTenant: true,
  placement: 'inline',
  on: { 'shop.placed': ({ total }, { data }) => ({ total: total + data.total }) },
});

async function started(...modules: readonly Module[]): Promise<DurableApp> {
  const app = await createApp({ modules, store: memory(), logger: silentLogger });
  await app.start();
  onTestFinished(async () => void (await app.stop()));
  return app;
}

const asks = async (app: DurableApp, data: { order: string; tenant?: string }, tenant?: string) =>
  (tenant === undefined ? app : app.as({ tenant })).ask(Total, data);

describe('a handler reads the read models of its module', () => {
  it.each(['async', 'inline', 'live'] as const)('to answer a query, placed %s', async (placement) => {
    const own = totalsPlaced(placement);
    const shop = defineModule('shop', (module) => {
      module.publishes(Placed);
      module.project(own);
      module.answer(Total, async ({ data, readModel }) => {
        const found = await readModel(own).get(data.order);
        return found?.total ?? null;
      });
    });
    const app = await started(shop);
    expect(await asks(app, { order: 'a' })).toBeNull();
    await app.publish(Placed, { order: 'a', total: 5 });
    await app.publish(Placed, { order: 'a', total: 2 });
    await app.caughtUp({ projection: 'shop/totals' });
    expect(await asks(app, { order: 'a' })).toBe(7);
  });

  it('in commands, events and ports; what is not committed yet is not there', async () => {
    const seen: (number | undefined)[] = [];
    const shop = defineModule('shop', (module) => {
      module.publishes(Placed);
      module.publishes(Counted);
      module.project(totals);
      module.handle(Place, async ({ data, publish, readModel }) => {
        await publish(Placed, data);
        seen.push((await readModel(totals).get(data.order))?.total);
      });
      module.on(Placed, async ({ publish, readModel }) => {
        await publish(Counted, { orders: await readModel(totals).count() });
      });
      module.implement(Prices, {
        of: async ({ data, readModel }) => (await readModel(totals).get(data.order))?.total ?? null,
      });
    });
    const till = defineModule('till', (module) =>
      module.answer(Priced, [Prices], ({ data }, prices) => prices.of(data)),
    );
    const app = await started(shop, till);
    await app.dispatch(Place, { order: 'a', total: 5 });
    await app.dispatch(Place, { order: 'a', total: 1 });
    await app.dispatch(Place, { order: 'b', total: 1 });
    expect(seen).toEqual([undefined, 5, undefined]);
    await app.deliveries.idle();
    const counts: number[] = [];
    for await (const counted of app.log.readAll({ events: [Counted] })) counts.push(counted.data.orders);
    expect(counts).toHaveLength(3);
    expect(counts.at(-1)).toBe(2);
    expect(await app.ask(Priced, { order: 'a' })).toBe(6);
  });

  it('those of the tenant of its message, or of another that it names', async () => {
    const shop = defineModule('shop', (module) => {
      module.publishes(Placed);
      module.project(tenants);
      module.answer(Total, async ({ data: { order, tenant }, readModel }) => {
        const model = tenant === undefined ? readModel(tenants) : readModel(tenants, { tenant });
        return (await model.get(order))?.total ?? null;
      });
    });
    const app = await started(shop);
    await app.as({ tenant: 'red' }).publish(Placed, { order: 'a', total: 5 });
    await app.publish(Placed, { order: 'a', total: 1 });
    expect(await asks(app, { order: 'a' }, 'red')).toBe(5);
    expect(await asks(app, { order: 'a' }, 'blue')).toBeNull();
    expect(await asks(app, { order: 'a' })).toBe(1);
    expect(await asks(app, { order: 'a', tenant: 'red' }, 'blue')).toBe(5);
  });
});

describe('a handler does not read', () => {
  it('the read models of another module, nor those of none', async () => {
    const stray = totalsPlaced('live');
    const shop = defineModule('shop', (module) => {
      module.publishes(Placed);
      module.project(totals);
      module.answer(Total, async ({ readModel }) => readModel(stray).count());
    });
    const till = defineModule('till', (module) =>
      module.answer(Peek, async ({ readModel }) => readModel(totals).count()),
    );
    const app = await started(shop, till);
    await expect(app.ask(Peek, {})).rejects.toMatchObject({
      code: 'MORTAR_NOT_OWNER',
      expected: 'a projection of module till',
      got: 'shop/totals',
    });
    expect(await rejectionOf(asks(app, { order: 'a' }))).toBe('MORTAR_MODULE_MISSING');
  });

  it('with a tenant that the projection does not have', async () => {
    const shop = defineModule('shop', (module) => {
      module.publishes(Placed);
      module.project(totals);
      module.answer(Total, async ({ readModel }) => readModel(totals, { tenant: 'red' }).count());
    });
    const app = await started(shop);
    expect(await rejectionOf(asks(app, { order: 'a' }))).toBe('MORTAR_OPTIONS_INVALID');
  });

  it('once it has ended', async () => {
    const late: (() => unknown)[] = [];
    const shop = defineModule('shop', (module) => {
      module.publishes(Placed);
      module.project(totals);
      module.answer(Total, ({ readModel }) => {
        late.push(() => readModel(totals));
        return null;
      });
    });
    const app = await started(shop);
    await asks(app, { order: 'a' });
    expect(() => late[0]?.()).toThrow('MORTAR_CONTEXT_CLOSED');
  });

  it('in an app without a store', async () => {
    const shop = defineModule('shop', (module) =>
      module.answer(Total, async ({ readModel }) => readModel(totals).count()),
    );
    const app = await createApp({ modules: [shop], logger: silentLogger });
    await app.start();
    onTestFinished(async () => void (await app.stop()));
    expect(await rejectionOf(app.ask(Total, { order: 'a' }))).toBe('MORTAR_STORE_MISSING');
  });
});

it('has the types of its projection', () => {
  const tables = sqlProjection('tables', {
    events: [Placed],
    tables: { orders: (name) => `CREATE TABLE ${name} (id TEXT)` },
    on: { 'shop.placed': () => undefined },
  });
  defineModule('shop', (module) =>
    module.answer(Total, ({ readModel }) => {
      expectTypeOf(readModel(totals)).toEqualTypeOf<ReadModel<{ total: number }>>();
      expectTypeOf(readModel(tables)).toEqualTypeOf<ReadTables<'orders'>>();
      // @ts-expect-error tables have no tenant
      readModel(tables, { tenant: 'red' });
      return null;
    }),
  );
});
