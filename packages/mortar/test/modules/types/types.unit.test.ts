import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Envelope } from '../../../src/contracts/index.js';
import {
  type CommandHandler,
  type EventHandler,
  type MessageContext,
  type QueryHandler,
  token,
} from '../../../src/index.js';
import { defineModule, type Module, type ModuleBuilder } from '../../../src/modules/index.js';
import {
  CardCharged,
  ChargeCard,
  FindInvoice,
  FindOrder,
  OrderBook,
  OrderLost,
  OrderPlaced,
  PlaceOrder,
  PriceList,
} from '../messages.js';

/*
 * Types are what is tested here. Each line that must not compile says so; the type check of the tests fails if one
 * compiles. Handlers never run.
 */

const Currency = token<string>('Currency');

/** Runs registrations that have to fail at run time too, if only for what the types forbid. */
function define(register: (module: ModuleBuilder<'shop'>) => void): void {
  try {
    defineModule('shop', register);
  } catch (error) {
    expect(error).toMatchObject({ name: 'MortarError' });
  }
}

describe('the handler of a command', () => {
  test('gets the schema’s output, answers with the input of the result, and has the services it asked for', () => {
    define((module) => {
      module.singleton(PriceList);
      module.singleton(OrderBook, [PriceList]);
      module.value(Currency, 'EUR');
      module.handle(PlaceOrder, [OrderBook, Currency], async (context, orders, currency) => {
        expectTypeOf(context.type).toEqualTypeOf<'shop.place-order'>();
        expectTypeOf(context.data).toEqualTypeOf<{ items: string[]; note: string }>();
        expectTypeOf(context.envelope.correlationId).toEqualTypeOf<string>();
        expectTypeOf(orders).toEqualTypeOf<OrderBook>();
        expectTypeOf(currency).toEqualTypeOf<string>();
        expectTypeOf(await context.dispatch(ChargeCard, { amount: 1 })).toEqualTypeOf<void>();
        expectTypeOf(await context.ask(FindInvoice, { id: '1' })).toEqualTypeOf<string>();
        return { orderId: '1' };
      });
    });
    define((module) => {
      module.handle(PlaceOrder, ({ data }) => ({ orderId: data.note, at: 'later' }));
      module.handle(PlaceOrder, [], () => ({ orderId: '1' }));
    });
  });

  test('is refused when it answers wrongly, takes too much, or handles what is not its own', () => {
    define((module) => {
      // @ts-expect-error: the result lacks orderId
      module.handle(PlaceOrder, () => ({}));
      // @ts-expect-error: nothing is answered
      module.handle(PlaceOrder, [PriceList], () => {});
      // @ts-expect-error: a service that was not asked for
      module.handle(PlaceOrder, [PriceList], (_context, _prices: PriceList, _more: OrderBook) => ({
        orderId: '',
      }));
      // @ts-expect-error: a service of another type
      module.handle(PlaceOrder, [PriceList], (_context, _book: OrderBook) => ({ orderId: '' }));
      // @ts-expect-error: a command of another module
      module.handle(ChargeCard, () => {});
      // @ts-expect-error: a command of another module, with dependencies
      module.handle(ChargeCard, [PriceList], () => {});
      // @ts-expect-error: a query is answered
      module.handle(FindOrder, () => ({ total: 1 }));
      // @ts-expect-error: an event is listened to
      module.handle(OrderPlaced, () => {});
      // @ts-expect-error: commands have no options
      module.handle(PlaceOrder, { retry: { attempts: 2 } }, () => ({ orderId: '' }));
    });
  });
});

describe('the handler of a query', () => {
  test('gets the output, and answers with the result', () => {
    define((module) => {
      module.answer(FindOrder, [PriceList], ({ data, type }, prices) => {
        expectTypeOf(data).toEqualTypeOf<{ orderId: string }>();
        expectTypeOf(type).toEqualTypeOf<'shop.find-order'>();
        return { total: prices.priceOf(data.orderId) };
      });
    });
  });

  test('is refused when it answers wrongly, or what is not its own', () => {
    define((module) => {
      // @ts-expect-error: the result is no text
      module.answer(FindOrder, () => 'a lot');
      // @ts-expect-error: a query of another module
      module.answer(FindInvoice, () => 'an invoice');
      // @ts-expect-error: a command is handled
      module.answer(PlaceOrder, () => ({ orderId: '' }));
    });
  });
});

