import { describe, expect, it } from 'vitest';
import {
  all,
  type Binding,
  createContainer,
  lazy,
  optional,
  type Token,
  token,
} from '../../src/container/index.js';
import { caught, codeOf } from '../contracts/caught.js';

class Clock {
  readonly now = 5;
}

class PriceList {
  readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }
}

class OrderBook {
  readonly prices: PriceList;
  readonly clock: Clock;

  constructor(prices: PriceList, clock: Clock) {
    this.prices = prices;
    this.clock = clock;
  }
}

const Currency: Token<string> = token<string>('Currency');
const Plugin: Token<string> = token<string>('Plugin');

describe('a singleton', () => {
  it('is made once, when it is first needed, of what it depends on', () => {
    const container = createContainer();
    container.singleton(OrderBook, [PriceList, Clock]);
    container.singleton(PriceList, [Clock]);
    container.singleton(Clock);
    const book = container.resolve(OrderBook);
    expect(book).toBeInstanceOf(OrderBook);
    expect(book.prices).toBeInstanceOf(PriceList);
    expect(book.prices.clock).toBe(book.clock);
    expect(container.resolve(OrderBook)).toBe(book);
    expect(container.openScope().resolve(OrderBook)).toBe(book);
  });

  it.each([undefined, null, 0, '', false])('that is %s is kept, and made no second time', (value) => {
    const Setting = token<unknown>('Setting');
    const container = createContainer();
    let made = 0;
    const create = (): unknown => {
      made += 1;
      return value;
    };
    container.factory(Setting, [], create);
    expect(container.resolveAll([Setting, Setting, Setting])).toEqual([value, value, value]);
    expect(made).toBe(1);
  });
});

describe('a transient service', () => {
  it('is made anew for each that needs it', () => {
    const container = createContainer();
    container.transient(OrderBook, [PriceList, Clock]);
    container.transient(PriceList, [Clock]);
    container.transient(Clock);
    const book = container.resolve(OrderBook);
    expect(book.prices.clock).not.toBe(book.clock);
    expect(container.resolve(OrderBook)).not.toBe(book);
  });

  it.each([0, 1, 2, 3, 4, 5, 9])('is given its %i dependencies in their order, class or factory', (count) => {
    class Many {
      readonly given: readonly unknown[];

      constructor(...given: readonly unknown[]) {
        this.given = given;
      }
    }
    const Made = token<readonly unknown[]>('Made');
    const keys = Array.from({ length: count }, (_, index) => token<number>(`n${index}`));
    const container = createContainer();
    for (const [index, key] of keys.entries()) container.value(key, index);
    container.transient(Many, keys);
    container.factory(Made, keys, (...given) => given, { lifetime: 'transient' });
    // The first one is timed, and takes another way.
    for (const _ of [1, 2, 3]) {
      expect(container.resolve(Many).given).toEqual([...keys.keys()]);
      expect(container.resolve(Made)).toEqual([...keys.keys()]);
    }
  });
});

describe('a scoped service', () => {
  it.each([undefined, null, 0, 'text'])('is made once in each scope, be it %s', (value) => {
    const Session = token<{ readonly value: unknown } | unknown>('Session');
    const container = createContainer();
    let made = 0;
    const create = (): unknown => {
      made += 1;
      return value;
    };
    container.factory(Session, [], create, { lifetime: 'scoped' });
    const [one, other] = [container.openScope(), container.openScope()];
    expect([one.resolve(Session), one.resolve(Session), other.resolve(Session)]).toEqual([
      value,
      value,
      value,
    ]);
    expect(made).toBe(2);
  });

  it('is shared by all that need it in the scope, also through transient services', () => {
    const container = createContainer();
    container.transient(OrderBook, [PriceList, Clock]);
    container.scoped(PriceList, [Clock]);
    container.scoped(Clock);
    const scope = container.openScope();
    const book = scope.resolve(OrderBook);
    expect(book.prices.clock).toBe(book.clock);
    expect(scope.resolve(OrderBook).clock).toBe(book.clock);
    expect(container.openScope().resolve(OrderBook).clock).not.toBe(book.clock);
  });

  it('has its place, however many there are', () => {
    const container = createContainer();
    const keys = Array.from({ length: 100 }, (_, index) => token<object>(`s${index}`));
    for (const key of keys) container.factory(key, [], () => ({ key }), { lifetime: 'scoped' });
    const scopes = [container.openScope(), container.openScope()];
    for (const scope of scopes) {
      const services = scope.resolveAll(keys);
      expect(services).toEqual(keys.map((key) => ({ key })));
      expect(scope.resolveAll(keys).every((service, index) => service === services[index])).toBe(true);
    }
  });
});

