import { describe, expect, test } from 'vitest';
import type { ScheduledEvent } from '../../../src/unit-of-work/index.js';
import { errorOf } from '../../support/parcels.js';
import { Refill, SoldOut, Stock, Taken } from './stock.js';

const MINUTE_MS = 60_000;

function waiting(stock: Stock): readonly ScheduledEvent[] {
  return [...stock.log.scheduled.entries()].map(([, event]) => event);
}

describe('an event that is published later', () => {
  test('by a handler waits in the store once its work is committed, and not before', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    const names: string[] = [];
    const at = stock.clock.now() + 5 * MINUTE_MS;
    bus.requests.handle(Refill, async ({ data, publishAt, publishAfter }) => {
      names.push(await publishAt(SoldOut, { item: data.item }, new Date(at)));
      names.push(await publishAfter(Taken, { item: data.item, count: 1 }, MINUTE_MS, { name: 'reminder' }));
      expect(waiting(stock)).toEqual([]);
    });
    await bus.requests.dispatch(Refill, { item: 'book', to: 1 }, { actor: 'ada' });
    expect(waiting(stock)).toMatchObject([
      { name: names[0], dueAt: at, event: { id: names[0], occurredAt: at, actor: 'ada' } },
      { name: 'reminder', dueAt: stock.clock.now() + MINUTE_MS, event: { tags: ['item:book'] } },
    ]);
    expect(await stock.told()).toEqual([]);
  });

  test('by a handler that fails does not wait', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    bus.requests.handle(Refill, async ({ publishAfter }) => {
      await publishAfter(SoldOut, { item: 'book' }, MINUTE_MS);
      throw new Error('broken');
    });
    await errorOf(bus.requests.dispatch(Refill, { item: 'book', to: 1 }));
    expect(waiting(stock)).toEqual([]);
  });

  test('of one name, the last counts; and it may be called off', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    bus.requests.handle(Refill, async ({ data, publishAfter, unschedule }) => {
      if (data.to === 0) await unschedule('reminder');
      else await publishAfter(SoldOut, { item: data.item }, data.to, { name: 'reminder' });
    });
    const refill = (to: number): Promise<unknown> => bus.requests.dispatch(Refill, { item: 'book', to });
    await refill(1_000);
    await refill(2_000);
    expect(waiting(stock)).toMatchObject([{ name: 'reminder', dueAt: stock.clock.now() + 2_000 }]);
    await refill(0);
    expect(waiting(stock)).toEqual([]);
  });

  test('from outside waits when the promise resolves', async () => {
    const stock = new Stock();
    const { publisher } = stock.bus();
    const name = await publisher.publishAt(SoldOut, { item: 'book' }, 86_400_000, { tenant: 'acme' });
    await publisher.publishAfter(SoldOut, { item: 'pen' }, MINUTE_MS, { name: 'pen' });
    expect(waiting(stock)).toMatchObject([{ name, event: { tenant: 'acme' } }, { name: 'pen' }]);
    await publisher.unschedule('pen');
    expect(waiting(stock)).toMatchObject([{ name }]);
  });

  test('is refused with a time, a name, data or options that are none', async () => {
    const stock = new Stock();
    const { publisher, requests } = stock.bus();
    const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
      ((await errorOf(promise)) as { readonly code?: unknown }).code;
    const book = { item: 'book' };
    for (const at of [Number.NaN, -1, 1.5, new Date(Number.NaN), '2030-01-01', 9e15])
      expect(await codeOf(publisher.publishAt(SoldOut, book, at as number))).toBe('MORTAR_SCHEDULE_INVALID');
    for (const name of ['', 'a\nb', 'x'.repeat(201), 5])
      expect(await codeOf(publisher.publishAt(SoldOut, book, 1, { name: name as string }))).toBe(
        'MORTAR_SCHEDULE_INVALID',
      );
    for (const delay of [-1, 0.5, Number.POSITIVE_INFINITY])
      expect(await codeOf(publisher.publishAfter(SoldOut, book, delay))).toBe('MORTAR_OPTIONS_INVALID');
    expect(await codeOf(publisher.publishAt(SoldOut, { item: 5 as never }, 1))).toBe('MORTAR_DATA_INVALID');
    expect(await codeOf(publisher.publishAt(Refill as never, book, 1))).toBe('MORTAR_HANDLER_INVALID');
    requests.handle(Refill, async ({ publishAt }) => {
      await publishAt(SoldOut, book, 1, { actor: 'someone else' } as object);
    });
    expect(await codeOf(requests.dispatch(Refill, { item: 'book', to: 1 }))).toBe('MORTAR_OPTIONS_INVALID');
    expect(waiting(stock)).toEqual([]);
  });

  test('that publish middleware drops does not wait', async () => {
    const stock = new Stock();
    const { publisher, requests } = stock.bus({ middleware: { publish: [() => []] } });
    requests.handle(Refill, async ({ publishAt, publish }) => {
      await publishAt(SoldOut, { item: 'book' }, 1, { name: 'dropped' });
      await publish(SoldOut, { item: 'book' });
    });
    await requests.dispatch(Refill, { item: 'book', to: 1 });
    expect(await publisher.publishAt(SoldOut, { item: 'book' }, 1, { name: 'dropped' })).toBe('dropped');
    expect(await publisher.publish(SoldOut, { item: 'book' })).toBeUndefined();
    expect([waiting(stock), await stock.told()]).toEqual([[], []]);
  });
});
