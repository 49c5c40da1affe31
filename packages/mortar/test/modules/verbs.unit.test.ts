import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { number, secret } from '../../src/config/index.js';
import { token } from '../../src/container/index.js';
import { defineModule, type Module, variablesOf } from '../../src/modules/index.js';
import { here } from './here.js';
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
} from './messages.js';

/* Each verb of a module: what it is recorded as, and where it says it was called. */

const nothing = (): undefined => undefined;
const Currency = token<string>('Currency');
/** Where the verb was called that a test is about. */
let place = '';

describe('a service', () => {
  const make = (): PriceList => new PriceList();
  const makeLater = async (): Promise<PriceList> => new PriceList();
  const dispose = (): void => undefined;

  it.each(['singleton', 'transient', 'scoped'] as const)('bound by %s is one of a class', (lifetime) => {
    const { bindings } = defineModule('shop', (module) => {
      place = here(1);
      module[lifetime](OrderBook, [PriceList]);
    });
    expect(bindings).toEqual([
      {
        service: OrderBook,
        lifetime,
        dependencies: [PriceList],
        how: { kind: 'class', create: OrderBook },
        owner: `module shop (${place})`,
      },
    ]);
  });

  it('bound by value is there already', () => {
    const { bindings } = defineModule('shop', (module) => {
      place = here(1);
      module.value(Currency, 'EUR');
    });
    expect(bindings).toEqual([
      {
        service: Currency,
        lifetime: 'value',
        dependencies: [],
        how: { kind: 'value', value: 'EUR' },
        owner: `module shop (${place})`,
      },
    ]);
  });

  it('bound by factory is made by a function, once unless said', () => {
    const { bindings } = defineModule('shop', (module) => {
      place = here(1);
      module.factory(PriceList, [Currency], make);
      module.factory(PriceList, [], make, { lifetime: 'scoped', dispose });
    });
    expect(bindings[0]).toEqual({
      service: PriceList,
      lifetime: 'singleton',
      dependencies: [Currency],
      how: { kind: 'factory', create: make },
      owner: `module shop (${place})`,
    });
    expect(bindings[1]).toMatchObject({ lifetime: 'scoped', dispose });
  });

  it('bound by asyncFactory is made by a function that is awaited', () => {
    const { bindings } = defineModule('shop', (module) => {
      place = here(1);
      module.asyncFactory(PriceList, [Currency], makeLater, { lifetime: 'transient', dispose });
    });
    expect(bindings).toEqual([
      {
        service: PriceList,
        lifetime: 'transient',
        dependencies: [Currency],
        how: { kind: 'async-factory', create: makeLater },
        owner: `module shop (${place})`,
        dispose,
      },
    ]);
  });
});

describe('the handler', () => {
  it('of a command stands with its rules', () => {
    const options = { validate: [nothing] };
    const handler = (): { orderId: string } => ({ orderId: '1' });
    const { handlers } = defineModule('shop', (module) => {
      place = here(1);
      module.handle(PlaceOrder, options, [PriceList], handler);
    });
    expect(handlers).toEqual([{ contract: PlaceOrder, options, dependencies: [PriceList], handler, place }]);
  });

  it('of a query stands with its cache', () => {
    const options = { cache: { ttlMs: 5, invalidatedBy: [OrderPlaced], vary: 'none' } } as const;
    const handler = (): { total: number } => ({ total: 1 });
    const { handlers } = defineModule('shop', (module) => {
      place = here(1);
      module.answer(FindOrder, options, handler);
    });
    expect(handlers).toEqual([{ contract: FindOrder, options, dependencies: [], handler, place }]);
  });

  it('of an event stands with its name and options', () => {
    const options = { name: 'archive', retry: { attempts: 5 } };
    const { subscriptions } = defineModule('shop', (module) => {
      place = here(1);
      module.on([CardCharged, OrderLost], options, [PriceList], nothing);
    });
    expect(subscriptions).toEqual([
      {
        name: 'archive',
        events: [CardCharged, OrderLost],
        options,
        dependencies: [PriceList],
        handler: nothing,
        place,
      },
    ]);
  });
});

describe('a port', () => {
  const context = {};
  /** What the recorded method answers, called as the app calls it. */
  const answerOf = ({ implementations: [one] }: Module, ...services: readonly unknown[]): unknown =>
    Reflect.apply(one?.methods?.['count'] ?? nothing, undefined, [context, ...services]);

  it('is implemented by methods with dependencies', () => {
    const made = defineModule('shop', (module) => {
      place = here(1);
      module.implement(Stock, [PriceList], {
        count: (_, prices) => prices.priceOf('book'),
        take: nothing,
      });
    });
    expect(made.implementations).toEqual([
      {
        port: Stock,
        place,
        dependencies: [PriceList],
        methods: { count: expect.any(Function), take: expect.any(Function) },
      },
    ]);
    expect(answerOf(made, new PriceList())).toBe(4);
  });

  it('is implemented by an object, whose methods are called on it', () => {
    const shelf = {
      held: 3,
      count(): number {
        return this.held;
      },
      take: nothing,
    };
    const made = defineModule('shop', (module) => {
      place = here(1);
      module.implement(Stock, shelf);
    });
    expect(made.implementations).toMatchObject([{ port: Stock, place, dependencies: [] }]);
    expect(answerOf(made)).toBe(3);
  });

  it('is implemented by a service that has the methods, be it a class or a token', () => {
    class Shelf {
      count(): number {
        return 3;
      }
      take(): void {}
    }
    const ShelfToken = token<Shelf>('Shelf');
    for (const service of [Shelf, ShelfToken]) {
      const made = defineModule('shop', (module) => {
        place = here(1);
        module.implement(Stock, service);
      });
      expect(made.implementations).toEqual([
        { port: Stock, place, dependencies: [service], methods: undefined },
      ]);
    }
  });

  it('is used by a policy', () => {
    const policy = { retry: { attempts: 2 }, bulkhead: false } as const;
    const { uses } = defineModule('shop', (module) => {
      place = here(1);
      module.uses(Ledger, policy);
    });
    expect(uses).toEqual([{ port: Ledger, place, policy }]);
  });
});

