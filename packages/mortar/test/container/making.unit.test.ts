import { describe, expect, it } from 'vitest';
import {
  type Container,
  createContainer,
  type FactoryLifetime,
  type Token,
  token,
} from '../../src/container/index.js';

const LIFETIMES = ['singleton', 'scoped', 'transient'] as const satisfies readonly FactoryLifetime[];
const COUNTS = [0, 1, 2, 3, 4, 5];

/** Keeps all that it is given, also how much that is. */
class Taker {
  readonly given: readonly unknown[];

  constructor(...given: readonly unknown[]) {
    this.given = given;
  }
}

const cases = LIFETIMES.flatMap((lifetime) =>
  COUNTS.flatMap((count) =>
    (['class', 'factory'] as const).map((kind) => ({ lifetime, count, kind, name: `${lifetime} ${kind}` })),
  ),
);

/** A container with values to depend on, and a service that takes them all. */
function takerOf(
  { lifetime, count, kind }: (typeof cases)[number],
  create: new (...given: readonly unknown[]) => Taker = Taker,
): Container {
  const container = createContainer();
  const dependencies = Array.from({ length: count }, (_, index) => token<string>(`value ${index}`));
  for (const [index, dependency] of dependencies.entries()) container.value(dependency, `${index}`);
  const how =
    kind === 'class'
      ? { kind, create }
      : { kind, create: (...given: readonly unknown[]): Taker => new create(...given) };
  container.bind({ service: Taker, lifetime, dependencies, how, owner: 'test' });
  return container;
}

describe('what makes a service', () => {
  it.each(cases)('$name of $count is given exactly what it depends on, in order, each time', (one) => {
    const container = takerOf(one);
    const expected = Array.from({ length: one.count }, (_, index) => `${index}`);
    const made = new Set<Taker>();
    for (let time = 0; time < 3; time += 1) {
      const scope = container.openScope();
      const taker = scope.resolve(Taker);
      expect(taker.given).toEqual(expected);
      expect(scope.resolve(Taker) === taker).toBe(one.lifetime !== 'transient');
      made.add(taker);
      scope.close();
    }
    expect(made.size).toBe(one.lifetime === 'singleton' ? 1 : 3);
  });

  it.each(cases)('$name of $count that throws is tried anew, in the same scope', (one) => {
    let attempts = 0;
    class Failing extends Taker {
      constructor(...given: readonly unknown[]) {
        super(...given);
        attempts += 1;
        if (attempts % 2 === 0) throw new Error('every second time');
      }
    }
    const container = takerOf(one, Failing);
    // The first is made as what is timed, those after it are not.
    if (one.lifetime === 'singleton') attempts = 1;
    else container.openScope().resolve(Taker);
    const scope = container.openScope();
    expect(() => scope.resolve(Taker)).toThrow(expect.objectContaining({ code: 'MORTAR_BINDING_FAILED' }));
    expect(scope.resolve(Taker)).toBeInstanceOf(Failing);
  });

  it('may be a class that was bound to nothing by bind, which has no prototype', () => {
    const container = createContainer();
    const create = Taker.bind(null);
    container.bind({
      service: Taker,
      lifetime: 'singleton',
      dependencies: [],
      how: { kind: 'class', create },
      owner: 'test',
    });
    expect(container.resolve(Taker)).toBeInstanceOf(Taker);
  });

  it('and looks like a class, but can not be called by new, is told at the latest when it is called', () => {
    const container = createContainer();
    function* generator(): Generator<number> {
      yield 1;
    }
    Reflect.apply(container.singleton, container, [generator]);
    expect(() => container.resolve(generator as never)).toThrow(
      expect.objectContaining({
        code: 'MORTAR_BINDING_FAILED',
        message: expect.stringContaining('generator'),
        cause: expect.objectContaining({ message: expect.stringContaining('not a constructor') }),
      }),
    );
  });
});