describe('a contextual service', () => {
  it('is made anew of the context of the scope', () => {
    const User = token<unknown>('User');
    const container = createContainer();
    container.contextual(User, (context) => ({ context }));
    const scope = container.openScope('anna');
    expect(scope.context).toBe('anna');
    expect(scope.resolve(User)).toEqual({ context: 'anna' });
    expect(scope.resolve(User)).not.toBe(scope.resolve(User));
    expect(container.resolve(User)).toEqual({ context: undefined });
  });

  it('is without a context in a singleton, also one that a scope has made; with one in what is scoped or transient', () => {
    const User = token<unknown>('User');
    const container = createContainer();
    container.contextual(User, (context) => context);
    const [Single, Scoped, Transient] = ['singleton', 'scoped', 'transient'].map((name) =>
      token<unknown>(name),
    ) as [Token<unknown>, Token<unknown>, Token<unknown>];
    container.factory(Single, [User], (user) => ({ user }));
    container.factory(Scoped, [User], (user) => ({ user }), { lifetime: 'scoped' });
    container.factory(Transient, [User], (user) => ({ user }), { lifetime: 'transient' });
    container.verify();
    const services = container.openScope('anna').resolveAll([Single, Scoped, Transient]);
    expect(services).toEqual([{ user: undefined }, { user: 'anna' }, { user: 'anna' }]);
  });
});

describe('all, optional and lazy', () => {
  it('all gives every binding in order, and nothing where there is none', () => {
    const container = createContainer();
    container.value(Plugin, 'first');
    container.factory(Plugin, [], () => 'second');
    container.factory(Plugin, [], () => 'third', { lifetime: 'transient' });
    expect(
      container.resolveAll([all(Plugin), all(Currency), optional(all(Currency)), optional(all(Plugin))]),
    ).toEqual([['first', 'second', 'third'], [], [], ['first', 'second', 'third']]);
  });

  it('optional gives undefined where nothing is bound', () => {
    const container = createContainer();
    container.value(Plugin, 'one');
    const [plugin, currency, later, never] = container.resolveAll([
      optional(Plugin),
      optional(Currency),
      optional(lazy(Plugin)),
      optional(lazy(Currency)),
    ]);
    expect([plugin, currency, later?.(), never]).toEqual(['one', undefined, 'one', undefined]);
  });

  it('lazy resolves at the first call and keeps what it got, for each that was given it', () => {
    const container = createContainer();
    let made = 0;
    const create = (): number => {
      made += 1;
      return made;
    };
    const Count = token<number>('Count');
    container.factory(Count, [], create, { lifetime: 'transient' });
    const Holder = token<() => number>('Holder');
    container.factory(Holder, [lazy(Count)], (count) => count, { lifetime: 'transient' });
    const [one, other] = container.resolveAll([Holder, Holder]);
    expect(made).toBe(0);
    expect([one(), one(), other(), other()]).toEqual([1, 1, 2, 2]);
    expect(container.resolve(lazy(all(Count)))()).toEqual([3]);
    expect(container.resolve(lazy(lazy(Count)))()()).toBe(4);
    expect(container.resolve(lazy(optional(Currency)))()).toBeUndefined();
  });

  it('lazy lets two singletons need each other', () => {
    interface Part {
      readonly other: Part | (() => Part);
    }
    const [A, B] = [token<Part>('A'), token<Part>('B')];
    const container = createContainer();
    container.factory(A, [lazy(B)], (other) => ({ other }));
    container.factory(B, [A], (other) => ({ other }));
    container.verify();
    const a = container.resolve(A);
    const b = typeof a.other === 'function' ? a.other() : a.other;
    expect(b.other).toBe(a);
    expect(container.resolve(B)).toBe(b);
  });

  it('lazy that is called too early, for what is being made, is refused as a cycle', () => {
    for (const lifetime of ['singleton', 'scoped'] as const) {
      const [A, B] = [token<object>('A'), token<object>('B')];
      const container = createContainer();
      container.factory(A, [lazy(B)], (other) => ({ other: other() }), { lifetime });
      container.factory(B, [A], (other) => ({ other }), { lifetime });
      const scope = container.openScope();
      for (const _ of [1, 2]) expect(codeOf(() => scope.resolve(A))).toBe('MORTAR_BINDING_CYCLE');
    }
  });
});