describe('what runs beside messages', () => {
  it('hooks at the start and at the stop, with services or without', () => {
    const { hooks } = defineModule('shop', (module) => {
      place = here(1);
      module.onStart([PriceList], nothing);
      module.onStop([PriceList], nothing);
      module.onStop(nothing);
    });
    const below = `${place.slice(0, place.lastIndexOf(':'))}:${Number(place.split(':').at(-1)) + 1}`;
    expect(hooks[0]).toEqual({ when: 'start', place, dependencies: [PriceList], handler: nothing });
    expect(hooks[1]).toEqual({ when: 'stop', place: below, dependencies: [PriceList], handler: nothing });
    expect(hooks[2]).toMatchObject({ when: 'stop', dependencies: [], handler: nothing });
  });

  it('checks of health, by their names', () => {
    const check = (): { status: 'healthy' } => ({ status: 'healthy' });
    const { healthChecks } = defineModule('shop', (module) => {
      place = here(1);
      module.health('database', [PriceList], check);
      module.health('queue', check);
      module.health('mail', { isCritical: false }, [PriceList], check);
      module.health('cache', { timeoutMs: 100 }, check);
    });
    const [database, queue, mail, cache] = healthChecks;
    const dependencies = [PriceList];
    expect(database).toEqual({ name: 'database', options: {}, place, dependencies, handler: check });
    expect(queue).toMatchObject({ name: 'queue', options: {}, dependencies: [], handler: check });
    expect(mail).toMatchObject({ options: { isCritical: false }, dependencies, handler: check });
    expect(cache).toMatchObject({ options: { timeoutMs: 100 }, dependencies: [], handler: check });
  });

  it('settings, injected by the token that they answer with', () => {
    const schema = z.object({ port: z.number(), database: z.object({ url: z.string() }) });
    const sources = { port: number('MORTAR_SHOP_PORT'), database: { url: secret('MORTAR_SHOP_DB') } };
    let key: unknown;
    const { settings } = defineModule('shop', (module) => {
      place = here(1);
      key = module.settings({ schema, settings: sources });
    });
    expect(settings).toEqual([{ token: key, place, schema, settings: sources }]);
    expect(key).toMatchObject({ kind: 'token', name: 'settings of shop' });
    expect(settings.flatMap(variablesOf)).toEqual([
      { env: 'MORTAR_SHOP_PORT', path: 'port', isSecret: false },
      { env: 'MORTAR_SHOP_DB', path: 'database.url', isSecret: true },
    ]);
  });
});

describe('what a module says of itself', () => {
  it('adds up, call by call', () => {
    const made = defineModule('shop', (module) => {
      module.exposes(PlaceOrder, Stock);
      module.exposes(FindOrder, OrderPlaced);
      module.publishes(OrderPlaced);
      module.publishes(OrderLost);
      module.dispatches(ChargeCard);
      module.dispatches(PlaceOrder);
      module.asks(FindInvoice);
      module.asks(FindOrder);
      module.startsAfter('billing');
      module.startsAfter('mail', 'audit');
    });
    expect(made.exposes).toEqual([PlaceOrder, Stock, FindOrder, OrderPlaced]);
    expect(made.sends).toEqual({
      publishes: [OrderPlaced, OrderLost],
      dispatches: [ChargeCard, PlaceOrder],
      asks: [FindInvoice, FindOrder],
    });
    expect(made.startsAfter).toEqual(['billing', 'mail', 'audit']);
  });

  it('may be that it sends nothing, which is not the same as saying nothing', () => {
    const silent = defineModule('shop', (module) => {
      module.publishes();
      module.asks();
    });
    expect(silent.sends).toEqual({ publishes: [], asks: [] });
    expect(defineModule('shop', () => {}).sends).toEqual({});
  });

  it('does not change any more, down to each entry', () => {
    const made = defineModule('shop', (module) => {
      module.singleton(PriceList);
      module.handle(PlaceOrder, () => ({ orderId: '1' }));
      module.implement(Stock, [PriceList], { count: () => 1, take: nothing });
      module.uses(Ledger, {});
      module.onStart(nothing);
      module.health('queue', () => ({ status: 'healthy' }));
      module.publishes(OrderPlaced);
    });
    for (const part of Object.values(made))
      for (const entry of Object.values(part))
        expect(entry, JSON.stringify(entry)).toSatisfy(Object.isFrozen);
  });
});
