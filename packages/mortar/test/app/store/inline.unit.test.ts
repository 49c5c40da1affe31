import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createApp, type DurableApp } from '../../../src/app.js';
import { command, event } from '../../../src/contracts/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { MemoryLog, memory } from '../../../src/memory/index.js';
import { defineModule, type Module } from '../../../src/modules/index.js';
import { projection } from '../../../src/projections/index.js';
import { aggregate, type DomainEventOf, decider } from '../../../src/sourcing/index.js';
import { errorOf } from '../../support/parcels.js';

const Sold = event('shop.sold', {
  data: z.object({ item: z.string(), count: z.number() }),
  key: ({ item }) => item,
});
const Sell = command('shop.sell', {
  data: z.object({ item: z.string(), count: z.number() }),
  result: z.object({ left: z.number() }),
});
const Returned = event('desk.returned', { data: z.object({ item: z.string() }) });

/** What is left of ten of each item; more is not sold. */
const stock = (unit = 'piece') =>
  projection('stock', {
    events: [Sold, Returned],
    initialState: () => ({ left: 10, unit }),
    key: ({ data }) => data.item,
    on: {
      'shop.sold': (before, { data: { count } }) => {
        const left = before.left - count;
        if (left < 0) throw new RangeError(`${-left} too many`);
        return { left, unit };
      },
      'desk.returned': ({ left }) => ({ left: left + 1, unit }),
    },
    placement: 'inline',
    fingerprint: 'declared',
    version: unit.length,
  });
const pieces = stock();

const till = aggregate('till', {
  decider: decider({
    initialState: () => 0,
    decide: ({ sell }: { readonly sell: number }, sold) => [
      { type: 'shop.sold' as const, data: { item: `till-${sold}`, count: sell } },
    ],
    evolve: (sold, _event: DomainEventOf<typeof Sold>) => sold + 1,
  }),
  events: [Sold],
});

function shopWith(model = pieces): Module {
  return defineModule('shop', (module) => {
    module.publishes(Sold);
    module.project(model);
    module.handle(Sell, async ({ data, publish, write }) => {
      await publish(Sold, data);
      write(() => undefined);
      return { left: data.count };
    });
  });
}
const desk = defineModule('desk', (module) => {
  module.publishes(Returned);
  module.on(Sold, { name: 'give-back' }, async ({ data, publish }) => {
    if (data.item === 'boomerang') await publish(Returned, { item: data.item });
  });
});

const apps: DurableApp[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
});

async function start(log: MemoryLog, ...modules: readonly Module[]): Promise<DurableApp> {
  const app = await createApp({ modules, store: memory({ log }), logger: silentLogger });
  apps.push(app);
  await app.start();
  return app;
}

async function leftOf(app: DurableApp, item: string, model = pieces): Promise<number | undefined> {
  return (await app.readModel(model).get(item))?.left;
}

async function generationsOf(app: DurableApp) {
  const [status] = await app.projections.status();
  return status?.generations ?? [];
}