describe('a service that can not be made', () => {
  it.each(['singleton', 'scoped', 'transient'] as const)(
    'being %s, is refused with its cause and owner, and tried anew',
    (lifetime) => {
      const cause = new TypeError('no file');
      let isReady = false;
      const container = createContainer({ name: 'shop' });
      const create = (): string => {
        if (!isReady) throw cause;
        return 'made';
      };
      container.factory(Currency, [], create, { lifetime });
      container.factory(Plugin, [Currency], (currency) => `${currency} too`, { lifetime });
      const scope = container.openScope();
      for (const _ of [1, 2]) {
        const error = caught(() => scope.resolve(Plugin));
        expect(error).toMatchObject({
          code: 'MORTAR_BINDING_FAILED',
          category: 'internal',
          expected: 'Currency, bound by container shop, to be made',
        });
        // Said once, however deep it lies.
        expect(error.cause).toBe(cause);
      }
      isReady = true;
      for (const _ of [1, 2]) expect(scope.resolve(Plugin)).toBe('made too');
    },
  );

  it('is told by its constructor’s own error of Mortar as by any other', () => {
    const container = createContainer();
    const inner = createContainer();
    container.factory(Currency, [], () => inner.resolve(token<string>('other')));
    const error = caught(() => container.resolve(Currency));
    expect(error.code).toBe('MORTAR_BINDING_MISSING');
    const strange = createContainer();
    strange.factory(Currency, [], () => {
      throw undefined;
    });
    expect(codeOf(() => strange.resolve(Currency))).toBe('MORTAR_BINDING_FAILED');
  });

  it('since its factory answers with a promise, says what to use, and lets no rejection escape', () => {
    for (const lifetime of ['singleton', 'scoped', 'transient'] as const) {
      const container = createContainer();
      const Later = token<unknown>('Later');
      container.factory(Later, [], () => Promise.reject(new Error('unseen')), { lifetime });
      const scope = container.openScope();
      for (const _ of [1, 2, 3]) {
        const error = caught(() => scope.resolve(Later));
        expect(error).toMatchObject({ code: 'MORTAR_BINDING_FAILED', got: 'a promise' });
        expect(error.rule).toContain('asyncFactory');
      }
    }
  });
});

