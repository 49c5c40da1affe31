import { describe, expect, expectTypeOf, it, test } from 'vitest';
import {
  type AnyDependency,
  all,
  createContainer,
  type DependenciesOf,
  type Dependency,
  isDependency,
  lazy,
  nameOf,
  optional,
  type Prepared,
  type Resolved,
  type ResolvedAll,
  type Token,
  token,
} from '../../src/container/index.js';

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

describe('isDependency', () => {
  it.each<readonly [unknown, boolean]>([
    [PriceList, true],
    [Clock, true],
    [Currency, true],
    [{ kind: 'port', name: 'a.b' }, true],
    [all(Currency), true],
    [lazy(all(Currency)), true],
    [optional(lazy(PriceList)), true],
    [{ kind: 'event', name: 'a.b' }, false],
    [{ kind: 'lazy', name: 'x', of: 'text' }, false],
    [{ kind: 'all', name: 'x', of: lazy(Currency) }, false],
    [{ name: 'x' }, false],
    ['Currency', false],
    [undefined, false],
    [null, false],
  ])('of %o is %s', (value, is) => {
    expect(isDependency(value)).toBe(is);
  });
});

test('a mark names what it is of, and is frozen', () => {
  expect([all(Currency).name, lazy(PriceList).name, optional(all(Limit)).name]).toEqual([
    'all of Currency',
    'lazy PriceList',
    'optional all of Limit',
  ]);
  for (const marked of [all(Currency), lazy(Currency), optional(Currency)])
    expect(Object.isFrozen(marked)).toBe(true);
});

test('what is marked resolves to', () => {
  const marks = [
    all(Currency),
    lazy(PriceList),
    optional(Limit),
    lazy(all(Limit)),
    optional(lazy(Clock)),
  ] as const;
  expectTypeOf<ResolvedAll<typeof marks>>().toEqualTypeOf<
    [
      readonly string[],
      () => PriceList,
      number | undefined,
      () => readonly number[],
      (() => Clock) | undefined,
    ]
  >();
  expect(marks).toHaveLength(5);
});

test('resolve and its kin answer with the services’ types', async () => {
  const container = createContainer();
  container.value(Currency, 'EUR');
  container.singleton(PriceList);
  const scope = container.openScope();
  for (const from of [container, scope]) {
    expectTypeOf(from.resolve(Currency)).toEqualTypeOf<string>();
    expectTypeOf(from.resolveAll([Currency, PriceList])).toEqualTypeOf<[string, PriceList]>();
    expectTypeOf(from.resolve(optional(Currency))).toEqualTypeOf<string | undefined>();
    expectTypeOf(await from.resolveAsync(PriceList)).toEqualTypeOf<PriceList>();
    expectTypeOf(await from.resolveAllAsync([Currency])).toEqualTypeOf<[string]>();
  }
  expectTypeOf(container.prepare([Currency, PriceList])).toEqualTypeOf<Prepared<[string, PriceList]>>();
  expect(container.resolve(Currency)).toBe('EUR');
});

/* Each line below that must not compile says so; the type check of the tests fails if one compiles. */
test('the list of dependencies has the types of the constructor, in their order', () => {
  const container = createContainer();
  container.singleton(PriceList);
  container.transient(OrderBook, [PriceList, Clock]);
  container.scoped(Ledger, [Currency]);
  container.value(Clock, { now: () => 0 });
  container.value(Currency, 'EUR');
  expect(container.bindings()).toHaveLength(5);
  const unused = createContainer();
  unused.singleton(PriceList, []);
  unused.singleton(Ledger, [Currency, OrderBook]);
  // @ts-expect-error: the wrong order
  unused.singleton(OrderBook, [Clock, PriceList]);
  // @ts-expect-error: one is missing
  unused.transient(OrderBook, [PriceList]);
  // @ts-expect-error: the list is missing
  unused.scoped(OrderBook);
  // @ts-expect-error: one too many
  unused.singleton(PriceList, [Clock]);
  // @ts-expect-error: one too many
  unused.singleton(OrderBook, [PriceList, Clock, Clock]);
  // @ts-expect-error: a token of another type
  unused.singleton(Ledger, [Limit]);
  // @ts-expect-error: a class where a text is due
  unused.singleton(Ledger, [PriceList]);
  // @ts-expect-error: a function where the service itself is due
  unused.singleton(OrderBook, [lazy(PriceList), Clock]);
  // @ts-expect-error: something that may be missing where it is due
  unused.singleton(Ledger, [optional(Currency)]);
  // @ts-expect-error: a list where one is due
  unused.singleton(Ledger, [all(Currency)]);
  // @ts-expect-error: a value of another type
  unused.value(Limit, 'EUR');
  // @ts-expect-error: a value that is no such service
  unused.value(Clock, { later: () => 0 });
});

test('a factory is given what it depends on, and gives what it is bound under', () => {
  const container = createContainer();
  container.factory(Limit, [Currency, all(Limit), lazy(PriceList)], (currency, limits, prices) => {
    expectTypeOf(currency).toEqualTypeOf<string>();
    expectTypeOf(limits).toEqualTypeOf<readonly number[]>();
    expectTypeOf(prices).toEqualTypeOf<() => PriceList>();
    return 5;
  });
  container.factory(PriceList, [], () => new PriceList(), {
    lifetime: 'scoped',
    dispose: (prices) => {
      expectTypeOf(prices).toEqualTypeOf<PriceList>();
    },
  });
  container.asyncFactory(Currency, [Limit], async (limit) => `${limit}`);
  container.contextual(Clock, (context) => ({ now: () => Number(context) }));
  expect(container.bindings()).toHaveLength(4);
  const unused = createContainer();
  // @ts-expect-error: gives a text for a number
  unused.factory(Limit, [], () => 'EUR');
  // @ts-expect-error: gives a promise, which is for asyncFactory
  unused.factory(Limit, [], async () => 5);
  // @ts-expect-error: gives no promise
  unused.asyncFactory(Limit, [], () => 5);
  // @ts-expect-error: gives the promise of something else
  unused.asyncFactory(Limit, [], async () => 'EUR');
  // @ts-expect-error: takes a number where a text is given
  unused.factory(Limit, [Currency], (limit: number) => limit);
  // @ts-expect-error: a lifetime that there is not
  expect(() => unused.factory(Limit, [], () => 5, { lifetime: 'request' })).toThrow();
  // @ts-expect-error: disposes of something else
  unused.factory(Limit, [], () => 5, { dispose: (text: string) => void text });
  // @ts-expect-error: gives something else
  unused.contextual(Limit, () => 'EUR');
});

test('an abstract class is bound by a value or a factory, not by itself', () => {
  const container = createContainer();
  // @ts-expect-error: there is nothing to make of an abstract class
  container.singleton(Clock);
  container.factory(Clock, [], () => ({ now: () => 0 }));
  expect(container.bindings()).toHaveLength(2);
});