describe('what a factory makes', () => {
  const Service = token<unknown>('service');

  /** Each resolve gives the next one. */
  function containerOf(lifetime: FactoryLifetime, ...services: readonly unknown[]): Container {
    const container = createContainer();
    let made = 0;
    const next = (): unknown => services[made++];
    container.factory(Service, [], next, { lifetime });
    return container;
  }

  function resolveInScopes(container: Container, times: number): void {
    for (let time = 0; time < times; time += 1) {
      const scope = container.openScope();
      scope.resolve(Service);
      scope.close();
    }
  }

  class Plain {}

  class Closing {
    static ended: object[] = [];

    [Symbol.dispose](): void {
      Closing.ended.push(this);
    }
  }

  it.each(['scoped', 'transient'] as const)(
    '%s is asked whether it ends, whatever came before it',
    (lifetime) => {
      Closing.ended = [];
      const closing = [new Closing(), new Closing(), new Closing()];
      const own = { [Symbol.dispose]: () => Closing.ended.push(own) };
      const bare = Object.assign(Object.create(null), { [Symbol.dispose]: () => Closing.ended.push(bare) });
      const called = Object.assign(() => 1, { [Symbol.dispose]: () => Closing.ended.push(called) });
      const alike = [
        new Plain(),
        new Plain(),
        closing[0],
        {},
        own,
        Object.create(null),
        bare,
        () => 1,
        called,
      ];
      const services = [...alike, 1, undefined, null, closing[1], new Plain(), closing[2]];
      resolveInScopes(containerOf(lifetime, ...services), services.length);
      expect(Closing.ended).toEqual([closing[0], own, bare, called, closing[1], closing[2]]);
    },
  );

  it.each(['scoped', 'transient'] as const)(
    '%s is refused where it is a promise, whatever came before it',
    (lifetime) => {
      const promises = [Promise.resolve(1), Promise.resolve(2)];
      const container = containerOf(lifetime, new Plain(), new Plain(), promises[0], {}, promises[1], 1);
      const refusal = expect.objectContaining({ code: 'MORTAR_BINDING_FAILED' });
      resolveInScopes(container, 2);
      expect(() => resolveInScopes(container, 1)).toThrow(refusal);
      resolveInScopes(container, 1);
      expect(() => resolveInScopes(container, 1)).toThrow(refusal);
      resolveInScopes(container, 1);
    },
  );
});

describe('a transient class that is first resolved straight from the container', () => {
  it('is known to end, and is disposed of with the scopes it is resolved in later', () => {
    const ended: number[] = [];
    class Closing {
      [Symbol.dispose](): void {
        ended.push(1);
      }
    }
    const container = createContainer();
    container.transient(Closing);
    for (let time = 0; time < 3; time += 1) container.resolve(Closing);
    const scope = container.openScope();
    scope.resolve(Closing);
    scope.close();
    expect(ended).toEqual([1]);
  });
});

describe('the order of binding', () => {
  const keys = Array.from({ length: 30 }, (_, index) => token<unknown>(`service ${index}`));
  /** Each needs the next two. */
  const bindAt = (container: Container, key: Token<unknown>, index: number): void =>
    container.factory(key, keys.slice(index + 1, index + 3), (...given) => [index, given.length]);

  it.each(['dependencies first', 'dependents first', 'mixed'])('%s changes nothing', (order) => {
    const container = createContainer();
    const indexed = [...keys.entries()];
    if (order === 'dependencies first') indexed.reverse();
    if (order === 'mixed') indexed.sort(([a], [b]) => ((a * 7) % 30) - ((b * 7) % 30));
    for (const [index, key] of indexed) bindAt(container, key, index);
    container.verify();
    expect(keys.map((key) => container.resolve(key))).toEqual(
      keys.map((_, index) => [index, Math.min(2, keys.length - 1 - index)]),
    );
  });

  it('hides no cycle and nothing missing', () => {
    const [first, second] = [token<unknown>('first'), token<unknown>('second')];
    for (const [one, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const container = createContainer();
      container.factory(one, [other], () => 1);
      container.factory(other, [one, token('absent')], () => 1);
      expect(container.faults().map(({ code }) => code)).toEqual([
        'MORTAR_BINDING_MISSING',
        'MORTAR_BINDING_CYCLE',
      ]);
    }
    const container = createContainer();
    container.factory(first, [first], () => 1);
    expect(container.faults()).toMatchObject([{ code: 'MORTAR_BINDING_CYCLE', path: 'first → first' }]);
  });
});
