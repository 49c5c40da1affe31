import { describe, expect, test } from 'vitest';
import { fail, type PublishMiddleware } from '../../../src/bus/index.js';
import { type Envelope, isId } from '../../../src/contracts/index.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';
import { errorOf, Latch, upTo } from '../../support/parcels.js';
import { settled } from '../../support/virtual-clock.js';
import { Left, Refill, RetryingUnits, SoldOut, Stock, Take, Taken, takeOut } from './stock.js';

describe('the unit of work of a command', () => {
  test('given events and a write, when its handler has ended, then all of it is there, and the caller has its result', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    bus.requests.handle(Take, async ({ data, publish, write }) => {
      await publish(Taken, { item: data.item, count: data.count });
      await write((tx: MemoryTransaction) => takeOut(tx, data.item, data.count));
      expect(await stock.told()).toEqual([]);
      return { left: 9 };
    });
    const result = await bus.requests.dispatch(Take, { item: 'book' }, { actor: 'ada', tenant: 'acme' });
    expect(result).toEqual({ left: 9 });
    expect(stock.left('book')).toBe(9);
    const [entry, ...others] = await stock.entries();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      type: 'stock.taken',
      payload: '{"item":"book","count":1}',
      key: 'book',
      tags: ['item:book'],
      actor: 'ada',
      tenant: 'acme',
    });
    expect(isId(entry?.causationId)).toBe(true);
  });

  test('given a handler that throws, when it has published and written, then nothing of it happens', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    const broken = new Error('the shelf broke');
    bus.requests.handle(Take, async ({ publish, write }) => {
      await publish(Taken, { item: 'book', count: 1 });
      await write((tx: MemoryTransaction) => takeOut(tx, 'book', 1));
      throw broken;
    });
    expect(await errorOf(bus.requests.dispatch(Take, { item: 'book' }))).toBe(broken);
    expect(await stock.told()).toEqual([]);
    expect(stock.left('book')).toBeUndefined();
  });

  test('given a write that throws, then its error is the command’s, and the writes before it and the events are undone', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    const broken = new Error('no such table');
    bus.requests.handle(Take, async ({ publish, write }) => {
      await publish(Taken, { item: 'book', count: 1 });
      await write((tx: MemoryTransaction) => takeOut(tx, 'book', 1));
      await write(() => {
        throw broken;
      });
      return { left: 1 };
    });
    expect(await errorOf(bus.requests.dispatch(Take, { item: 'book' }))).toBe(broken);
    expect(await stock.told()).toEqual([]);
    expect(stock.left('book')).toBeUndefined();
  });

  test('given a failure of the contract, then it is the answer, and nothing is committed', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    bus.requests.handle(Take, async ({ data, publish }) => {
      await publish(SoldOut, { item: data.item });
      return fail('sold-out', { item: data.item });
    });
    const answer = await bus.requests.tryDispatch(Take, { item: 'book' });
    expect(answer).toMatchObject({ ok: false, failure: { name: 'sold-out', data: { item: 'book' } } });
    expect(await stock.told()).toEqual([]);
  });

  test('given a result that breaks the contract, then nothing is committed', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    bus.requests.handle(Take, async ({ publish }) => {
      await publish(Taken, { item: 'book', count: 1 });
      return { left: 'many' } as never;
    });
    expect(await errorOf(bus.requests.dispatch(Take, { item: 'book' }))).toMatchObject({
      code: 'MORTAR_RESULT_INVALID',
    });
    expect(await stock.told()).toEqual([]);
  });

  test('given data that can not be kept, then publish refuses it, and the handler may go on', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    const codes: unknown[] = [];
    bus.requests.handle(Take, async ({ publish }) => {
      const refused = publish(SoldOut, { item: 'a\0b' });
      codes.push(await errorOf(refused));
      await publish(Taken, { item: 'book', count: 2 });
      return { left: 1 };
    });
    await bus.requests.dispatch(Take, { item: 'book' });
    expect(codes).toMatchObject([{ code: 'MORTAR_CODEC_UNSUPPORTED' }]);
    expect(await stock.told()).toEqual(['stock.taken {"item":"book","count":2}']);
  });

  test('given 100 publishes at once, then all are in the unit, in their order', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    bus.requests.handle(Refill, async ({ publish }) => {
      await Promise.all(upTo(100).map((count) => publish(Taken, { item: 'book', count })));
    });
    await bus.requests.dispatch(Refill, { item: 'book', to: 1 });
    const counts = (await stock.entries()).map(({ payload }) => JSON.parse(payload).count);
    expect(counts).toEqual(upTo(100));
  });

  test('given commands at once, when one of them fails, then the others are committed', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    bus.requests.handle(Take, async ({ data, publish, write }) => {
      await publish(Taken, { item: data.item, count: data.count });
      await write((tx: MemoryTransaction) => {
        if (data.count === 7) throw new Error('seven');
        return takeOut(tx, data.item, 1);
      });
      return { left: 0 };
    });
    const all = upTo(20).map((count) => bus.requests.dispatch(Take, { item: 'book', count }));
    const ends = await Promise.allSettled(all);
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(await stock.entries()).toHaveLength(19);
    expect(stock.left('book')).toBe(10 - 19);
  });

  test('given a command that does nothing, and a query, then nothing is committed', async () => {
    const stock = new Stock();
    const units: unknown[] = [];
    const bus = stock.bus(
      {},
      {
        commit: (list) => {
          units.push(...list);
          return stock.units.commit(list);
        },
        findResult: (key) => stock.units.findResult(key),
      },
    );
    bus.requests.handle(Refill, () => undefined);
    bus.requests.answer(Left, () => 3);
    await bus.requests.dispatch(Refill, { item: 'book', to: 1 });
    expect(await bus.requests.ask(Left, { item: 'book' })).toBe(3);
    expect(units).toEqual([]);
  });

  test('given a command that another dispatches, then each has its own unit', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    bus.requests.handle(Take, async ({ publish }) => {
      await publish(Taken, { item: 'inner', count: 1 });
      return { left: 1 };
    });
    bus.requests.handle(Refill, async ({ dispatch, publish }) => {
      await publish(Taken, { item: 'outer', count: 1 });
      await dispatch(Take, { item: 'book' });
      throw new Error('after the other');
    });
    await errorOf(bus.requests.dispatch(Refill, { item: 'book', to: 1 }));
    expect(await stock.told()).toEqual(['stock.taken {"item":"inner","count":1}']);
  });

  test('given a caller that gives up while the handler works, then nothing of it is committed', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    bus.requests.handle(Take, async ({ publish, signal }) => {
      await publish(Taken, { item: 'book', count: 1 });
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return { left: 1 };
    });
    const taking = errorOf(bus.requests.dispatch(Take, { item: 'book' }, { timeoutMs: 10 }));
    await stock.clock.advance(10);
    expect(await taking).toMatchObject({ code: 'MORTAR_REQUEST_TIMEOUT' });
    expect(bus.open).toBe(0);
    expect(await stock.told()).toEqual([]);
  });
});

