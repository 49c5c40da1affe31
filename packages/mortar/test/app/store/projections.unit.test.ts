import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createApp, type DurableApp } from '../../../src/app.js';
import { event } from '../../../src/contracts/index.js';
import { MemoryLog, memory } from '../../../src/memory/index.js';
import { defineModule } from '../../../src/modules/index.js';
import { projection } from '../../../src/projections/index.js';
import { rejectionOf } from '../../support/parcels.js';

const Sold = event('shop.item-sold', { data: z.object({ item: z.string(), count: z.number() }) });

/** How much was sold of each item; the unit is what another state of the code has changed. */
const salesIn = (unit: string) =>
  projection('sales', {
    events: [Sold],
    initialState: () => ({ sold: 0, unit }),
    key: ({ data }) => data.item,
    on: { 'shop.item-sold': ({ sold }, { data: { count } }) => ({ sold: sold + count, unit }) },
    fingerprint: 'declared',
    version: unit.length,
  });
const sales = salesIn('piece');
const livePick = projection('latest', {
  events: [Sold],
  initialState: () => ({ sold: 0 }),
  key: ({ data }) => data.item,
  on: { 'shop.item-sold': (_, { data: { count } }) => ({ sold: count }) },
  placement: 'live',
});

const apps: DurableApp[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
});

async function start(log: MemoryLog, own = sales): Promise<DurableApp> {
  const shop = defineModule('shop', (module) => {
    module.publishes(Sold);
    module.project(own);
    module.project(livePick);
  });
  const app = await createApp({ modules: [shop], store: memory({ log }) });
  apps.push(app);
  await app.start();
  return app;
}

const SALES = { projection: 'shop/sales' };

