import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { number, secret } from '../../../src/config/index.js';
import type { Token } from '../../../src/container/index.js';
import type { ClientOf, Secret } from '../../../src/contracts/index.js';
import {
  all,
  CurrentMessage,
  defineModule,
  lazy,
  type ModuleBuilder,
  optional,
  override,
  type PortImplementation,
  token,
} from '../../../src/index.js';
import {
  CardCharged,
  ChargeCard,
  FindInvoice,
  FindOrder,
  Ledger,
  OrderBook,
  OrderLost,
  OrderPlaced,
  PlaceOrder,
  PriceList,
  Stock,
} from '../messages.js';

/* As in types.unit.test.ts: the types of the verbs beside handle, answer and on. */

const Currency = token<string>('Currency');

/** Runs registrations that have to fail at run time too, if only for what the types forbid. */
function define(register: (module: ModuleBuilder<'shop'>) => void): void {
  try {
    defineModule('shop', register);
  } catch (error) {
    expect(error).toMatchObject({ name: 'MortarError' });
  }
}

describe('a port', () => {
  test('is implemented with the schema’s output in and the result’s input out, and with services', () => {
    define((module) => {
      module.implement(Stock, [PriceList, Currency], {
        count: ({ data, type, envelope }, prices, currency) => {
          expectTypeOf(data).toEqualTypeOf<{ item: string }>();
          expectTypeOf(type).toEqualTypeOf<string>();
          expectTypeOf(envelope.correlationId).toEqualTypeOf<string>();
          expectTypeOf(prices).toEqualTypeOf<PriceList>();
          expectTypeOf(currency).toEqualTypeOf<string>();
          return 1;
        },
        take: async ({ data, publish }) => {
          expectTypeOf(data).toEqualTypeOf<{ item: string; amount: number }>();
          await publish(OrderPlaced, { orderId: '1', total: data.amount });
          // @ts-expect-error: the event of another module
          await publish(CardCharged, { amount: 1 });
        },
      });
    });
    const ready: PortImplementation<typeof Stock, 'shop'> = { count: async () => 1, take: () => {} };
    expect(defineModule('shop', (module) => module.implement(Stock, ready)).implementations).toHaveLength(1);
  });

  test('is not implemented wrongly, in part, or by another module', () => {
    define((module) => {
      // @ts-expect-error: a method is missing
      module.implement(Stock, [], { count: () => 1 });
      // @ts-expect-error: the result is no text
      module.implement(Stock, [], { count: () => 'one', take: () => {} });
      // @ts-expect-error: a port of another module
      module.implement(Ledger, [], { balance: () => 1 });
      // @ts-expect-error: a service without the methods
      module.implement(Stock, PriceList);
      module.implement(Stock, [PriceList], {
        // @ts-expect-error: a service of another type
        count: (_context, _book: OrderBook) => 1,
        take: () => {},
      });
      // @ts-expect-error: a command is handled
      module.implement(PlaceOrder, [], {});
    });
  });

  test('is a dependency, and gives a client', () => {
    define((module) => {
      module.handle(PlaceOrder, [Ledger, optional(Ledger), lazy(Ledger)], async (_, ledger, maybe, later) => {
        expectTypeOf(ledger).toEqualTypeOf<ClientOf<typeof Ledger>>();
        expectTypeOf(maybe).toEqualTypeOf<ClientOf<typeof Ledger> | undefined>();
        expectTypeOf(later()).toEqualTypeOf<ClientOf<typeof Ledger>>();
        expectTypeOf(await ledger.balance({ account: 'a' }, { timeoutMs: 5 })).toEqualTypeOf<number>();
        // @ts-expect-error: a field that is not there
        await ledger.balance({ acount: 'a' });
        // @ts-expect-error: a method that is not there
        await ledger.balence({ account: 'a' });
        return { orderId: '1' };
      });
      module.uses(Ledger, { retry: { attempts: 2 }, bulkhead: false });
      // @ts-expect-error: a misspelt option
      module.uses(Ledger, { retries: 2 });
      // @ts-expect-error: an event is no port
      module.uses(OrderPlaced, {});
    });
    const stub = override(Ledger, { balance: async () => 1 });
    // @ts-expect-error: the result is no text
    expect([stub, override(Ledger, { balance: async () => 'one' })]).toHaveLength(2);
  });
});

describe('services', () => {
  test('are made of what their list gives', () => {
    define((module) => {
      module.transient(OrderBook, [PriceList]);
      module.scoped(OrderBook, [PriceList]);
      module.factory(OrderBook, [PriceList, all(Currency)], (prices, currencies) => {
        expectTypeOf(prices).toEqualTypeOf<PriceList>();
        expectTypeOf(currencies).toEqualTypeOf<readonly string[]>();
        return new OrderBook(prices);
      });
      module.asyncFactory(OrderBook, [PriceList], async (prices) => new OrderBook(prices), {
        lifetime: 'scoped',
        dispose: (book) => {
          expectTypeOf(book).toEqualTypeOf<OrderBook>();
        },
      });
      // @ts-expect-error: another service
      module.factory(OrderBook, [], () => 'a book');
      // @ts-expect-error: no promise of one
      module.asyncFactory(PriceList, [], () => new PriceList());
      // @ts-expect-error: a value of another type
      module.value(Currency, 5);
      // @ts-expect-error: an unknown lifetime
      module.factory(PriceList, [], () => new PriceList(), { lifetime: 'forever' });
    });
  });

  test('may be given the message that is handled', () => {
    define((module) => {
      module.on(OrderPlaced, [CurrentMessage], (_, message) => {
        expectTypeOf(message.envelope.actor).toEqualTypeOf<string | undefined>();
        expectTypeOf(message.signal).toEqualTypeOf<AbortSignal>();
      });
    });
  });
});