describe('bindings', () => {
  it('are kept as data, in order, of one container alone', () => {
    const container = createContainer({ name: 'shop' });
    container.singleton(PriceList, [Clock]);
    container.value(Currency, 'EUR');
    const child = container.child();
    child.value(Plugin, 'one');
    expect(container.bindings().map(({ service, lifetime, owner }) => [service, lifetime, owner])).toEqual([
      [PriceList, 'singleton', 'container shop'],
      [Currency, 'value', 'container shop'],
    ]);
    expect(child.bindings().map(({ owner }) => owner)).toEqual(['the container']);
    const other = createContainer();
    for (const binding of container.bindings()) other.bind(binding);
    expect(other.resolve(Currency)).toBe('EUR');
  });

  it('of a context may be scoped, as data', () => {
    const binding: Binding = {
      service: Plugin,
      lifetime: 'scoped',
      dependencies: [],
      how: { kind: 'context', create: (context) => ({ context }) },
      owner: 'test',
    };
    const container = createContainer();
    container.bind(binding);
    for (const context of [7, 8, 9]) {
      const scope = container.openScope(context);
      expect(scope.resolve(Plugin)).toEqual({ context });
      expect(scope.resolve(Plugin)).toBe(scope.resolve(Plugin));
    }
  });

  it('come before anything is resolved, also in a child', () => {
    const bind = (of: { value(service: Token<string>, value: string): void }): string =>
      codeOf(() => of.value(Plugin, 'late'));
    const container = createContainer();
    container.value(Currency, 'EUR');
    container.verify();
    container.value(Plugin, 'after verify');
    const child = container.child();
    child.resolve(Currency);
    expect([bind(container), bind(child)]).toEqual(['MORTAR_CONTAINER_STATE', 'MORTAR_CONTAINER_STATE']);
    const second = container.child();
    second.value(Plugin, 'own');
    expect([second.resolve(Plugin), container.resolve(Plugin)]).toEqual(['own', 'after verify']);
    expect(bind(second)).toBe('MORTAR_CONTAINER_STATE');
  });
});

describe('a prepared list', () => {
  it('is resolved as often as needed, in a scope or without', () => {
    const container = createContainer();
    container.singleton(Clock);
    container.scoped(PriceList, [Clock]);
    container.contextual(Currency, (context) => String(context));
    const alone = container.prepare([Clock]);
    expect([alone.needsScope, alone.isAsync]).toEqual([false, false]);
    expect(alone.resolve()).toEqual([container.resolve(Clock)]);
    for (let count = 0; count <= 5; count += 1) {
      const list = container.prepare(Array.from({ length: count }, () => PriceList));
      expect(list.needsScope).toBe(count > 0);
      const scope = container.openScope();
      expect(list.resolve(scope)).toEqual(Array.from({ length: count }, () => scope.resolve(PriceList)));
    }
    const contextual = container.prepare([Currency]);
    expect(contextual.needsScope).toBe(true);
    expect([contextual.resolve(container.openScope('EUR')), contextual.resolve()]).toEqual([
      ['EUR'],
      ['undefined'],
    ]);
  });

  it('says what it can not be resolved for', () => {
    const container = createContainer();
    container.scoped(Clock);
    expect(codeOf(() => container.prepare([PriceList]))).toBe('MORTAR_BINDING_MISSING');
    const list = container.prepare([Clock]);
    expect(codeOf(() => list.resolve())).toBe('MORTAR_SCOPE_MISSING');
    expect(codeOf(() => list.resolve(createContainer().openScope()))).toBe('MORTAR_OPTIONS_INVALID');
    const scope = container.openScope();
    scope.close();
    expect(codeOf(() => list.resolve(scope))).toBe('MORTAR_CONTAINER_STATE');
    expect(container.prepare([lazy(Clock)]).needsScope).toBe(true);
    const open = container.openScope();
    void container.dispose();
    expect(caught(() => list.resolve(open)).got).toBe('one that is');
  });

  it('waits for what is asynchronous, and answers at once when that is made', async () => {
    const container = createContainer();
    container.asyncFactory(Currency, [], async () => 'EUR');
    container.factory(Plugin, [Currency], (currency) => `in ${currency}`, { lifetime: 'transient' });
    const list = container.prepare([Plugin, Currency]);
    expect(list.isAsync).toBe(true);
    const answer = list.resolve();
    expect(answer).toBeInstanceOf(Promise);
    expect(await answer).toEqual(['in EUR', 'EUR']);
    expect(list.resolve()).toEqual(['in EUR', 'EUR']);
    const each = createContainer();
    each.asyncFactory(Currency, [], async () => 'EUR', { lifetime: 'scoped' });
    const anew = each.prepare([Currency]);
    for (const _ of [1, 2]) {
      const promise = anew.resolve(each.openScope());
      expect(promise).toBeInstanceOf(Promise);
      expect(await promise).toEqual(['EUR']);
    }
  });
});
