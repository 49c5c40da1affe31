import { describe, expect, expectTypeOf, test } from 'vitest';
import type { OnCommit } from '../../../src/bus/index.js';
import { defineModule, fail, type MortarError } from '../../../src/index.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';
import type { SqlTransaction } from '../../../src/unit-of-work/index.js';
import { TakeSeats } from '../../app/store/seats.js';
import { CardCharged, FindOrder, OrderPlaced, PlaceOrder } from '../messages.js';

/* The types of what a handler does beside sending: what is written, committed, and published later. */

const placed = { orderId: '1', total: 1 };

/** The registrations run, their handlers do not: all of it is for the compiler. */
function registered(count: number, module: { readonly handlers: readonly unknown[] }): void {
  expect(module.handlers).toHaveLength(count);
}

describe('write', () => {
  test('takes the transaction that its function names, and that of an SQL store unless it does', () => {
    const shop = defineModule('shop', (module) => {
      module.handle(PlaceOrder, async ({ write }) => {
        await write(async (tx) => {
          expectTypeOf(tx).toEqualTypeOf<SqlTransaction>();
          expectTypeOf(await tx.execute('DELETE FROM orders')).toEqualTypeOf<number>();
          expectTypeOf(await tx.query<{ id: string }>('SELECT id FROM orders')).toEqualTypeOf<
            readonly { id: string }[]
          >();
        });
        await write(async (tx: MemoryTransaction) => {
          expectTypeOf(await tx.table<number>('orders').get('1')).toEqualTypeOf<number | undefined>();
        });
        // @ts-expect-error: no transaction of a store
        await write((tx: { readonly anything: string }) => tx.anything);
        return { orderId: '1', at: 'now' };
      });
    });
    registered(1, shop);
  });

  test('publishes events of the own module, and hears of conflicts', () => {
    const shop = defineModule('shop', (module) => {
      module.on(OrderPlaced, async ({ write }) => {
        await write(
          (_tx, unit) => {
            unit.publish(OrderPlaced, placed);
            // @ts-expect-error: the event of another module
            unit.publish(CardCharged, { amount: 1 });
            // @ts-expect-error: not its data
            unit.publish(OrderPlaced, { orderId: 1 });
          },
          { onConflict: (conflict) => expectTypeOf(conflict).toEqualTypeOf<MortarError>() },
        );
      });
    });
    expect(shop.subscriptions).toHaveLength(1);
  });
});

describe('commit', () => {
  test('makes a result of the command, or one of its failures, and nothing else', () => {
    const shop = defineModule('shop', (module) => {
      module.handle(PlaceOrder, ({ commit }) => {
        const answer = commit(async (tx) => ({ orderId: String(await tx.execute('INSERT …')) }));
        expectTypeOf(answer).toEqualTypeOf<OnCommit<{ orderId: string }>>();
        return answer;
      });
      // @ts-expect-error: not the result of the command
      module.handle(PlaceOrder, ({ commit }) => commit(() => ({ orderId: 1 })));
      // @ts-expect-error: a query has no commit
      module.answer(FindOrder, ({ commit }) => commit(() => ({ total: 1 })));
      // @ts-expect-error: nor has an event
      module.on(OrderPlaced, ({ commit }) => commit(() => undefined));
    });
    registered(3, shop);
    const opera = defineModule('opera', (module) => {
      module.handle(TakeSeats, ({ data, commit }) =>
        commit((tx: MemoryTransaction) => {
          expectTypeOf(tx).toEqualTypeOf<MemoryTransaction>();
          return data.count > 8 ? fail('sold-out', { left: 1 }) : { left: 2 };
        }),
      );
      module.handle(TakeSeats, ({ commit }) =>
        // @ts-expect-error: a failure that the contract does not name
        commit(() => fail('closed', {})),
      );
    });
    registered(2, opera);
  });
});

describe('publishing later', () => {
  test('takes an event of the own module, a time or a delay, and a name', () => {
    const shop = defineModule('shop', (module) => {
      module.on(OrderPlaced, async ({ publishAt, publishAfter, unschedule }) => {
        const name = await publishAt(OrderPlaced, placed, new Date(), { name: 'reminder', priority: 'low' });
        expectTypeOf(name).toEqualTypeOf<string>();
        await publishAfter(OrderPlaced, placed, 60_000);
        await unschedule(name);
        // @ts-expect-error: the event of another module
        await publishAt(CardCharged, { amount: 1 }, 1);
        // @ts-expect-error: a text is no time
        await publishAt(OrderPlaced, placed, '2030-01-01');
        // @ts-expect-error: who it is for is carried on
        await publishAfter(OrderPlaced, placed, 1, { actor: 'ada' });
      });
    });
    expect(shop.subscriptions).toHaveLength(1);
  });
});

describe('the options of a subscription', () => {
  test('say what its handler takes', () => {
    const shop = defineModule('shop', (module) => {
      module.on(OrderPlaced, { batch: { size: 10, withinMs: 5 }, from: 'beginning' }, (events) => {
        expectTypeOf(events[0]?.data).toEqualTypeOf<{ orderId: string; total: number } | undefined>();
      });
      module.on(OrderPlaced, { within: 'transaction', name: 'shop/ledger' }, ({ data }) => {
        expectTypeOf(data).toEqualTypeOf<{ orderId: string; total: number }>();
      });
      module.on(
        OrderPlaced,
        { onDead: 'continue', onUnreadable: 'hold', partitions: 4, name: 'shop/mail' },
        async ({ envelope }) => void envelope,
      );
    });
    expect(shop.subscriptions).toHaveLength(3);
  });
});