describe('the projections of an app', () => {
  it('have what was published, once they are waited for', async () => {
    const app = await start(new MemoryLog());
    await app.publish(Sold, { item: 'apple', count: 2 });
    await app.publish(Sold, { item: 'apple', count: 3 });
    await app.caughtUp(SALES);
    expect(await app.readModel(sales).get('apple')).toEqual({ sold: 5, unit: 'piece' });
    await app.caughtUp({ projection: 'shop/latest' });
    expect(await app.readModel(livePick).get('apple')).toEqual({ sold: 3 });
  });

  it('are read from the start on, and go on where they were after a stop', async () => {
    const log = new MemoryLog();
    const first = await start(log);
    expect(await first.readModel(sales).get('apple')).toBeUndefined();
    await first.publish(Sold, { item: 'apple', count: 2 });
    await first.caughtUp(SALES);
    await first.stop();
    const second = await start(log);
    await second.publish(Sold, { item: 'apple', count: 1 });
    await second.caughtUp(SALES);
    expect(await second.readModel(sales).get('apple')).toEqual({ sold: 3, unit: 'piece' });
  });

  it('are made anew by other code beside the one that runs', async () => {
    const log = new MemoryLog();
    const kilos = salesIn('kilogram');
    const old = await start(log);
    await old.publish(Sold, { item: 'apple', count: 2 });
    await old.caughtUp(SALES);
    const young = await start(log, kilos);
    await expect.poll(async () => (await young.readModel(kilos).get('apple'))?.unit).toBe('kilogram');
    await young.publish(Sold, { item: 'apple', count: 1 });
    await Promise.all([old.caughtUp(SALES), young.caughtUp(SALES)]);
    expect(await old.readModel(sales).get('apple')).toEqual({ sold: 3, unit: 'piece' });
    expect(await young.readModel(kilos).get('apple')).toEqual({ sold: 3, unit: 'kilogram' });
  });

  it('tell how they stand, and do what operators ask for', async () => {
    const app = await start(new MemoryLog());
    await app.publish(Sold, { item: 'apple', count: 2 });
    await app.caughtUp(SALES);
    await app.projections.rebuild('shop/sales', { actor: 'ada' });
    await expect
      .poll(async () =>
        (await app.projections.status()).map(({ name, generations }) => [name, generations.length]),
      )
      .toEqual([
        ['shop/latest', 0],
        ['shop/sales', 2],
      ]);
    await expect
      .poll(async () =>
        (await app.projections.status())[1]?.generations.map(({ state, isRead }) => [state, isRead]),
      )
      .toEqual([
        ['retired', false],
        ['active', true],
      ]);
    expect(await app.readModel(sales).get('apple')).toEqual({ sold: 2, unit: 'piece' });
    await app.projections.pause('shop/sales');
    await app.publish(Sold, { item: 'apple', count: 1 });
    expect(await rejectionOf(app.caughtUp({ ...SALES, timeoutMs: 50 }))).toBe('MORTAR_WAIT_TIMEOUT');
    await app.projections.resume('shop/sales');
    await app.caughtUp(SALES);
    await app.projections.reset('shop/sales');
    await app.caughtUp(SALES);
    expect(await app.readModel(sales).get('apple')).toEqual({ sold: 3, unit: 'piece' });
  });

  it('are waited for by idle, also while they catch up', async () => {
    const log = new MemoryLog();
    const first = await start(log);
    for (let count = 0; count < 50; count += 1) await first.publish(Sold, { item: 'apple', count: 1 });
    await first.stop();
    const kilos = salesIn('kilogram');
    const second = await start(log, kilos);
    await second.deliveries.idle();
    expect((await second.projections.status())[1]?.generations.at(-1)).toMatchObject({ lagEvents: 0 });
  });

  it.each([
    ['a name that there is not', 'shop/nothing', 'MORTAR_GENERATION_MISSING'],
    ['one that is folded when it is read', 'shop/latest', 'MORTAR_GENERATION_MISSING'],
    ['nothing', undefined, 'MORTAR_GENERATION_MISSING'],
  ])('are not rebuilt by %s', async (_, name, code) => {
    const app = await start(new MemoryLog());
    expect(await rejectionOf(app.projections.rebuild(name as string))).toBe(code);
    expect(await rejectionOf(app.projections.pause(name as string))).toBe(code);
    expect(await rejectionOf(app.projections.reset(name as string))).toBe(code);
    expect(await rejectionOf(app.projections.activate(name as string))).toBe(code);
    expect(await rejectionOf(app.projections.resume(name as string))).toBe(code);
  });

  it('are named by an error about one that there is not, which says so where there is none', async () => {
    const app = await start(new MemoryLog());
    const unknown = (of: DurableApp) => of.caughtUp({ projection: 'shop/sale' });
    await expect(unknown(app)).rejects.toMatchObject({
      expected: 'shop/sales, shop/latest',
      got: '"shop/sale"',
    });
    await expect(app.projections.rebuild('shop/sale')).rejects.toMatchObject({ expected: 'shop/sales' });
    const none = await createApp({ modules: [], store: memory() });
    apps.push(none);
    await none.start();
    await expect(unknown(none)).rejects.toMatchObject({ expected: 'a loaded module that has a projection' });
    await expect(none.projections.rebuild('shop/sale')).rejects.toMatchObject({
      expected: 'an app that has one',
    });
  });

  it.each([
    ['a projection that there is not', { projection: 'shop/nothing' }, 'MORTAR_MODULE_MISSING'],
    ['a time that is none', { ...SALES, timeoutMs: -1 }, 'MORTAR_OPTIONS_INVALID'],
    ['a position that is none', { ...SALES, position: 1.5 }, 'MORTAR_OPTIONS_INVALID'],
    ['a position beyond the log', { ...SALES, position: 99, timeoutMs: 20 }, 'MORTAR_WAIT_TIMEOUT'],
  ])('are not waited for with %s', async (_, options, code) => {
    const app = await start(new MemoryLog());
    expect(await rejectionOf(app.caughtUp(options as Parameters<typeof app.caughtUp>[0]))).toBe(code);
  });

  it('keep the place of a read model that no code has any more', async () => {
    const log = new MemoryLog();
    const before = await start(log);
    await before.publish(Sold, { item: 'apple', count: 1 });
    await before.caughtUp(SALES);
    await before.stop();
    const after = await start(log, salesIn('kilogram'));
    await after.caughtUp(SALES);
    await vi.waitFor(async () => {
      const { subscriptions } = await after.deliveries.status();
      expect(subscriptions.map(({ name }) => name)).toEqual(['shop/sales#2']);
    });
    expect(await rejectionOf(after.deliveries.forget('shop/sales#1'))).toBe('MORTAR_SUBSCRIPTION_IN_USE');
  });

  it('are there between the start and the stop', async () => {
    const app = await start(new MemoryLog());
    await app.projections.pause('shop/sales');
    await app.publish(Sold, { item: 'apple', count: 1 });
    const waiting = app.caughtUp(SALES);
    const refused = rejectionOf(waiting);
    await app.stop();
    expect(await refused).toBe('MORTAR_BUS_STOPPED');
    expect(await rejectionOf(app.projections.status())).toBe('MORTAR_APP_STATE');
    expect(await rejectionOf(app.caughtUp(SALES))).toBe('MORTAR_APP_STATE');
  });
});
