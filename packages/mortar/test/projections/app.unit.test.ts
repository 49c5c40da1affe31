import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { type AppOptions, createApp, type DurableApp } from '../../src/app.js';
import { event } from '../../src/contracts/index.js';
import type { Store } from '../../src/delivery/index.js';
import { silentLogger } from '../../src/logging/index.js';
import { MemoryLog, memory } from '../../src/memory/index.js';
import { defineModule, type Module } from '../../src/modules/index.js';
import { activityByHour, projection, sqlProjection } from '../../src/projections/index.js';
import { standIn } from '../../src/projections/inline/stand-in.js';

const Placed = event('shop.placed', {
  data: z.object({ order: z.string(), total: z.number() }),
  key: ({ order }) => order,
});
const Paid = event('till.paid', { data: z.object({ order: z.string() }), key: ({ order }) => order });

const orders = projection('orders', {
  events: [Placed, Paid],
  initialState: (order) => ({ order, total: 0, isPaid: false }),
  key: ({ data }) => data.order,
  on: {
    'shop.placed': (order, { data }) => ({ ...order, total: data.total }),
    'till.paid': (order) => ({ ...order, isPaid: true }),
  },
  indexes: ['total'],
});

const liveOrders = projection('live-orders', {
  events: [Placed, Paid],
  initialState: () => ({ total: 0, isPaid: false }),
  key: ({ data }) => data.order,
  on: {
    'shop.placed': (order, { data }) => ({ ...order, total: data.total }),
    'till.paid': (order) => ({ ...order, isPaid: true }),
  },
  placement: 'live',
  from: (order) => ({ orderKeys: [order] }),
});

const byTenant = projection('totals', {
  events: [Placed],
  initialState: () => ({ total: 0 }),
  key: () => 'all',
  perTenant: true,
  on: { 'shop.placed': ({ total }, { data }) => ({ total: total + data.total }) },
});

const activity = activityByHour([Placed, Paid]);

const shop = defineModule('shop', (module) => {
  module.publishes(Placed);
  for (const one of [orders, liveOrders, byTenant, activity]) module.project(one);
});
const till = defineModule('till', (module) => module.publishes(Paid));

async function started(...modules: readonly Module[]) {
  return startedWith({}, ...modules);
}

async function startedWith(options: Partial<AppOptions>, ...modules: readonly Module[]) {
  const app = await createApp({ modules, store: memory(), logger: silentLogger, ...options });
  await app.start();
  onTestFinished(async () => void (await app.stop()));
  return app;
}