describe('a commit under way', () => {
  test('goes on when its caller gives up, and what it has published is not withdrawn', async () => {
    const stock = new Stock();
    const withdrawn: string[] = [];
    const passOn: PublishMiddleware = (envelope, next) => next(envelope);
    const publish = Object.assign(passOn, { withdrawn: ({ id }: Envelope) => void withdrawn.push(id) });
    const latch = new Latch();
    const bus = stock.bus(
      { middleware: { publish: [publish] } },
      {
        commit: async (units) => {
          await latch.opened;
          return stock.units.commit(units);
        },
        findResult: (key) => stock.units.findResult(key),
      },
    );
    bus.requests.handle(Refill, (context) => context.publish(SoldOut, { item: 'book' }));
    const caller = new AbortController();
    const sending = errorOf(
      bus.requests.dispatch(Refill, { item: 'book', to: 1 }, { signal: caller.signal }),
    );
    await settled();
    caller.abort(new Error('gone'));
    expect(await sending).toMatchObject({ message: 'gone' });
    expect(bus.open).toBe(1);
    latch.open();
    await bus.events.idle();
    expect(await stock.told()).toEqual(['stock.sold-out {"item":"book"}']);
    expect(withdrawn).toEqual([]);
  });

  test('that fails for another reason than the failure of its command ends with that reason', async () => {
    const stock = new Stock();
    const away = new Error('the connection is away');
    const bus = stock.bus(
      {},
      {
        commit: async (units) => {
          await stock.units.commit(units);
          return [{ ok: false, error: away }];
        },
        findResult: (key) => stock.units.findResult(key),
      },
    );
    bus.requests.handle(Take, ({ commit }) => commit(() => fail('sold-out', { item: 'book' })));
    expect(await errorOf(bus.requests.tryDispatch(Take, { item: 'book' }))).toBe(away);
  });
});

