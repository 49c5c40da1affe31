import { describe, expect, it } from 'vitest';
import { all, createContainer, lazy, optional, type Token, token } from '../../src/container/index.js';

class Clock {
  now(): number {
    return 1;
  }
}

class Prices {
  readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }
}

class Orders {
  readonly prices: Prices;

  constructor(prices: Prices) {
    this.prices = prices;
  }
}

class Mailer {}

const Plugin: Token<string> = token<string>('Plugin');

function shop(): ReturnType<typeof createContainer> {
  const container = createContainer();
  container.singleton(Clock);
  container.singleton(Prices, [Clock]);
  container.singleton(Orders, [Prices]);
  container.singleton(Mailer);
  container.value(Plugin, 'first');
  container.value(Plugin, 'second');
  return container;
}

describe('a child', () => {
  it('sees what its parent binds, and shares it', () => {
    const parent = shop();
    const child = parent.child();
    expect(child.resolve(Orders)).toBe(parent.resolve(Orders));
    expect(child.child().resolve(all(Plugin))).toEqual(['first', 'second']);
  });

  it('wins with what it binds, at any depth, and leaves the parent as it is', () => {
    const parent = shop();
    const child = parent.child();
    const fixed = new Clock();
    child.value(Clock, fixed);
    expect(child.resolve(Orders).prices.clock).toBe(fixed);
    expect(child.resolve(Orders)).toBe(child.resolve(Orders));
    expect(parent.resolve(Orders).prices.clock).not.toBe(fixed);
    expect(child.resolve(Mailer)).toBe(parent.resolve(Mailer));
    const grandchild = child.child();
    expect(grandchild.resolve(Orders)).toBe(child.resolve(Orders));
    expect(grandchild.resolve(Mailer)).toBe(parent.resolve(Mailer));
  });

  it('makes nothing of what it hides', async () => {
    const parent = shop();
    const child = parent.child();
    child.value(Clock, new Clock());
    child.factory(Prices, [Clock], (clock) => new Prices(clock));
    await child.makeSingletons();
    expect(child.stats().services.map(({ name, created }) => [name, created])).toEqual([
      ['Clock', 0],
      ['Prices', 1],
      ['Orders', 1],
    ]);
  });

  it('replaces all of a token by its own', () => {
    const parent = shop();
    const child = parent.child();
    child.value(Plugin, 'own');
    expect([child.resolve(all(Plugin)), child.resolve(Plugin), parent.resolve(all(Plugin))]).toEqual([
      ['own'],
      'own',
      ['first', 'second'],
    ]);
  });

  it('gives to a service of its parent what was missing there, through every mark', () => {
    const Late = token<string>('Late');
    const Holder = token<unknown>('Holder');
    const parent = createContainer();
    parent.factory(Holder, [optional(Late), all(Late), lazy(optional(Late))], (one, many, later) => [
      one,
      many,
      later(),
    ]);
    const child = parent.child();
    child.value(Late, 'there');
    expect(child.resolve(Holder)).toEqual(['there', ['there'], 'there']);
    expect(parent.resolve(Holder)).toEqual([undefined, [], undefined]);
  });

  it('has one place for each scoped service in a scope, its own and its parent’s', () => {
    const [A, B, C] = ['A', 'B', 'C'].map((name) => token<{ readonly name: string }>(name)) as [
      Token<{ readonly name: string }>,
      Token<{ readonly name: string }>,
      Token<{ readonly name: string }>,
    ];
    const parent = createContainer();
    parent.factory(A, [], () => ({ name: 'A' }), { lifetime: 'scoped' });
    parent.factory(B, [], () => ({ name: 'B' }), { lifetime: 'scoped' });
    const child = parent.child();
    child.factory(C, [A], () => ({ name: 'C' }), { lifetime: 'scoped' });
    const sibling = parent.child();
    sibling.factory(C, [], () => ({ name: 'other C' }), { lifetime: 'scoped' });
    // Each is asked for first somewhere else, so that places are given away in different orders.
    const scopes = [sibling.openScope(), child.openScope(), parent.openScope()] as const;
    expect(scopes[0].resolveAll([C, B])).toEqual([{ name: 'other C' }, { name: 'B' }]);
    expect(scopes[1].resolveAll([C, B, A])).toEqual([{ name: 'C' }, { name: 'B' }, { name: 'A' }]);
    expect(scopes[2].resolveAll([A, B])).toEqual([{ name: 'A' }, { name: 'B' }]);
    const a = scopes[1].resolve(A);
    expect(scopes[1].resolve(A)).toBe(a);
    expect(scopes[0].resolve(C)).toBe(scopes[0].resolve(C));
  });

  it('disposes of what it made alone', async () => {
    const ended: string[] = [];
    const [Own, Shared, Remade] = ['Own', 'Shared', 'Remade'].map((name) => token<object>(name)) as [
      Token<object>,
      Token<object>,
      Token<object>,
    ];
    const parent = createContainer();
    const ending = (name: string) => (): object => ({ [Symbol.dispose]: () => void ended.push(name) });
    parent.factory(Shared, [], ending('Shared'));
    parent.factory(Remade, [optional(Own)], ending('Remade'));
    const child = parent.child();
    child.factory(Own, [], ending('Own'));
    child.resolveAll([Shared, Remade]);
    await child.dispose();
    expect(ended).toEqual(['Remade', 'Own']);
    parent.resolve(Remade);
    await parent.dispose();
    expect(ended).toEqual(['Remade', 'Own', 'Remade', 'Shared']);
  });

  it('is refused after its parent has ended, and its parent works on after its own end', async () => {
    const parent = shop();
    const child = parent.child();
    await child.dispose();
    expect(() => child.resolve(Clock)).toThrow(/MORTAR_CONTAINER_STATE/);
    expect(parent.resolve(Clock)).toBeInstanceOf(Clock);
    const other = parent.child();
    await parent.dispose();
    expect(() => other.resolve(Clock)).toThrow(/MORTAR_CONTAINER_STATE/);
  });

  it('of a child of a child sees through both, and the nearest binding wins', () => {
    const Name = token<string>('Name');
    const Greeting = token<string>('Greeting');
    const top = createContainer();
    top.value(Name, 'top');
    top.factory(Greeting, [Name], (name) => `hello ${name}`);
    const middle = top.child();
    middle.value(Name, 'middle');
    const bottom = middle.child();
    bottom.value(Name, 'bottom');
    expect([top, middle, bottom].map((container) => container.resolve(Greeting))).toEqual([
      'hello top',
      'hello middle',
      'hello bottom',
    ]);
    expect(middle.child().resolve(Greeting)).toBe('hello middle');
  });

  it('has scopes of its own, in which what it binds wins too', () => {
    const User = token<string>('User');
    const Request = token<{ readonly user: string }>('Request');
    const parent = createContainer();
    parent.contextual(User, (context) => String(context));
    parent.factory(Request, [User], (user) => ({ user }), { lifetime: 'scoped' });
    const child = parent.child();
    child.value(User, 'fixed');
    expect(child.openScope('anna').resolve(Request)).toEqual({ user: 'fixed' });
    expect(parent.openScope('anna').resolve(Request)).toEqual({ user: 'anna' });
    expect(parent.child().openScope('anna').resolve(Request)).toEqual({ user: 'anna' });
  });

  it('is looked at anew when its parent binds more', () => {
    const Late = token<string>('Late');
    const parent = createContainer();
    const child = parent.child();
    child.factory(Plugin, [Late], (late) => late);
    expect(child.faults()).toHaveLength(1);
    parent.value(Late, 'there');
    expect(child.faults()).toEqual([]);
    expect(child.resolve(Plugin)).toBe('there');
  });

  it('shares what its parent is just making', async () => {
    const Connection = token<object>('Connection');
    const parent = createContainer();
    let made = 0;
    parent.asyncFactory(Connection, [], async () => {
      made += 1;
      await Promise.resolve();
      return {};
    });
    const child = parent.child();
    const [ofParent, ofChild] = await Promise.all([
      parent.resolveAsync(Connection),
      child.resolveAsync(Connection),
    ]);
    expect(ofChild).toBe(ofParent);
    expect(made).toBe(1);
  });
});
