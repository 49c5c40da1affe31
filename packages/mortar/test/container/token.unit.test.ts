import { describe, expect, expectTypeOf, it, test } from 'vitest';
import {
  type AnyDependency,
  Container,
  type DependenciesOf,
  type Dependency,
  nameOf,
  type Resolved,
  type ResolvedAll,
  type Token,
  token,
} from '../../src/container/index.js';
import { defineModule } from '../../src/modules/index.js';

class PriceList {
  readonly prices = new Map<string, number>();
}

abstract class Clock {
  abstract now(): number;
}

class OrderBook {
  readonly prices: PriceList;
  readonly clock: Clock;

  constructor(prices: PriceList, clock: Clock) {
    this.prices = prices;
    this.clock = clock;
  }
}

class Ledger {
  readonly currency: string;

  constructor(currency: string, _book?: OrderBook) {
    this.currency = currency;
  }
}

const Currency: Token<string> = token<string>('Currency');
const Limit: Token<number> = token<number>('Limit');

describe('a token', () => {
  it('has its name, and nothing of its type at run time', () => {
    expect(Currency).toEqual({ kind: 'token', name: 'Currency' });
    expect(Object.isFrozen(Currency)).toBe(true);
    expect(token<string>('Currency')).not.toBe(Currency);
  });
});

describe('nameOf', () => {
  it.each<readonly [unknown, string]>([
    [PriceList, 'PriceList'],
    [Clock, 'Clock'],
    [Currency, 'Currency'],
    [class {}, 'an unnamed class'],
    [token(''), 'an object'],
    [Object.defineProperty(class {}, 'name', { value: 5 }), 'an unnamed class'],
    [undefined, 'undefined'],
    [null, 'null'],
  ])('of %s is %s', (dependency, name) => {
    expect(nameOf(dependency as AnyDependency)).toBe(name);
  });
});

test('what a dependency resolves to', () => {
  expectTypeOf<Resolved<typeof PriceList>>().toEqualTypeOf<PriceList>();
  expectTypeOf<Resolved<typeof Clock>>().toEqualTypeOf<Clock>();
  expectTypeOf<Resolved<Token<string>>>().toEqualTypeOf<string>();
  expectTypeOf<Resolved<Token<string | undefined>>>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Resolved<Token<() => number>>>().toEqualTypeOf<() => number>();
  expectTypeOf<ResolvedAll<readonly [typeof PriceList, Token<number>]>>().toEqualTypeOf<
    [PriceList, number]
  >();
  expectTypeOf<ResolvedAll<readonly []>>().toEqualTypeOf<[]>();
  expectTypeOf<DependenciesOf<[PriceList, string]>>().toEqualTypeOf<
    readonly [Dependency<PriceList>, Dependency<string>]
  >();
});

test('resolve and resolveAll answer with the services’ types', () => {
  const container = new Container();
  container.bind({ service: Currency, dependencies: [], create: () => 'EUR', owner: 'test' });
  container.bind({ service: PriceList, dependencies: [], create: () => new PriceList(), owner: 'test' });
  expectTypeOf(container.resolve(Currency)).toEqualTypeOf<string>();
  const [currency, prices] = container.resolveAll([Currency, PriceList]);
  expectTypeOf(currency).toEqualTypeOf<string>();
  expectTypeOf(prices).toEqualTypeOf<PriceList>();
  expect(currency).toBe('EUR');
});

/* Each line below that must not compile says so; the type check of the tests fails if one compiles. */
test('the list of dependencies has the types of the constructor, in their order', () => {
  const made = defineModule('shop', (module) => {
    module.singleton(PriceList);
    module.singleton(PriceList, []);
    module.singleton(OrderBook, [PriceList, Clock]);
    module.singleton(Ledger, [Currency]);
    module.singleton(Ledger, [Currency, OrderBook]);
    module.value(Clock, { now: () => 0 });
    module.value(Currency, 'EUR');
    module.value(PriceList, new PriceList());
  });
  expect(made.bindings).toHaveLength(8);

  defineModule('wrong', (module) => {
    // @ts-expect-error: the wrong order
    module.singleton(OrderBook, [Clock, PriceList]);
    // @ts-expect-error: one is missing
    module.singleton(OrderBook, [PriceList]);
    // @ts-expect-error: the list is missing
    module.singleton(OrderBook);
    // @ts-expect-error: one too many
    module.singleton(PriceList, [Clock]);
    // @ts-expect-error: one too many
    module.singleton(OrderBook, [PriceList, Clock, Clock]);
    // @ts-expect-error: a token of another type
    module.singleton(Ledger, [Limit]);
    // @ts-expect-error: a class where a text is due
    module.singleton(Ledger, [PriceList]);
    // @ts-expect-error: a value of another type
    module.value(Limit, 'EUR');
    // @ts-expect-error: a value that is no such service
    module.value(Clock, { later: () => 0 });
  });
});

test('an abstract class is bound by a value, not by itself', () => {
  expect(() =>
    defineModule('shop', (module) => {
      // @ts-expect-error: there is nothing to make of an abstract class
      module.singleton(Clock);
    }),
  ).not.toThrow();
});