describe('the handler of an event', () => {
  test('of one contract, also of another module', () => {
    define((module) => {
      module.on(CardCharged, async ({ data, type, envelope, publish, attempt, signal }) => {
        expectTypeOf(data).toEqualTypeOf<{ amount: number }>();
        expectTypeOf(type).toEqualTypeOf<'billing.card-charged'>();
        expectTypeOf(envelope).toEqualTypeOf<Envelope<{ amount: number }, 'billing.card-charged'>>();
        expectTypeOf(attempt).toEqualTypeOf<number>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        await publish(OrderPlaced, { orderId: '1', total: 2 });
      });
    });
  });

  test('of several contracts narrows on the type', () => {
    define((module) => {
      module.on([OrderPlaced, OrderLost], { name: 'both' }, (context) => {
        expectTypeOf(context.type).toEqualTypeOf<'shop.order-placed' | 'shop.order-lost'>();
        if (context.type === 'shop.order-placed') {
          expectTypeOf(context.data).toEqualTypeOf<{ orderId: string; total: number }>();
        } else {
          expectTypeOf(context.data).toEqualTypeOf<{ orderId: string; by: string }>();
        }
      });
      module.on([OrderPlaced, CardCharged], { name: 'with services' }, [PriceList], (context, prices) => {
        expectTypeOf(prices).toEqualTypeOf<PriceList>();
        if (context.type === 'billing.card-charged')
          expectTypeOf(context.data.amount).toEqualTypeOf<number>();
        else expectTypeOf(context.data.total).toEqualTypeOf<number>();
      });
    });
  });

  test('with options, with dependencies, with both, with neither', () => {
    const made = defineModule('shop', (module) => {
      module.on(OrderPlaced, () => {});
      module.on(OrderPlaced, { name: 'b', retry: { attempts: 5 }, timeoutMs: 100 }, async ({ data }) => {
        expectTypeOf(data.total).toEqualTypeOf<number>();
      });
      module.on(OrderLost, [PriceList], ({ data }, prices) => {
        expectTypeOf(data.by).toEqualTypeOf<string>();
        expectTypeOf(prices).toEqualTypeOf<PriceList>();
      });
      module.on(OrderLost, { name: 'd' }, [PriceList, Currency], ({ data }, prices, currency) => {
        expectTypeOf(data.by).toEqualTypeOf<string>();
        expectTypeOf(prices).toEqualTypeOf<PriceList>();
        expectTypeOf(currency).toEqualTypeOf<string>();
      });
    });
    expect(made.subscriptions).toHaveLength(4);
  });

  test('is refused when what it takes or is told is wrong', () => {
    define((module) => {
      // @ts-expect-error: a field that is not there
      module.on(OrderPlaced, ({ data }) => void data.amount);
      // @ts-expect-error: a misspelt option
      module.on(OrderPlaced, { retries: 3 }, () => {});
      // @ts-expect-error: the module is known
      module.on(OrderPlaced, { module: 'billing' }, () => {});
      // @ts-expect-error: options stand before dependencies
      module.on(OrderPlaced, [PriceList], { name: 'x' }, () => {});
      // @ts-expect-error: a command is handled
      module.on(PlaceOrder, () => {});
      // @ts-expect-error: a pattern is for the bus alone
      module.on('shop.*', () => {});
      // @ts-expect-error: what is answered would be lost
      module.on(OrderPlaced, () => 'an answer');
      // @ts-expect-error: a service of another type
      module.on(OrderPlaced, [PriceList], (_context, _book: OrderBook) => {});
    });
  });
});

describe('what a context may send', () => {
  test('events of its own module, whatever it handles', () => {
    define((module) => {
      module.on(CardCharged, async ({ publish }) => {
        await publish(OrderPlaced, { orderId: '1', total: 2 }, { priority: 'low' });
        // @ts-expect-error: the event of another module
        await publish(CardCharged, { amount: 1 });
        // @ts-expect-error: a missing field
        await publish(OrderPlaced, { orderId: '1' });
        // @ts-expect-error: a command
        await publish(PlaceOrder, { items: [] });
        // @ts-expect-error: correlation carries on by itself
        await publish(OrderPlaced, { orderId: '1', total: 2 }, { correlationId: 'x' });
      });
      module.handle(PlaceOrder, [PriceList], async ({ publish }) => {
        // @ts-expect-error: the event of another module
        await publish(CardCharged, { amount: 1 });
        return { orderId: '1' };
      });
      module.answer(FindOrder, async ({ ask }) => {
        // @ts-expect-error: a command is dispatched
        await ask(ChargeCard, { amount: 1 });
        return { total: 1 };
      });
    });
  });

  test('takes the schema’s input and answers with its output', () => {
    define((module) => {
      module.on(CardCharged, async ({ dispatch, ask }) => {
        const placed = await dispatch(PlaceOrder, { items: ['book'] });
        expectTypeOf(placed).toEqualTypeOf<{ orderId: string; at: string }>();
        expectTypeOf(await ask(FindOrder, { orderId: '1' })).toEqualTypeOf<{ total: number }>();
        // @ts-expect-error: a wrong field
        await dispatch(PlaceOrder, { items: [1] });
        // @ts-expect-error: a query is asked
        await dispatch(FindOrder, { orderId: '1' });
      });
    });
  });
});

describe('helper types', () => {
  test('let a handler stand in a file of its own', () => {
    const placed: CommandHandler<typeof PlaceOrder, 'shop'> = async ({ data, publish }) => {
      await publish(OrderPlaced, { orderId: '1', total: data.items.length });
      // @ts-expect-error: the event of another module
      await publish(CardCharged, { amount: 1 });
      return { orderId: '1' };
    };
    const found: QueryHandler<typeof FindOrder, 'shop'> = () => ({ total: 1 });
    const charged: EventHandler<typeof CardCharged, 'shop'> = ({ data }) => void data.amount;
    const made = defineModule('shop', (module) => {
      module.handle(PlaceOrder, placed);
      module.answer(FindOrder, found);
      module.on(CardCharged, charged);
    });
    expect(made.handlers).toHaveLength(2);
  });

  test('a function for any context', () => {
    const note = ({ logger }: MessageContext): void => logger.info('noted');
    define((module) => {
      module.on(OrderPlaced, (context) => note(context));
      module.handle(PlaceOrder, (context) => {
        note(context);
        return { orderId: '1' };
      });
    });
  });

  test('modules of different names stand in one list', () => {
    const modules: readonly Module[] = [defineModule('shop', () => {}), defineModule('billing', () => {})];
    expect(modules.map(({ name }) => name)).toEqual(['shop', 'billing']);
    expectTypeOf(defineModule('shop', () => {})).toEqualTypeOf<Module<'shop'>>();
    // @ts-expect-error: another module
    const wrong: Module<'billing'> = defineModule('shop', () => {});
    expect(wrong.name).toBe('shop');
  });
});
