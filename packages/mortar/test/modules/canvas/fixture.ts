import { z } from 'zod';
import { number, secret } from '../../../src/config/index.js';
import { all, lazy, optional, token } from '../../../src/container/index.js';
import { command, event, port, query } from '../../../src/contracts/index.js';
import { defineModule, type Module, type ModuleBuilder } from '../../../src/modules/index.js';

const id = z.object({ id: z.string() });

const PlaceOrder = command('shop.place-order', {
  data: id,
  description: 'Takes an order | or refuses it,\nwhere `stock` < 1.',
});
const CancelOrder = command('shop.cancel-order', { data: id });
const FindOrder = query('shop.find-order', { data: id, result: z.string(), description: 'One order.' });
const OrderPlaced = event('shop.order-placed', { data: id, description: 'An order was taken.' });
const OrderLost = event('shop.order-lost', { data: id });
const Stock = port('stock.shelves', {
  take: { data: id },
  count: { data: id, result: z.number() },
});
const Tariff = port('post.tariff', { of: { data: id, result: z.number() } });
const ParcelSent = event('post.parcel-sent', { data: id });

const Currency = token<string>('Currency | <ISO `4217`>');
const Rule = token<string>('Rule');

class Orders {
  readonly rules: readonly string[];
  constructor(rules: readonly string[]) {
    this.rules = rules;
  }
}

class Shelves {
  take(): void {}
  count(): number {
    return 1;
  }
}

/** One thing that a module says about itself. */
type Statement = (module: ModuleBuilder<string>) => void;

const shop: readonly ((module: ModuleBuilder<'shop'>) => void)[] = [
  (module) => module.singleton(Orders, [all(Rule)]),
  (module) => module.factory(Rule, [Currency], () => 'no debts'),
  (module) => module.factory(Rule, [], () => 'no minors', { lifetime: 'transient' }),
  (module) => module.value(Currency, 'EUR'),
  (module) => module.scoped(Shelves),
  (module) => module.handle(PlaceOrder, [Orders, Stock], () => {}),
  (module) => module.exposes(CancelOrder, OrderLost),
  (module) => module.answer(FindOrder, [lazy(Orders)], () => 'an order'),
  (module) => module.on(ParcelSent, { name: 'shop/arrivals' }, [optional(Tariff)], () => {}),
  (module) => module.on(OrderPlaced, () => {}),
  (module) => module.publishes(OrderPlaced),
  (module) => module.publishes(OrderLost),
  (module) => module.dispatches(PlaceOrder),
  (module) => module.health('orders', () => ({ status: 'healthy' })),
  (module) => module.health('currency', () => ({ status: 'healthy' })),
  (module) => module.startsAfter('stock'),
  (module) => {
    const settings = { port: number('MORTAR_SHOP_PORT'), database: { url: secret('MORTAR_SHOP_DB') } };
    module.settings({
      schema: z.object({ port: z.number(), database: z.object({ url: z.string() }) }),
      settings,
    });
  },
];

const stock: readonly ((module: ModuleBuilder<'stock'>) => void)[] = [
  (module) => module.singleton(Shelves),
  (module) => module.implement(Stock, Shelves),
  (module) => module.on([OrderPlaced, OrderLost], { name: 'stock/orders' }, () => {}),
  (module) => module.publishes(),
  (module) => module.dispatches(),
  (module) => module.asks(),
];

const post: readonly ((module: ModuleBuilder<'post'>) => void)[] = [
  (module) => module.exposes(ParcelSent, Tariff),
  (module) => module.on(OrderPlaced, async ({ publish }) => publish(ParcelSent, { id: '1' })),
  (module) => module.asks(FindOrder),
  (module) => module.dispatches(CancelOrder),
  (module) => module.startsAfter('shop'),
];

/** What each module says, by its name. */
const statements = { shop, stock, post } as unknown as Readonly<Record<string, readonly Statement[]>>;

/** The names of the modules, and how many statements each has. */
export const sizes: readonly (readonly [string, number])[] = Object.entries(statements).map(
  ([name, list]) => [name, list.length] as const,
);

/** The modules in an order, each with its statements in an order of numbers; as they are written unless said. */
export function modulesIn(
  order: readonly string[] = Object.keys(statements),
  numbers: Readonly<Record<string, readonly number[]>> = {},
): readonly Module[] {
  return order.map((name) =>
    defineModule(name, (module) => {
      const list = statements[name] ?? [];
      for (const place of numbers[name] ?? list.keys()) list[place]?.(module as ModuleBuilder<string>);
    }),
  );
}