describe('projections of an app', () => {
  it('fold events of several modules, and are read as they have come', async () => {
    const app = await started(shop, till);
    await app.publish(Placed, { order: 'a', total: 5 });
    await app.publish(Placed, { order: 'b', total: 7 });
    await app.publish(Paid, { order: 'a' });
    await app.caughtUp({ projection: 'shop/orders' });
    const model = app.readModel(orders);
    expect(await model.get('a')).toEqual({ order: 'a', total: 5, isPaid: true });
    const { items } = await model.find({ where: { total: { greater: 5 } }, sort: 'total' });
    expect(items).toEqual([{ key: 'b', value: { order: 'b', total: 7, isPaid: false } }]);
    expect(await model.count({ isPaid: false })).toBe(1);
  });

  it('are folded from the log when they are read, where they are live', async () => {
    const app = await started(shop, till);
    const model = app.readModel(liveOrders);
    expect(await model.get('a')).toBeUndefined();
    await app.publish(Placed, { order: 'a', total: 5 });
    await app.publish(Paid, { order: 'a' });
    await app.publish(Placed, { order: 'b', total: 7 });
    expect(await model.get('a')).toEqual({ total: 5, isPaid: true });
    expect(await model.getMany(['b', 'c'])).toEqual(new Map([['b', { total: 7, isPaid: false }]]));
    const { items, next } = await model.find({ sort: { by: 'total', direction: 'descending' }, limit: 1 });
    expect(items.map(({ key }) => key)).toEqual(['b']);
    expect(
      (await model.find({ sort: { by: 'total', direction: 'descending' }, after: String(next) })).items,
    ).toHaveLength(1);
    expect(await model.count({ isPaid: true })).toBe(1);
  });

  it('have documents for each tenant', async () => {
    const app = await started(shop, till);
    await app.as({ tenant: 'red' }).publish(Placed, { order: 'a', total: 5 });
    await app.as({ tenant: 'blue' }).publish(Placed, { order: 'b', total: 7 });
    await app.caughtUp({ projection: 'shop/totals' });
    expect(await app.readModel(byTenant, { tenant: 'red' }).get('all')).toEqual({ total: 5 });
    expect(await app.readModel(byTenant, { tenant: 'blue' }).get('all')).toEqual({ total: 7 });
    expect(await app.readModel(byTenant, { tenant: '' }).get('all')).toBeUndefined();
    expect(() => app.readModel(byTenant)).toThrow('MORTAR_OPTIONS_INVALID');
    expect(() => app.readModel(orders, { tenant: 'red' })).toThrow('MORTAR_OPTIONS_INVALID');
  });

  it('count what goes on by type, module and hour', async () => {
    const app = await started(shop, till);
    const hour = Date.UTC(2026, 10, 21, 20);
    for (const minutes of [0, 59, 60])
      await app.publish(Placed, { order: 'a', total: 1 }, { occurredAt: hour + minutes * 60_000 });
    await app.publish(Paid, { order: 'a' }, { occurredAt: hour });
    await app.caughtUp({ projection: 'shop/activity-by-hour' });
    const model = app.readModel(activity);
    const counted = { hour, module: 'shop', type: 'shop.placed', events: 2 };
    expect(await model.get('2026-11-21T20/shop.placed')).toEqual(counted);
    const { items } = await model.find({
      where: { module: 'shop' },
      sort: { by: 'hour', direction: 'descending' },
    });
    expect(items.map(({ value }) => [value.hour - hour, value.events])).toEqual([
      [3_600_000, 1],
      [0, 2],
    ]);
    expect(await model.count({ type: 'till.paid', hour: { atLeast: hour } })).toBe(1);
  });

  it('are read between the start and the stop, by apps that have their module', async () => {
    const app = await createApp({ modules: [shop, till], store: memory(), logger: silentLogger });
    const model = app.readModel(orders);
    await expect(model.get('a')).rejects.toMatchObject({ code: 'MORTAR_APP_STATE' });
    await expect(app.readModel(liveOrders).get('a')).rejects.toMatchObject({ code: 'MORTAR_APP_STATE' });
    await app.start();
    expect(await model.get('a')).toBeUndefined();
    await app.stop();
    await expect(model.get('a')).rejects.toMatchObject({ code: 'MORTAR_APP_STATE' });
    const other = projection('orders', {
      events: [Placed],
      initialState: () => 0,
      key: () => 'a',
      on: { 'shop.placed': (n) => n },
    });
    expect(() => app.readModel(other)).toThrow('MORTAR_MODULE_MISSING');
  });
});

