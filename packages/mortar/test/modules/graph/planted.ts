import { z } from 'zod';
import { lazy, token } from '../../../src/container/index.js';
import { command, event, port, query } from '../../../src/contracts/index.js';
import { defineModule, type Module, type ModuleBuilder } from '../../../src/modules/index.js';
import { here } from '../here.js';
import { type FaultName, Garden } from './garden.js';

const nothing = z.object({});

export const PlaceOrder = command('shop.place-order', { data: nothing, result: z.string() });
export const CancelOrder = command('shop.cancel-order', { data: nothing });
export const RefundOrder = command('shop.refund-order', { data: nothing });
export const FindOrder = query('shop.find-order', { data: nothing, result: z.string() });
export const OrderPlaced = event('shop.order-placed', { data: nothing });
export const Stock = port('stock.shelves', { count: { data: nothing, result: z.number() } });
export const Mailer = port('post.mailer', { send: { data: nothing } });

const Prices = token<string>('Prices');
const Orders = token<string>('Orders');
const Left = token<string>('Left');
const Right = token<string>('Right');
const Basket = token<string>('Basket');
const Report = token<string>('Report');
const Index = token<string>('Index');
const Catalogue = token<string>('Catalogue');

/** Modules with all faults but those that are mended, and the garden that knows what must be said about them. */
export function plantedModules(mended: Iterable<FaultName> = []): {
  readonly modules: readonly Module[];
  readonly garden: Garden;
} {
  const garden = new Garden(mended);
  const modules = [
    defineModule('shop', (module) => shop(module, garden)),
    defineModule('stock', (module) => stock(module, garden)),
    ...mailAndPost(garden),
  ];
  return { modules, garden };
}

function shop(module: ModuleBuilder<'shop'>, garden: Garden): void {
  module.factory(Orders, [Prices], () => garden.make('Orders'));
  const isMissing = garden.has('a missing service', () => ({
    path: 'module shop → handler of shop.place-order → Orders → Prices',
    message: 'Prices is not bound',
    code: 'MORTAR_BINDING_MISSING',
  }));
  if (!isMissing) module.factory(Prices, [], () => garden.make('Prices'));
  module.handle(PlaceOrder, [Orders], async ({ publish }, orders) => {
    await publish(OrderPlaced, {});
    return orders;
  });
  services(module, garden);
  handledTwice(module, garden);
  unhandled(module, garden);
}

function services(module: ModuleBuilder<'shop'>, garden: Garden): void {
  const isCycle = garden.has('a cycle of services', () => ({
    path: 'module shop → Left → Right → Left',
    message: 'is a cycle',
    code: 'MORTAR_BINDING_CYCLE',
  }));
  module.factory(Left, [Right], () => garden.make('Left'));
  module.factory(Right, [isCycle ? Left : lazy(Left)], () => garden.make('Right'));
  const isCaptive = garden.has('a captive dependency', () => ({
    path: 'module shop → Report → Basket',
    message: 'Basket is scoped, and the singleton Report would keep it beyond its scope',
    code: 'MORTAR_BINDING_CAPTIVE',
  }));
  const lifetime = isCaptive ? 'singleton' : 'scoped';
  module.factory(Basket, [], () => garden.make('Basket'), { lifetime: 'scoped' });
  module.factory(Report, [Basket], () => garden.make('Report'), { lifetime });
}

function handledTwice(module: ModuleBuilder<'shop'>, garden: Garden): void {
  const places = [here(1)];
  module.handle(CancelOrder, () => {});
  const isTwice = garden.has('a command handled twice', () => ({
    path: 'command shop.cancel-order',
    message: `has 2 handlers, at ${places.join(' and at ')}; it takes exactly one`,
    code: 'MORTAR_HANDLER_DUPLICATE',
  }));
  if (!isTwice) return;
  places.push(here(1));
  module.handle(CancelOrder, () => {});
}