describe('what a write publishes', () => {
  test('comes after what the handler has published, once, however often the write runs', async () => {
    const stock = new Stock();
    const withdrawn: string[] = [];
    const passOn: PublishMiddleware = (envelope, next) => next(envelope);
    const publish = Object.assign(passOn, {
      withdrawn: ({ id }: Envelope) => void withdrawn.push(id),
    });
    const bus = stock.bus({ middleware: { publish: [publish] } }, new RetryingUnits(stock.units));
    let runs = 0;
    bus.requests.handle(Refill, async (context) => {
      await context.publish(Taken, { item: 'first', count: 0 });
      await context.write((_tx: MemoryTransaction, unit) => {
        runs += 1;
        unit.publish(Taken, { item: 'second', count: runs });
      });
      await context.write((_tx: MemoryTransaction, unit) => unit.publish(SoldOut, { item: 'third' }));
    });
    await bus.requests.dispatch(Refill, { item: 'book', to: 1 });
    expect(runs).toBe(2);
    expect(await stock.told()).toEqual([
      'stock.taken {"item":"first","count":0}',
      'stock.taken {"item":"second","count":2}',
      'stock.sold-out {"item":"third"}',
    ]);
    expect(withdrawn).toHaveLength(2);
  });

  test('is all that there is, where the handler itself has published nothing', async () => {
    const stock = new Stock();
    const bus = stock.bus({}, new RetryingUnits(stock.units));
    bus.requests.handle(Refill, async ({ write }) => {
      await write((_tx: MemoryTransaction, unit) => unit.publish(SoldOut, { item: 'book' }));
    });
    await bus.requests.dispatch(Refill, { item: 'book', to: 1 });
    expect(await stock.told()).toEqual(['stock.sold-out {"item":"book"}']);
  });

  test('is nothing where it publishes only when it runs first', async () => {
    const stock = new Stock();
    const appends: unknown[] = [];
    const retrying = new RetryingUnits(stock.units);
    const bus = stock.bus(
      {},
      {
        commit: async (units) => {
          const outcomes = await retrying.commit(units);
          appends.push(...units.map((unit) => [...unit.appends]));
          return outcomes;
        },
        findResult: (key) => retrying.findResult(key),
      },
    );
    let runs = 0;
    bus.requests.handle(Refill, async ({ write }) => {
      await write((_tx: MemoryTransaction, unit) => {
        runs += 1;
        if (runs === 1) unit.publish(SoldOut, { item: 'book' });
      });
    });
    await bus.requests.dispatch(Refill, { item: 'book', to: 1 });
    expect([runs, appends, await stock.told()]).toEqual([2, [[]], []]);
  });

  test('is checked as what a handler publishes, and refused after the end of the write', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    let late: (() => void) | undefined;
    bus.requests.handle(
      Refill,
      async ({ data, write }) => {
        await write((_tx: MemoryTransaction, unit) => {
          late = () => unit.publish(SoldOut, { item: 'late' });
          if (data.to === 1) unit.publish(SoldOut, { item: 5 as never });
          if (data.to === 2) unit.publish(Taken, { item: 'undeclared', count: 1 });
        });
      },
      { sends: { publishes: ['stock.sold-out'] } },
    );
    const refill = (to: number): Promise<unknown> => bus.requests.dispatch(Refill, { item: 'book', to });
    expect(await errorOf(refill(1))).toMatchObject({ code: 'MORTAR_DATA_INVALID' });
    expect(await errorOf(refill(2))).toMatchObject({ code: 'MORTAR_SEND_UNDECLARED' });
    await refill(3);
    expect(late).toThrow(expect.objectContaining({ code: 'MORTAR_WRITE_INVALID' }));
    expect(await stock.told()).toEqual([]);
  });

  test('can not go through publish middleware that takes its time', async () => {
    const stock = new Stock();
    const bus = stock.bus({ middleware: { publish: [async (envelope, next) => next(envelope)] } });
    bus.requests.handle(Refill, async ({ write }) => {
      await write((_tx: MemoryTransaction, unit) => unit.publish(SoldOut, { item: 'book' }));
    });
    expect(await errorOf(bus.requests.dispatch(Refill, { item: 'book', to: 1 }))).toMatchObject({
      code: 'MORTAR_WRITE_INVALID',
    });
  });
});