describe('the options of projections', () => {
  it('say how many events are folded in one transaction', async () => {
    const log = new MemoryLog();
    const store = memory({ log });
    const first = await createApp({ modules: [till, shop], store, logger: silentLogger });
    await first.start();
    for (let n = 0; n < 30; n += 1) await first.publish(Paid, { order: `${n}` });
    await first.caughtUp({ projection: 'shop/orders' });
    await first.stop();
    const sizes: number[] = [];
    const app = await startedWith(
      { store: counting(store, sizes), projections: { pageEvents: 7 } },
      till,
      shop,
    );
    await app.projections.rebuild('shop/orders');
    await expect.poll(async () => (await activeOf(app)).number).toBe(2);
    expect(sizes.slice(0, 5)).toEqual([7, 7, 7, 7, 2]);
  });

  it('say how long one is kept that is not read any more', async () => {
    const numbersOf = async (app: DurableApp) =>
      (await statusOf(app)).generations.map(({ number }) => number);
    const usual = await started(till, shop);
    await usual.projections.rebuild('shop/orders');
    await expect.poll(async () => (await activeOf(usual)).number).toBe(2);
    const app = await startedWith({ projections: { retiredMs: 0 } }, till, shop);
    await app.projections.rebuild('shop/orders');
    await expect.poll(() => numbersOf(app), { timeout: 5_000 }).toEqual([2]);
    expect(await numbersOf(usual)).toEqual([1, 2]);
    await usual.projections.remove('shop/orders', 1, { actor: 'ada' });
    expect(await numbersOf(usual)).toEqual([2]);
  });
});

async function statusOf(app: DurableApp) {
  const status = (await app.projections.status()).find(({ name }) => name === 'shop/orders');
  if (status === undefined) throw new Error('the projection is loaded');
  return status;
}

async function activeOf(app: DurableApp) {
  const active = (await statusOf(app)).generations.find(({ state }) => state === 'active');
  if (active === undefined) throw new Error('one is active');
  return active;
}

/** A store that notes of each page of orders how many documents it has put: each event is one of an order of its own. */
function counting(store: Store, sizes: number[]): Store {
  return {
    ...store,
    open: async (surroundings) => {
      const opened = await store.open(surroundings);
      const { deliveries } = opened;
      const commit: typeof deliveries.commit = (batch) => {
        const size = batch.units[0]?.documents?.length;
        if (batch.subscription === 'shop/orders#2' && size !== undefined) sizes.push(size);
        return deliveries.commit(batch);
      };
      return standIn(opened, { deliveries: standIn(deliveries, { commit }) });
    },
  };
}

describe('modules with projections', () => {
  const faultsOf = async (...modules: readonly Module[]): Promise<unknown> =>
    createApp({ modules, store: memory(), logger: silentLogger }).then(
      () => [],
      (error) => error.issues.map(({ path, code }: { path: string; code: string }) => [path, code]),
    );

  it('need a store', async () => {
    const app = createApp({
      modules: [defineModule('shop', (module) => module.project(orders))],
      logger: silentLogger,
    });
    await expect(app).rejects.toMatchObject({
      issues: [{ path: 'projection shop/orders', code: 'MORTAR_STORE_MISSING' }],
    });
  });

  it('have each projection once, and one of a name', async () => {
    const twice = defineModule('shop', (module) => {
      module.project(orders);
      module.project(orders);
    });
    expect(await faultsOf(twice)).toEqual([['projection shop/orders', 'MORTAR_MODULE_INVALID']]);
    const here = defineModule('here', (module) => module.project(orders));
    const there = defineModule('there', (module) => module.project(orders));
    expect(await faultsOf(here, there)).toEqual([['projection here/orders', 'MORTAR_MODULE_INVALID']]);
  });

  it('take projections alone', () => {
    for (const wrong of [undefined, {}, 'orders', Placed])
      expect(() =>
        // @ts-expect-error It is none.
        defineModule('shop', (module) => module.project(wrong)),
      ).toThrow('MORTAR_MODULE_INVALID');
  });

  it('keep no tables in a store without SQL', async () => {
    const tables = sqlProjection('tables', {
      events: [Placed],
      tables: { orders: (name) => `CREATE TABLE ${name} (id TEXT)` },
      on: { 'shop.placed': () => undefined },
    });
    const module = defineModule('shop', (builder) => builder.project(tables));
    const app = await createApp({ modules: [module], store: memory(), logger: silentLogger });
    const failure = await app.start().then(
      () => undefined,
      (error) => error,
    );
    expect(JSON.stringify([failure?.code, failure?.cause?.code, failure?.message])).toContain(
      'MORTAR_OPTIONS_INVALID',
    );
  });
});
