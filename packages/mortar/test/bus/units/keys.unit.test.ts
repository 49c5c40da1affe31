import { describe, expect, test } from 'vitest';
import { type DurableBus, fail } from '../../../src/bus/index.js';
import { createEnvelope } from '../../../src/contracts/index.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';
import { errorOf, Latch, upTo } from '../../support/parcels.js';
import { Refill, RetryingUnits, SoldOut, Stock, Take, Taken, takeOut } from './stock.js';

const BOOK = { item: 'book' };
const KEY = { idempotencyKey: 'order-7' };
const signal = new AbortController().signal;

/** A process that takes out of the stock, and how often it has begun to. */
function process(
  stock: Stock,
  wait: () => Promise<unknown> | undefined = () => undefined,
): { readonly bus: DurableBus; readonly calls: () => number } {
  const bus = stock.bus();
  let calls = 0;
  bus.requests.handle(Take, async ({ data, publish, commit }) => {
    calls += 1;
    await publish(Taken, { item: data.item, count: data.count });
    await wait();
    return commit(async (tx: MemoryTransaction) => ({ left: await takeOut(tx, data.item, data.count) }));
  });
  return { bus, calls: () => calls };
}

describe('a command with a key', () => {
  test('runs once: its result is committed with what it did, and found by every process', async () => {
    const stock = new Stock();
    const [one, two] = [process(stock), process(stock)];
    expect(await one.bus.requests.dispatch(Take, BOOK, KEY)).toEqual({ left: 9 });
    expect(await one.bus.requests.dispatch(Take, BOOK, KEY)).toEqual({ left: 9 });
    expect(await two.bus.requests.dispatch(Take, BOOK, KEY)).toEqual({ left: 9 });
    expect([one.calls(), two.calls(), stock.left('book')]).toEqual([1, 0, 9]);
    expect(await stock.entries()).toHaveLength(1);
  });

  test('is a conflict with other data, and counts for one tenant and actor', async () => {
    const stock = new Stock();
    const { bus } = process(stock);
    await bus.requests.dispatch(Take, BOOK, KEY);
    expect(await errorOf(bus.requests.dispatch(Take, { item: 'pen' }, KEY))).toMatchObject({
      code: 'MORTAR_IDEMPOTENCY_CONFLICT',
    });
    expect(await bus.requests.dispatch(Take, BOOK, { ...KEY, tenant: 'acme' })).toEqual({ left: 8 });
  });

  test('at once in two processes commits once, and both have the first result', async () => {
    const stock = new Stock();
    const latch = new Latch();
    const [one, two] = [process(stock, () => latch.opened), process(stock, () => latch.opened)];
    const results = [one, two].flatMap(({ bus }) =>
      upTo(3).map(() => bus.requests.dispatch(Take, BOOK, KEY)),
    );
    latch.open();
    expect(await Promise.all(results)).toEqual(upTo(6).map(() => ({ left: 9 })));
    expect([one.calls(), two.calls(), stock.left('book')]).toEqual([1, 1, 9]);
    expect(await stock.entries()).toHaveLength(1);
  });

  test('at once in two processes with other data is a conflict for the second', async () => {
    const stock = new Stock();
    const latch = new Latch();
    const [one, two] = [process(stock), process(stock, () => latch.opened)];
    const second = errorOf(two.bus.requests.dispatch(Take, { item: 'pen' }, KEY));
    await one.bus.requests.dispatch(Take, BOOK, KEY);
    latch.open();
    expect(await second).toMatchObject({ code: 'MORTAR_IDEMPOTENCY_CONFLICT' });
    expect(stock.left('pen')).toBeUndefined();
  });

  test.each([true, false])(
    'that failed since another process has done it has its result; refused: %s',
    async (isRefused) => {
      const stock = new Stock();
      const one = process(stock);
      const two = stock.bus();
      const [begun, latch] = [new Latch(), new Latch()];
      two.requests.handle(Take, async ({ data: { item } }) => {
        begun.open();
        await latch.opened;
        if (isRefused) return fail('sold-out', { item });
        throw new Error('sold-out');
      });
      const second = two.requests.dispatch(Take, BOOK, KEY);
      await begun.opened;
      await one.bus.requests.dispatch(Take, BOOK, KEY);
      latch.open();
      expect(await second).toEqual({ left: 9 });
      const other = await errorOf(two.requests.dispatch(Take, BOOK, { idempotencyKey: 'another' }));
      expect(String(other)).toContain('sold-out');
    },
  );

  test('that failed is free again, and after a day so is one that did not', async () => {
    const stock = new Stock();
    let isBroken = true;
    const { bus, calls } = process(stock, () => (isBroken ? Promise.reject(new Error('later')) : undefined));
    await errorOf(bus.requests.dispatch(Take, BOOK, KEY));
    isBroken = false;
    expect(await bus.requests.dispatch(Take, BOOK, KEY)).toEqual({ left: 9 });
    await stock.clock.advance(86_400_000);
    expect(await bus.requests.dispatch(Take, BOOK, KEY)).toEqual({ left: 8 });
    expect(calls()).toBe(3);
  });

  test('keeps the result of the run that was committed, where its writes ran more than once', async () => {
    const stock = new Stock();
    const bus = stock.bus({}, new RetryingUnits(stock.units));
    let runs = 0;
    bus.requests.handle(Take, ({ commit }) =>
      commit(() => {
        runs += 1;
        return { left: runs };
      }),
    );
    expect(await bus.requests.dispatch(Take, BOOK, KEY)).toEqual({ left: 2 });
    expect(await stock.bus().requests.dispatch(Take, BOOK, KEY).catch(String)).toContain('HANDLER_MISSING');
    const other = process(stock);
    expect(await other.bus.requests.dispatch(Take, BOOK, KEY)).toEqual({ left: 2 });
  });

  test('given a result that can not be kept, then it fails, and nothing is committed', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    bus.requests.handle(Take, async ({ publish }) => {
      await publish(Taken, { item: 'book', count: 1 });
      return { left: Number.NaN };
    });
    expect(await errorOf(bus.requests.dispatch(Take, BOOK, KEY))).toMatchObject({ category: 'validation' });
    expect(await stock.told()).toEqual([]);
  });
});