describe('an inline projection of an app', () => {
  it('has what was published as soon as it is, without being waited for', async () => {
    const app = await start(new MemoryLog(), shopWith(), desk);
    await app.publish(Sold, { item: 'apple', count: 2 });
    expect(await leftOf(app, 'apple')).toBe(8);
    await app.dispatch(Sell, { item: 'apple', count: 3 });
    expect(await leftOf(app, 'apple')).toBe(5);
    await app.dispatch(Sell, { item: 'apple', count: 1 }, { idempotencyKey: 'k' });
    await app.dispatch(Sell, { item: 'apple', count: 1 }, { idempotencyKey: 'k' });
    expect(await leftOf(app, 'apple')).toBe(4);
    await app.log.append('sale-1', Sold, { item: 'apple', count: 1 });
    expect(await leftOf(app, 'apple')).toBe(3);
    await app.repository(till).handle('a', { sell: 7 });
    expect(await leftOf(app, 'till-0')).toBe(3);
    await app.caughtUp({ projection: 'shop/stock', timeoutMs: 0 });
    expect(await app.projections.status()).toMatchObject([
      { placement: 'inline', generations: [{ isInline: true, lagEvents: 0, lagMs: 0, activity: 'idle' }] },
    ]);
  });

  it('takes what deliveries and schedules publish, and events of other modules', async () => {
    const app = await start(new MemoryLog(), shopWith(), desk);
    await app.publish(Sold, { item: 'boomerang', count: 1 });
    await app.deliveries.idle();
    expect(await leftOf(app, 'boomerang')).toBe(10);
    await app.publishAfter(Sold, { item: 'later', count: 4 }, 5);
    await vi.waitFor(async () => expect(await leftOf(app, 'later')).toBe(6));
    expect((await generationsOf(app)).map(({ isInline }) => isInline)).toEqual([true]);
  });

  it('may refuse an event, and then nothing of it has happened', async () => {
    const app = await start(new MemoryLog(), shopWith(), desk);
    await app.publish(Sold, { item: 'apple', count: 8 });
    const failure = await errorOf(app.publish(Sold, { item: 'apple', count: 3 }));
    expect(failure).toMatchObject({
      code: 'MORTAR_INLINE_FAILED',
      details: { projection: 'stock', type: 'shop.sold', key: 'apple' },
      cause: expect.objectContaining({ message: '1 too many' }),
    });
    expect(await errorOf(app.dispatch(Sell, { item: 'apple', count: 3 }))).toMatchObject({
      code: 'MORTAR_INLINE_FAILED',
    });
    expect(await leftOf(app, 'apple')).toBe(2);
    expect(await app.log.head()).toBe(1);
  });

  it('is caught up with when it is new, and made inline then', async () => {
    const log = new MemoryLog();
    const before = await start(
      log,
      defineModule('shop', (module) => module.publishes(Sold)),
      desk,
    );
    for (let count = 0; count < 5; count += 1) await before.publish(Sold, { item: 'apple', count: 1 });
    await before.stop();
    const app = await start(log, shopWith(), desk);
    expect(await leftOf(app, 'apple')).toBe(5);
    await app.publish(Sold, { item: 'apple', count: 1 });
    expect(await leftOf(app, 'apple')).toBe(4);
  });

  it('is left to its own code by an app that has not its module', async () => {
    const log = new MemoryLog();
    const app = await start(log, shopWith(), desk);
    await app.publish(Sold, { item: 'apple', count: 1 });
    const other = await start(
      log,
      defineModule('desk', (module) => module.publishes(Returned)),
    );
    await other.publish(Returned, { item: 'apple' });
    await app.caughtUp({ projection: 'shop/stock' });
    expect(await leftOf(app, 'apple')).toBe(10);
    const [status] = await generationsOf(app);
    expect(status).toMatchObject({ state: 'active' });
  });

  it('is kept by each of two apps of different code while both run', async () => {
    const log = new MemoryLog();
    const grams = stock('gram');
    const old = await start(log, shopWith(), desk);
    await old.publish(Sold, { item: 'apple', count: 1 });
    const young = await start(log, shopWith(grams), desk);
    for (let count = 0; count < 3; count += 1) {
      await old.publish(Sold, { item: 'apple', count: 1 });
      await young.publish(Sold, { item: 'apple', count: 1 });
    }
    await old.caughtUp({ projection: 'shop/stock' });
    expect(await old.readModel(pieces).get('apple')).toEqual({ left: 3, unit: 'piece' });
    await vi.waitFor(async () =>
      expect(await young.readModel(grams).get('apple')).toEqual({ left: 3, unit: 'gram' }),
    );
    await old.stop();
    await vi.waitFor(
      async () => expect((await generationsOf(young)).at(-1)).toMatchObject({ isInline: true, isOwn: true }),
      10_000,
    );
    await young.publish(Sold, { item: 'apple', count: 1 });
    expect(await leftOf(young, 'apple', grams)).toBe(2);
  });

  it('is made anew, reset, paused and resumed', async () => {
    const app = await start(new MemoryLog(), shopWith(), desk);
    await app.publish(Sold, { item: 'apple', count: 1 });
    await app.projections.rebuild('shop/stock');
    await vi.waitFor(async () =>
      expect(await generationsOf(app)).toMatchObject([{ state: 'retired' }, { isInline: true }]),
    );
    await app.publish(Sold, { item: 'apple', count: 1 });
    expect(await leftOf(app, 'apple')).toBe(8);
    await app.projections.reset('shop/stock');
    await app.caughtUp({ projection: 'shop/stock' });
    expect(await leftOf(app, 'apple')).toBe(8);
    await app.projections.pause('shop/stock');
    await app.publish(Sold, { item: 'apple', count: 1 });
    expect(await leftOf(app, 'apple')).toBe(8);
    expect((await generationsOf(app)).at(-1)).toMatchObject({ isInline: false, notInline: 'paused' });
    await app.projections.resume('shop/stock');
    await app.caughtUp({ projection: 'shop/stock' });
    expect(await leftOf(app, 'apple')).toBe(7);
  });
});
