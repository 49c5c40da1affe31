import { describe, expect, it } from 'vitest';
import { token } from '../../src/container/index.js';
import type { MortarError } from '../../src/errors/index.js';
import { defineModule, type Module, type ModuleBuilder } from '../../src/modules/index.js';
import { caught } from '../contracts/caught.js';
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
} from './messages.js';

/** A builder without types, as a program in JavaScript has it. */
type Untyped = Record<keyof ModuleBuilder<'shop'>, (...args: readonly unknown[]) => void>;

function define(register: (module: Untyped) => unknown): Module {
  return defineModule('shop', register as unknown as (module: ModuleBuilder<'shop'>) => void);
}

function faultOf(register: (module: Untyped) => unknown): MortarError {
  return caught(() => define(register));
}

const handler = (): void => undefined;

/** A module without anything. */
const EMPTY: Module = {
  name: 'shop',
  bindings: [],
  handlers: [],
  subscriptions: [],
  implementations: [],
  uses: [],
  hooks: [],
  schedules: [],
  projections: [],
  healthChecks: [],
  settings: [],
  exposes: [],
  sends: {},
  startsAfter: [],
};
const PLACE: unknown = expect.stringMatching(/module\.unit\.test\.ts:\d+$/);

describe('a module', () => {
  it('is what was registered, as data, in its order', () => {
    const Currency = token<string>('Currency');
    const retry = { attempts: 5 };
    const place = (): { orderId: string } => ({ orderId: '1' });
    const find = (): { total: number } => ({ total: 1 });
    const made = defineModule('shop', (module) => {
      module.singleton(OrderBook, [PriceList]);
      module.singleton(PriceList);
      module.value(Currency, 'EUR');
      module.handle(PlaceOrder, [OrderBook], place);
      module.answer(FindOrder, find);
      module.on(CardCharged, { retry }, [PriceList, Currency], handler);
      module.on([OrderPlaced, OrderLost], { name: 'both' }, handler);
    });
    expect(made).toEqual({
      ...EMPTY,
      bindings: [
        {
          service: OrderBook,
          lifetime: 'singleton',
          dependencies: [PriceList],
          how: { kind: 'class', create: OrderBook },
          owner: expect.stringMatching(/^module shop \(.+:\d+\)$/),
        },
        {
          service: PriceList,
          lifetime: 'singleton',
          dependencies: [],
          how: { kind: 'class', create: PriceList },
          owner: expect.stringMatching(/^module shop \(.+:\d+\)$/),
        },
        {
          service: Currency,
          lifetime: 'value',
          dependencies: [],
          how: { kind: 'value', value: 'EUR' },
          owner: expect.stringMatching(/^module shop \(.+:\d+\)$/),
        },
      ],
      handlers: [
        { contract: PlaceOrder, options: {}, dependencies: [OrderBook], handler: place, place: PLACE },
        { contract: FindOrder, options: {}, dependencies: [], handler: find, place: PLACE },
      ],
      subscriptions: [
        {
          name: 'shop/billing.card-charged',
          events: [CardCharged],
          options: { retry },
          dependencies: [PriceList, Currency],
          handler,
          place: PLACE,
        },
        {
          name: 'both',
          events: [OrderPlaced, OrderLost],
          options: { name: 'both' },
          dependencies: [],
          handler,
          place: PLACE,
        },
      ],
    });
  });

  it('makes nothing when it is defined', () => {
    let made = 0;
    class Counted {
      constructor() {
        made += 1;
      }
    }
    const count = (): Counted => new Counted();
    defineModule('shop', (module) => {
      module.singleton(Counted);
      module.transient(Counted);
      module.scoped(Counted);
      module.factory(Counted, [], count);
      module.asyncFactory(Counted, [], async () => count());
      module.onStart([Counted], () => void count());
    });
    expect(made).toBe(0);
  });

  it('does not change any more', () => {
    const made = define((module) => module.on(OrderPlaced, handler));
    expect(Object.isFrozen(made)).toBe(true);
    for (const part of Object.values(made)) expect(Object.isFrozen(part)).toBe(true);
    expect(Object.isFrozen(made.subscriptions[0])).toBe(true);
  });

  it('may have nothing at all', () => {
    expect(defineModule('shop', () => {})).toEqual(EMPTY);
  });

  it('takes the verbs off its builder', () => {
    const made = define(({ singleton, value, handle, answer, on }) => {
      singleton(PriceList);
      value(token('Currency'), 'EUR');
      handle(PlaceOrder, handler);
      answer(FindOrder, handler);
      on(OrderPlaced, handler);
    });
    expect([made.bindings.length, made.handlers.length, made.subscriptions.length]).toEqual([2, 2, 1]);
  });

  it('keeps its own list of dependencies, whatever becomes of the one it was given', () => {
    const dependencies = [PriceList];
    const made = define((module) => module.on(OrderPlaced, dependencies, handler));
    dependencies.pop();
    expect(made.subscriptions[0]?.dependencies).toEqual([PriceList]);
  });

  it('hands on what its function throws', () => {
    const error = new Error('mine');
    const register = (): never => {
      throw error;
    };
    expect(() => defineModule('shop', register)).toThrow(error);
  });
});