describe('settings', () => {
  test('have the type of their schema’s output, with secrets wrapped', () => {
    define((module) => {
      const Settings = module.settings({
        schema: z.object({ port: z.number().default(80), key: z.string() }),
        settings: { port: number('MORTAR_SHOP_PORT'), key: secret('MORTAR_SHOP_KEY') },
      });
      expectTypeOf(Settings).toExtend<Token<{ readonly port: number; readonly key: Secret }>>();
      module.onStart([Settings], (_, { port, key }) => {
        expectTypeOf(port).toEqualTypeOf<number>();
        expectTypeOf(key).toEqualTypeOf<Secret>();
      });
      module.settings({
        schema: z.object({ port: z.number() }),
        // @ts-expect-error: a text for a number
        settings: { port: secret('MORTAR_SHOP_PORT') },
      });
      // @ts-expect-error: a setting is missing
      module.settings({ schema: z.object({ port: z.number() }), settings: {} });
    });
  });
});

describe('hooks, checks and statements', () => {
  test('know their module and their services', () => {
    define((module) => {
      module.onStart([PriceList], async ({ publish, dispatch, ask }, prices) => {
        expectTypeOf(prices).toEqualTypeOf<PriceList>();
        expectTypeOf(await ask(FindOrder, { orderId: '1' })).toEqualTypeOf<{ total: number }>();
        await dispatch(ChargeCard, { amount: 1 });
        await publish(OrderPlaced, { orderId: '1', total: 1 });
        // @ts-expect-error: the event of another module
        await publish(CardCharged, { amount: 1 });
      });
      module.onStop([Currency], ({ signal }, currency) => {
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        expectTypeOf(currency).toEqualTypeOf<string>();
      });
      // @ts-expect-error: nothing is sent at the stop
      module.onStop(({ publish }) => publish(OrderPlaced, { orderId: '1', total: 1 }));
      module.health('prices', [PriceList], async (_, prices) => {
        expectTypeOf(prices).toEqualTypeOf<PriceList>();
        return { status: 'healthy', data: { prices: prices.priceOf('book') } };
      });
      // @ts-expect-error: an unknown status
      module.health('prices', () => ({ status: 'fine' }));
      module.health('prices', { isCritical: false, timeoutMs: 5 }, [PriceList], (_, prices) => {
        expectTypeOf(prices).toEqualTypeOf<PriceList>();
        return { status: 'healthy' };
      });
      module.health('prices', { timeoutMs: 5 }, async ({ signal }) => {
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        return { status: 'healthy' };
      });
      // @ts-expect-error: there is no such option.
      module.health('prices', { isCritcal: false }, () => ({ status: 'healthy' }));
    });
  });

  test('are of its own messages, where only those can be meant', () => {
    define((module) => {
      module.exposes(PlaceOrder, FindOrder, OrderLost, Stock);
      module.publishes(OrderPlaced);
      module.dispatches(PlaceOrder, ChargeCard);
      module.asks(FindOrder, FindInvoice);
      // @ts-expect-error: the command of another module
      module.exposes(ChargeCard);
      // @ts-expect-error: the port of another module
      module.exposes(Ledger);
      // @ts-expect-error: the event of another module
      module.publishes(CardCharged);
      // @ts-expect-error: a query is asked
      module.dispatches(FindOrder);
      // @ts-expect-error: a command is dispatched
      module.asks(PlaceOrder);
      // @ts-expect-error: modules are named
      module.startsAfter(defineModule('billing', () => {}));
    });
  });

  test('have options of their own', () => {
    define((module) => {
      module.handle(
        PlaceOrder,
        {
          validate: [
            async ({ data, ask }) => {
              expectTypeOf(data).toEqualTypeOf<{ items: string[]; note: string }>();
              return (await ask(FindOrder, { orderId: '1' })).total > 0 ? undefined : 'nothing to pay';
            },
          ],
        },
        [PriceList],
        (_, prices) => ({ orderId: `${prices.priceOf('a')}` }),
      );
      module.answer(
        FindOrder,
        { cache: { ttlMs: 5, tags: (data) => [data.orderId], invalidatedBy: [OrderPlaced] } },
        () => ({ total: 1 }),
      );
      // @ts-expect-error: a command has no cache
      module.handle(PlaceOrder, { cache: { ttlMs: 5 } }, () => ({ orderId: '1' }));
      // @ts-expect-error: a cache says how long
      module.answer(FindOrder, { cache: {} }, () => ({ total: 1 }));
    });
  });
});
