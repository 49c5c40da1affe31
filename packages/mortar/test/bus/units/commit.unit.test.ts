import { describe, expect, test } from 'vitest';
import { fail } from '../../../src/bus/index.js';
import type { MortarError } from '../../../src/errors/index.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';
import type { Unit } from '../../../src/unit-of-work/index.js';
import { errorOf, upTo } from '../../support/parcels.js';
import { Refill, RetryingUnits, Stock, Take, Taken, takeOut } from './stock.js';

const BOOK = { item: 'book' };

describe('a result that is made in the transaction', () => {
  test('given commit, then its function runs after the writes, and its answer is the result', async () => {
    const stock = new Stock();
    const bus = stock.bus({}, new RetryingUnits(stock.units));
    bus.requests.handle(Take, async ({ data, write, commit }) => {
      const answer = commit(async (tx: MemoryTransaction, unit) => {
        unit.publish(Taken, { item: data.item, count: data.count });
        return { left: await takeOut(tx, data.item, 3) };
      });
      await write((tx: MemoryTransaction) => takeOut(tx, data.item, data.count));
      return answer;
    });
    expect(await bus.requests.dispatch(Take, BOOK)).toEqual({ left: 6 });
    expect(stock.left('book')).toBe(6);
    expect(await stock.told()).toEqual(['stock.taken {"item":"book","count":1}']);
  });

  test('given an answer that breaks the contract, or none, then it is checked before anything is committed', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    bus.requests.handle(Take, ({ data, commit }) =>
      commit(async (tx: MemoryTransaction) => {
        await takeOut(tx, data.item, data.count);
        return { left: 'many' } as never;
      }),
    );
    expect(await errorOf(bus.requests.dispatch(Take, BOOK))).toMatchObject({ code: 'MORTAR_RESULT_INVALID' });
    expect(stock.left('book')).toBeUndefined();
  });

  test('given a failure, then it is answered with, and everything is undone', async () => {
    const stock = new Stock();
    const bus = stock.bus({}, new RetryingUnits(stock.units));
    bus.requests.handle(Take, async ({ data, publish, commit }) => {
      await publish(Taken, { item: data.item, count: data.count });
      return commit(async (tx: MemoryTransaction) => {
        const left = await takeOut(tx, data.item, data.count);
        return left < 0 ? fail('sold-out', { item: data.item }) : { left };
      });
    });
    expect(await bus.requests.tryDispatch(Take, { item: 'book', count: 11 })).toMatchObject({
      ok: false,
      failure: { name: 'sold-out', data: BOOK },
    });
    expect(stock.left('book')).toBeUndefined();
    expect(await stock.told()).toEqual([]);
    expect(await bus.requests.dispatch(Take, { item: 'book', count: 4 })).toEqual({ left: 6 });
  });

  test('given commit that is not returned, or asked for twice, then the command fails', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    bus.requests.handle(Take, ({ data, commit }) => {
      commit(() => ({ left: 1 }));
      if (data.count === 2) return commit(() => ({ left: 2 }));
      return { left: 3 };
    });
    for (const count of [1, 2]) {
      expect(await errorOf(bus.requests.dispatch(Take, { item: 'book', count }))).toMatchObject({
        code: 'MORTAR_WRITE_INVALID',
      });
    }
  });

  test('given concurrent commands on one row, then each sees what the one before has left', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    bus.requests.handle(Take, ({ data, commit }) =>
      commit(async (tx: MemoryTransaction) => ({ left: await takeOut(tx, data.item, 1) })),
    );
    const results = await Promise.all(upTo(10).map(() => bus.requests.dispatch(Take, BOOK)));
    expect(results.map(({ left }) => left).sort((a, b) => a - b)).toEqual(upTo(10).map((left) => left - 1));
  });
});

describe('a constraint that is violated', () => {
  const insert = (tx: MemoryTransaction): Promise<void> => tx.table('items').insert('book', 1);

  test('is the error of the command, with its name, unless something is said', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    bus.requests.handle(Refill, async ({ write }) => {
      await write(insert);
      await write(insert);
    });
    expect(await errorOf(bus.requests.dispatch(Refill, { item: 'book', to: 1 }))).toMatchObject({
      code: 'MORTAR_CONSTRAINT_VIOLATED',
      category: 'conflict',
      details: { constraint: 'items.key' },
    });
  });

  test('becomes another error, or a failure, as onConflict says', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    const seen: unknown[] = [];
    const mine = new Error('there is a book already');
    bus.requests.handle(Take, async ({ data, write }) => {
      await write(insert);
      await write(insert, {
        onConflict: (conflict) => {
          seen.push(conflict.details);
          return data.count === 1 ? mine : data.count === 2 ? fail('sold-out', BOOK) : undefined;
        },
      });
      return { left: 1 };
    });
    expect(await errorOf(bus.requests.dispatch(Take, BOOK))).toBe(mine);
    expect(await bus.requests.tryDispatch(Take, { ...BOOK, count: 2 })).toMatchObject({
      failure: { name: 'sold-out' },
    });
    expect(await errorOf(bus.requests.dispatch(Take, { ...BOOK, count: 3 }))).toMatchObject({
      code: 'MORTAR_CONSTRAINT_VIOLATED',
    });
    expect(seen).toEqual(upTo(3).map(() => ({ constraint: 'items.key' })));
    expect(stock.left('book')).toBeUndefined();
  });

  test('is asked about as well where the store finds it at the end of the transaction', async () => {
    const stock = new Stock();
    // As a deferred constraint does: it fails behind the writes of the handler.
    const late = (units: readonly Unit[]): readonly Unit[] =>
      units.map((unit) => ({ ...unit, writes: [...unit.writes, insert as never, insert as never] }));
    const bus = stock.bus(
      {},
      {
        commit: (units) => stock.units.commit(late(units)),
        findResult: (key) => stock.units.findResult(key),
      },
    );
    bus.requests.handle(Take, ({ commit }) =>
      commit(() => ({ left: 1 }), { onConflict: () => fail('sold-out', BOOK) }),
    );
    expect(await bus.requests.tryDispatch(Take, BOOK)).toMatchObject({ failure: { name: 'sold-out' } });
  });

  test('any other error is not asked about', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    const broken = new Error('broken');
    bus.requests.handle(Refill, async ({ write }) => {
      const onConflict = (conflict: MortarError): unknown => conflict;
      await write(() => Promise.reject(broken), { onConflict });
    });
    expect(await errorOf(bus.requests.dispatch(Refill, { item: 'book', to: 1 }))).toBe(broken);
  });
});