describe('a module is refused', () => {
  it.each([
    '',
    ' ',
    'Shop',
    'shop_',
    'shop.orders',
    'shop--orders',
    '-',
    '1',
    'a'.repeat(201),
    null,
    undefined,
    5,
  ])('by the name %j', (name) => {
    expect(caught(() => defineModule(name as string, () => {})).code).toBe('MORTAR_NAME_INVALID');
  });

  it.each([undefined, null, {}, 'shop'])('without a function: %j', (register) => {
    const error = caught(() => defineModule('shop', register as unknown as () => void));
    expect(error).toMatchObject({ code: 'MORTAR_MODULE_INVALID', expected: 'a function that registers it' });
    expect(error.rule).toContain('module shop');
  });

  it('with an async function, whose later registrations would be lost', async () => {
    let late: unknown;
    const register = async (module: Untyped): Promise<void> => {
      await Promise.resolve();
      try {
        module.on(OrderPlaced, handler);
      } catch (error) {
        late = error;
        throw error;
      }
    };
    expect(faultOf(register)).toMatchObject({
      code: 'MORTAR_MODULE_INVALID',
      expected: 'a function that is not async',
    });
    await new Promise(setImmediate);
    expect(late).toMatchObject({ code: 'MORTAR_MODULE_INVALID', got: 'one after it' });
  });

  it('when something is registered after its definition', () => {
    let kept: Untyped | undefined;
    const made = define((module) => {
      kept = module;
    });
    for (const verb of ['singleton', 'value', 'handle', 'answer', 'on'] as const)
      expect(caught(() => kept?.[verb](PriceList)).got).toBe('one after it');
    expect(made.bindings).toEqual([]);
  });
});

