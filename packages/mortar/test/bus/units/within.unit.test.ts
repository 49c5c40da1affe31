import { describe, expect, test } from 'vitest';
import type { EventContext } from '../../../src/bus/index.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';
import { errorOf } from '../../support/parcels.js';
import { Refill, SoldOut, Stock, Take, Taken, takeOut } from './stock.js';

type TakenContext = EventContext<typeof Taken>;

function openStock(handle: (context: TakenContext) => unknown, options: object = {}) {
  const stock = new Stock();
  const bus = stock.bus();
  bus.requests.handle(Take, async ({ data, publish }) => {
    await publish(Taken, { item: data.item, count: data.count });
    return { left: 1 };
  });
  bus.logHandlers.subscribeWithin(Taken, { name: 'stock/ledger', module: 'stock', ...options }, handle);
  const take = (count = 1): Promise<unknown> => bus.requests.dispatch(Take, { item: 'book', count });
  return { stock, bus, take };
}

describe('a handler within the transaction', () => {
  test('given what it writes and publishes, then that is committed with the event', async () => {
    const { stock, take } = openStock(async ({ data, write, publish }) => {
      await write((tx: MemoryTransaction) => takeOut(tx, data.item, data.count));
      await publish(SoldOut, { item: data.item });
    });
    await take(4);
    expect(stock.left('book')).toBe(6);
    expect(await stock.told()).toEqual([
      'stock.taken {"item":"book","count":4}',
      'stock.sold-out {"item":"book"}',
    ]);
    const [taken, soldOut] = await stock.entries();
    expect(soldOut?.causationId).toBe(taken?.id);
  });

  test('given what it throws, then the command fails with that, and nothing is committed', async () => {
    const veto = new Error('never more than five');
    const { stock, take } = openStock(({ data }) => {
      if (data.count > 5) throw veto;
    });
    expect(await errorOf(take(6))).toBe(veto);
    expect(await stock.told()).toEqual([]);
    await take(5);
    expect(await stock.entries()).toHaveLength(1);
  });

  test('also keeps what is published from outside, or by a handler of the log, from happening', async () => {
    const veto = new Error('closed');
    const { stock, bus } = openStock(async () => {
      throw veto;
    });
    expect(await errorOf(bus.publisher.publish(Taken, { item: 'book', count: 1 }))).toBe(veto);
    const desk = bus.logHandlers.subscribe(SoldOut, { name: 'desk' }, ({ publish }: TakenContext) =>
      publish(Taken, { item: 'book', count: 1 }),
    );
    const published = await bus.publisher.publish(SoldOut, { item: 'book' });
    const signal = new AbortController().signal;
    if (published === undefined) throw new Error('not published');
    const attempts = [{ envelope: published.envelope, attempt: 1 }];
    expect(await errorOf(desk.attempt(attempts, signal))).toBe(veto);
    expect(await stock.entries()).toHaveLength(1);
  });

  test('is called for what others of them publish, until a chain is too long', async () => {
    const { stock, take } = openStock(async ({ data, publish }) => {
      if (data.count > 0) await publish(Taken, { item: data.item, count: data.count - 1 });
    });
    await take(3);
    expect((await stock.entries()).map(({ payload }) => JSON.parse(payload).count)).toEqual([3, 2, 1, 0]);
    expect(await errorOf(take(1_000))).toMatchObject({ code: 'MORTAR_PUBLISH_DEPTH' });
  });

  test('given a refusal that it did not wait for, or its time limit, then that is its error', async () => {
    const sync = openStock(({ publish }) => {
      publish(SoldOut, { item: 5 as never });
    });
    expect(await errorOf(sync.take())).toMatchObject({ code: 'MORTAR_DATA_INVALID' });
    const slow = openStock(() => new Promise(() => undefined), { timeoutMs: 20 });
    const taking = errorOf(slow.take());
    await slow.stock.clock.advance(20);
    expect(await taking).toMatchObject({ code: 'MORTAR_HANDLER_TIMEOUT' });
    expect([await sync.stock.told(), await slow.stock.told()]).toEqual([[], []]);
  });

  test('can not take part in what a write publishes', async () => {
    const { stock, bus } = openStock(() => undefined);
    bus.requests.handle(Refill, async ({ write }) => {
      await write((_tx: MemoryTransaction, unit) => unit.publish(Taken, { item: 'book', count: 1 }));
    });
    expect(await errorOf(bus.requests.dispatch(Refill, { item: 'book', to: 1 }))).toMatchObject({
      code: 'MORTAR_WRITE_INVALID',
    });
    expect(await stock.told()).toEqual([]);
  });

  test('given its context after its end, then that refuses', async () => {
    let late: TakenContext | undefined;
    const { take } = openStock((context) => {
      void context.attempt;
      void context.idempotencyKey;
      late = context;
    });
    await take();
    expect(await errorOf(late?.publish(SoldOut, { item: 'late' }) ?? Promise.resolve())).toMatchObject({
      code: 'MORTAR_CONTEXT_CLOSED',
    });
  });
});