describe('a command that the handler of an event dispatches', () => {
  const told = createEnvelope(Taken, { item: 'book', count: 1 });

  test('runs once, however often the event is handled, in whichever process, until that has succeeded', async () => {
    const stock = new Stock();
    const results: number[] = [];
    const processes = upTo(2).map(() => {
      const { bus, calls } = process(stock);
      const desk = bus.logHandlers.subscribe(Taken, { name: 'desk' }, async ({ dispatch, data }: never) => {
        // The types of the verbs are tried where modules are.
        const send = dispatch as DurableBus['requests']['dispatch'];
        results.push((await send(Take, data)).left);
        results.push((await send(Take, data)).left);
      });
      return { desk, calls };
    });
    const [one, two] = processes as [(typeof processes)[0], (typeof processes)[0]];
    await one.desk.attempt([{ envelope: told, attempt: 1 }], signal);
    await one.desk.attempt([{ envelope: told, attempt: 2 }], signal);
    const work = await two.desk.attempt([{ envelope: told, attempt: 3 }], signal);
    expect(results).toEqual([9, 8, 9, 8, 9, 8]);
    expect([one.calls(), two.calls()]).toEqual([2, 0]);
    expect(work?.forget).toHaveLength(2);
    for (const key of work?.forget ?? []) expect(await stock.units.findResult(key)).toBeDefined();
    await stock.units.commit([{ id: told.id, writes: [], appends: [], ...work }]);
    for (const key of work?.forget ?? []) expect(await stock.units.findResult(key)).toBeUndefined();
  });

  test('is found after years, as long as the event may come again', async () => {
    const stock = new Stock();
    const { bus, calls } = process(stock);
    const desk = bus.logHandlers.subscribe(Taken, { name: 'desk' }, async ({ dispatch }: never) => {
      await (dispatch as DurableBus['requests']['dispatch'])(Take, BOOK);
      throw new Error('after it');
    });
    await errorOf(desk.attempt([{ envelope: told, attempt: 1 }], signal));
    await stock.clock.advance(3 * 365 * 86_400_000);
    await errorOf(desk.attempt([{ envelope: told, attempt: 2 }], signal));
    expect(calls()).toBe(1);
  });

  test('passes its key on to those that its handler dispatches in turn, and their results go with it', async () => {
    const stock = new Stock();
    const { bus, calls } = process(stock);
    let tries = 0;
    bus.requests.handle(Refill, async ({ dispatch }) => {
      await dispatch(Take, BOOK);
      tries += 1;
      if (tries === 1) throw new Error('after the inner one');
    });
    const refill = { item: 'book', to: 5 };
    await errorOf(bus.requests.dispatch(Refill, refill, KEY));
    await bus.requests.dispatch(Refill, refill, KEY);
    await bus.requests.dispatch(Refill, refill, KEY);
    expect([tries, calls()]).toEqual([2, 1]);
    expect(stock.log.results.size).toBe(1);
  });

  test('without a key, of a command without one, runs each time', async () => {
    const stock = new Stock();
    const { bus, calls } = process(stock);
    bus.requests.handle(Refill, async ({ dispatch }) => {
      await dispatch(Take, BOOK);
    });
    await bus.requests.dispatch(Refill, { item: 'book', to: 5 });
    await bus.requests.dispatch(Refill, { item: 'book', to: 5 });
    expect(calls()).toBe(2);
    expect(stock.log.results.size).toBe(0);
  });

  test('and that publishes nothing has its result kept all the same', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    let calls = 0;
    bus.requests.handle(Refill, () => {
      calls += 1;
    });
    const desk = bus.logHandlers.subscribe(SoldOut, { name: 'desk' }, ({ dispatch }: never) =>
      (dispatch as DurableBus['requests']['dispatch'])(Refill, { item: 'book', to: 1 }),
    );
    const soldOut = createEnvelope(SoldOut, BOOK);
    await desk.attempt([{ envelope: soldOut, attempt: 1 }], signal);
    await desk.attempt([{ envelope: soldOut, attempt: 1 }], signal);
    expect(calls).toBe(1);
  });
});