function unhandled(module: ModuleBuilder<'shop'>, garden: Garden): void {
  module.exposes(FindOrder);
  const isUnanswered = garden.has('an exposed query without an answer', () => ({
    path: 'module shop → query shop.find-order',
    message: 'is exposed and has no answer',
    code: 'MORTAR_HANDLER_MISSING',
  }));
  if (!isUnanswered) module.answer(FindOrder, [Basket], (_, basket) => basket);
  const isUnhandled = garden.has('a declared dispatch that nobody handles', () => ({
    path: 'module mail dispatches → command shop.refund-order',
    message: 'has no handler in any loaded module',
    code: 'MORTAR_HANDLER_MISSING',
  }));
  if (!isUnhandled) module.handle(RefundOrder, () => {});
}

function stock(module: ModuleBuilder<'stock'>, garden: Garden): void {
  const isLate = garden.has('a lazy dependency on what is made asynchronously', () => ({
    path: 'module stock → onStart of stock → Catalogue → Index',
    message: 'Index is made asynchronously, and a lazy dependency can not wait for it',
    code: 'MORTAR_BINDING_ASYNC',
  }));
  module.asyncFactory(Index, [], async () => garden.make('Index'));
  module.factory(Catalogue, [isLate ? lazy(Index) : Index], () => garden.make('Catalogue'));
  module.onStart([Catalogue], () => void garden.make('onStart of stock'));
  boundTwice(module, garden);
  implementedTwice(module, garden);
  const isCircle = garden.has('modules that start after each other', () => ({
    path: 'mail → stock → mail',
    message: 'each of them starts after the next, by its ports or startsAfter',
    code: 'MORTAR_MODULE_CYCLE',
  }));
  if (isCircle) module.startsAfter('mail');
}

function boundTwice(module: ModuleBuilder<'stock'>, garden: Garden): void {
  class Shelf {
    readonly name: string = garden.make('Shelf');
  }
  const places = [here(1)];
  module.singleton(Shelf);
  const isTwice = garden.has('a class bound twice', () => ({
    path: 'module stock → Shelf',
    message: `is bound by ${places.map((place) => `module stock (${place})`).join(' and by ')}`,
    code: 'MORTAR_BINDING_DUPLICATE',
  }));
  if (!isTwice) return;
  places.push(here(1));
  module.singleton(Shelf);
}

function implementedTwice(module: ModuleBuilder<'stock'>, garden: Garden): void {
  const places = [here(1)];
  module.implement(Stock, { count: () => 1 });
  const isTwice = garden.has('a port implemented twice', () => ({
    path: 'port stock.shelves',
    message: `has 2 implementations, at ${places.join(' and at ')}; it takes exactly one`,
    code: 'MORTAR_HANDLER_DUPLICATE',
  }));
  if (!isTwice) return;
  places.push(here(1));
  module.implement(Stock, { count: () => 2 });
}

function mailAndPost(garden: Garden): readonly Module[] {
  const places: string[] = [];
  const isTwice = garden.has('a subscription name given twice', () => ({
    path: 'subscription audit',
    message: `is there 2 times, at ${places.join(' and at ')}; give one of them another option name`,
    code: 'MORTAR_HANDLER_DUPLICATE',
  }));
  const isUnserved = garden.has('a port that is used and not implemented', () => ({
    path: 'module mail → port post.mailer',
    message: 'is not implemented by any loaded module; there is stock.shelves',
    code: 'MORTAR_PORT_MISSING',
  }));
  const mail = defineModule('mail', (module) => {
    places.push(here(1));
    module.on(OrderPlaced, { name: 'audit' }, [Mailer], (_, mailer) => mailer.send({}));
    module.dispatches(RefundOrder);
    // A port that a hook at the start needs, so that stock starts before.
    module.onStart([Stock], async (_, shelves) => {
      garden.make(`mail counts ${await shelves.count({})}`);
    });
  });
  const post = defineModule('post', (module) => {
    places.push(here(1));
    module.on(OrderPlaced, { name: isTwice ? 'audit' : 'post' }, () => void garden.make('the post heard'));
    if (!isUnserved) module.implement(Mailer, { send: () => void garden.make('a letter') });
  });
  return [mail, post];
}