describe('a registration is refused', () => {
  it.each<readonly [string, (module: Untyped) => unknown, Partial<MortarError>]>([
    [
      'a command of another module',
      (module) => module.handle(ChargeCard, handler),
      {
        code: 'MORTAR_NOT_OWNER',
        category: 'permission',
        expected: 'a command of module shop',
        got: 'billing.charge-card',
      },
    ],
    [
      'a query of another module',
      (module) => module.answer(FindInvoice, handler),
      { code: 'MORTAR_NOT_OWNER', expected: 'a query of module shop', got: 'billing.find-invoice' },
    ],
    [
      'an event of another module',
      (module) => module.publishes(CardCharged),
      {
        code: 'MORTAR_NOT_OWNER',
        rule: 'Only the module named in the prefix of an event may publish it.',
        expected: 'an event of module shop',
        got: 'billing.card-charged',
      },
    ],
    [
      'handle with a query',
      (module) => module.handle(FindOrder, handler),
      { code: 'MORTAR_MODULE_INVALID', expected: 'a command for handle', got: 'query shop.find-order' },
    ],
    [
      'answer with a command',
      (module) => module.answer(PlaceOrder, handler),
      { code: 'MORTAR_MODULE_INVALID', expected: 'a query for answer', got: 'command shop.place-order' },
    ],
    [
      'handle with an event',
      (module) => module.handle(OrderPlaced, handler),
      { got: 'event shop.order-placed' },
    ],
    [
      'handle with a name',
      (module) => module.handle('shop.place-order', handler),
      { got: '"shop.place-order"' },
    ],
    ['handle with nothing', (module) => module.handle(), { got: 'undefined' }],
    ['handle without a handler', (module) => module.handle(PlaceOrder), { got: 'undefined' }],
    [
      'handle with dependencies alone',
      (module) => module.handle(PlaceOrder, [PriceList]),
      { got: 'undefined' },
    ],
    [
      'handle with an object',
      (module) => module.handle(PlaceOrder, { handle: handler }),
      { code: 'MORTAR_OPTIONS_INVALID', got: '"handle"' },
    ],
    [
      'handle with options of an event',
      (module) => module.handle(PlaceOrder, { retry: { attempts: 3 } }, handler),
      { code: 'MORTAR_OPTIONS_INVALID', expected: 'validate', got: '"retry"' },
    ],
    [
      'answer with options of a command',
      (module) => module.answer(FindOrder, { validate: [] }, handler),
      { code: 'MORTAR_OPTIONS_INVALID', expected: 'cache', got: '"validate"' },
    ],
    ['two handlers at once', (module) => module.handle(PlaceOrder, handler, handler), { got: 'a function' }],
    ['on with a command', (module) => module.on(PlaceOrder, handler), { got: 'command shop.place-order' }],
    ['on with a pattern', (module) => module.on('shop.*', handler), { got: '"shop.*"' }],
    ['on with nothing', (module) => module.on(undefined, handler), { got: 'undefined' }],
    ['on with an empty list', (module) => module.on([], { name: 'x' }, handler), { got: 'an array' }],
    [
      'on with one event twice',
      (module) => module.on([OrderPlaced, OrderPlaced], { name: 'x' }, handler),
      { got: 'event shop.order-placed' },
    ],
    [
      'on with an event and a command',
      (module) => module.on([OrderPlaced, PlaceOrder], { name: 'x' }, handler),
      { got: 'command shop.place-order' },
    ],
    ['on without a handler', (module) => module.on(OrderPlaced, { name: 'x' }), { got: 'undefined' }],
    [
      'options after dependencies',
      (module) => module.on(OrderPlaced, [PriceList], { name: 'x' }, handler),
      { got: 'an object' },
    ],
    [
      'several events without a name',
      (module) => module.on([OrderPlaced, OrderLost], handler),
      { code: 'MORTAR_MODULE_INVALID', expected: 'the option name', got: 'undefined' },
    ],
    ['a singleton that is no class', (module) => module.singleton({}), { got: 'an object' }],
    ['a singleton that can’t be made', (module) => module.singleton(() => 1), { got: 'a function' }],
    [
      'a singleton that is a token',
      (module) => module.singleton(token('Currency')),
      { got: 'token Currency' },
    ],
    [
      'dependencies that are no list',
      (module) => module.singleton(OrderBook, PriceList),
      { got: 'a function' },
    ],
    ['a value for a name', (module) => module.value('Currency', 'EUR'), { got: '"Currency"' }],
  ])('%s', (_, register, expected) => {
    const error = faultOf(register);
    expect(error).toMatchObject(expected);
    if (expected.code === undefined) expect(error.code).toBe('MORTAR_MODULE_INVALID');
    expect(error.message).toContain('module shop');
  });

  it.each<readonly [string, (module: Untyped) => unknown]>([
    ['singleton OrderBook', (module) => module.singleton(OrderBook, [undefined])],
    ['handle shop.place-order', (module) => module.handle(PlaceOrder, [PriceList, undefined], handler)],
    ['answer shop.find-order', (module) => module.answer(FindOrder, [undefined], handler)],
    ['on shop.order-placed', (module) => module.on(OrderPlaced, { name: 'x' }, [undefined], handler)],
  ])('%s with a class that is not there yet', (label, register) => {
    const error = faultOf(register);
    expect(error).toMatchObject({ code: 'MORTAR_MODULE_INVALID', got: 'undefined' });
    expect(error.rule).toBe(`In module shop: ${label} depends on classes, tokens and ports.`);
    expect(error.expected).toMatch(/as dependency [12] \(a cycle of imports leaves a class undefined\)$/);
  });
});

describe('the options of a subscription are checked when the module is defined', () => {
  it.each<readonly [string, object, string]>([
    ['a misspelt key', { retries: 3 }, '"retries"'],
    ['the module, which is known', { module: 'shop' }, '"module"'],
    ['a batch of nothing', { batch: { size: 0, withinMs: 1 } }, '0'],
    ['a thread, which a module does not offer', { runOn: 'thread' }, '"runOn"'],
    ['a misspelt key inside', { retry: { attemps: 3 } }, '"attemps"'],
    ['attempts of 0', { retry: { attempts: 0 } }, '0'],
    ['a time that a timer can not keep', { timeoutMs: 2 ** 31 }, '2147483648'],
    ['a text for a number', { concurrency: '4' }, '"4"'],
    ['an unknown policy', { queue: { whenFull: 'explode' } }, '"explode"'],
    ['an empty name', { name: '' }, 'an empty string'],
    ['a name with a line break', { name: 'a\nb' }, String.raw`"a\nb"`],
    ['guards that are none', { guards: [{}] }, 'an array'],
  ])('%s', (_, options, got) => {
    const error = faultOf((module) => module.on(OrderPlaced, options, handler));
    expect(error).toMatchObject({ code: 'MORTAR_OPTIONS_INVALID', got });
    expect(error.rule).toMatch(/^In module shop, on shop\.order-placed: /);
    expect(error.cause).toMatchObject({ code: 'MORTAR_OPTIONS_INVALID' });
  });

  it('a name of the module and the event that is too long', () => {
    const name = 'm'.repeat(190);
    const error = caught(() => defineModule(name, (module) => module.on(OrderPlaced, handler)));
    expect(error.code).toBe('MORTAR_OPTIONS_INVALID');
  });

  it('what another’s code throws is handed on', () => {
    const options = {
      get retry(): never {
        throw new TypeError('mine');
      },
    };
    expect(() => define((module) => module.on(OrderPlaced, options, handler))).toThrow(TypeError);
  });
});
