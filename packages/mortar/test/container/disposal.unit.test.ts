import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AnyDependency,
  all,
  type Container,
  createContainer,
  lazy,
  type Token,
  token,
} from '../../src/container/index.js';
import { MortarError } from '../../src/errors/index.js';
import { caught } from '../contracts/caught.js';

/** Binds services that write down when they are disposed of. */
class Journal {
  readonly container: Container = createContainer({ name: 'shop' });
  readonly ended: string[] = [];
  #number = 0;

  bind(
    key: Token<object>,
    lifetime: 'singleton' | 'scoped' | 'transient',
    dependencies: readonly AnyDependency[] = [],
    isDisposable = true,
  ): void {
    const create = (...given: readonly unknown[]): object => {
      this.#number += 1;
      const name = lifetime === 'transient' ? `${key.name}${this.#number}` : key.name;
      return isDisposable ? { given, [Symbol.dispose]: () => void this.ended.push(name) } : { given };
    };
    this.container.factory(key, dependencies, create, { lifetime });
  }
}

const keysOf = (...names: readonly string[]): readonly Token<object>[] =>
  names.map((name) => token<object>(name));
const [A, B, C, D] = keysOf('A', 'B', 'C', 'D') as [
  Token<object>,
  Token<object>,
  Token<object>,
  Token<object>,
];

describe('a scope', () => {
  it('disposes of what was made in it in reverse order, at once, and of nothing else', () => {
    const journal = new Journal();
    journal.bind(A, 'scoped', [B, C]);
    journal.bind(B, 'scoped', [D]);
    journal.bind(C, 'transient');
    journal.bind(D, 'singleton');
    const scope = journal.container.openScope();
    scope.resolve(A);
    expect(scope.close()).toBeUndefined();
    expect(journal.ended).toEqual(['A', 'C3', 'B']);
    expect(scope.close()).toBeUndefined();
    expect(journal.ended).toHaveLength(3);
  });

  it('awaits what ends asynchronously, one after the other', async () => {
    const ended: string[] = [];
    const later = (name: string): AsyncDisposable => ({
      [Symbol.asyncDispose]: async () => {
        ended.push(`${name} begins`);
        await Promise.resolve();
        ended.push(`${name} ends`);
      },
    });
    const container = createContainer();
    container.factory(A, [B], () => later('A'), { lifetime: 'scoped' });
    container.factory(B, [C], () => ({ [Symbol.dispose]: () => void ended.push('B') }), {
      lifetime: 'scoped',
    });
    container.factory(C, [], () => later('C'), { lifetime: 'scoped' });
    const scope = container.openScope();
    scope.resolve(A);
    const end = scope.close();
    expect(end).toBeInstanceOf(Promise);
    expect(scope.close()).toBe(end);
    await end;
    expect(ended).toEqual(['A begins', 'A ends', 'B', 'C begins', 'C ends']);
  });

  it('ends with a block that awaits it', async () => {
    const journal = new Journal();
    journal.bind(A, 'scoped');
    const scope = journal.container.openScope();
    scope.resolve(A);
    await scope[Symbol.asyncDispose]();
    expect(journal.ended).toEqual(['A']);
  });

  it('tells all that fails at once, after all was tried; and the same again', () => {
    const journal = new Journal();
    journal.bind(B, 'scoped');
    const fail = (message: string) => (): never => {
      throw new TypeError(message);
    };
    journal.container.factory(A, [B], () => ({ [Symbol.dispose]: fail('a') }), { lifetime: 'scoped' });
    journal.container.factory(C, [A], () => ({}), { lifetime: 'scoped', dispose: fail('c') });
    const scope = journal.container.openScope();
    scope.resolve(C);
    const error = caught(() => scope.close());
    expect(error).toMatchObject({ code: 'MORTAR_DISPOSAL_FAILED', category: 'internal' });
    expect(error.issues).toEqual([
      { path: 'C', message: 'c' },
      { path: 'A', message: 'a' },
    ]);
    expect(error.message).toContain('2 failures: C: c; A: a');
    expect(error.cause).toBeInstanceOf(AggregateError);
    expect(error.cause).toMatchObject({ errors: [new TypeError('c'), new TypeError('a')] });
    expect(journal.ended).toEqual(['B']);
    expect(caught(() => scope.close())).toBe(error);
    expect(journal.ended).toEqual(['B']);
  });

  it('rejects with what fails asynchronously, whatever is thrown', async () => {
    const container = createContainer();
    container.factory(A, [], () => ({ [Symbol.asyncDispose]: () => Promise.reject(new Error('late')) }), {
      lifetime: 'scoped',
    });
    container.factory(B, [A], () => ({}), {
      lifetime: 'scoped',
      dispose: () => {
        throw Object.create(null);
      },
    });
    const scope = container.openScope();
    scope.resolve(B);
    const end = Promise.resolve(scope.close());
    await expect(end).rejects.toMatchObject({
      code: 'MORTAR_DISPOSAL_FAILED',
      issues: [
        { path: 'B', message: 'something that can not be shown' },
        { path: 'A', message: 'late' },
      ],
    });
    await expect(Promise.resolve(scope.close())).rejects.toBeInstanceOf(MortarError);
  });
});

describe('a container', () => {
  it('disposes of its singletons, dependents first, and of no value', async () => {
    const journal = new Journal();
    journal.bind(A, 'singleton', [B, C]);
    journal.bind(B, 'singleton', [D]);
    journal.bind(C, 'transient');
    journal.container.value(D, { [Symbol.dispose]: () => void journal.ended.push('D') });
    journal.container.resolve(A);
    await journal.container[Symbol.asyncDispose]();
    await journal.container.dispose();
    expect(journal.ended).toEqual(['A', 'C2', 'B']);
  });

  it('leaves what is transient and was resolved from it to the caller, with all that was made for it', async () => {
    const journal = new Journal();
    journal.bind(A, 'transient', [B, C]);
    journal.bind(B, 'transient');
    journal.bind(C, 'singleton');
    journal.container.resolve(A);
    await journal.container.dispose();
    expect(journal.ended).toEqual(['C']);
  });

  it('takes what the binding says before what the service says, and the asynchronous way before the other', async () => {
    const ended: string[] = [];
    const both = (name: string): object => ({
      [Symbol.dispose]: () => void ended.push(`${name} sync`),
      [Symbol.asyncDispose]: async () => void ended.push(`${name} async`),
    });
    const container = createContainer();
    container.factory(A, [], () => both('A'), { dispose: () => void ended.push('A bound') });
    container.factory(B, [], () => both('B'));
    container.factory(C, [], () => 5 as never, { dispose: (service) => void ended.push(`C ${service}`) });
    container.resolveAll([A, B, C]);
    await container.dispose();
    expect(ended).toEqual(['C 5', 'B async', 'A bound']);
  });

  it('knows of a class by its first instance whether it is to be disposed of', () => {
    let ended = 0;
    class Plain {}
    class Ending {
      [Symbol.dispose](): void {
        ended += 1;
      }
    }
    const container = createContainer();
    container.transient(Plain);
    container.transient(Ending);
    const scope = container.openScope();
    for (let count = 0; count < 5; count += 1) scope.resolveAll([Plain, Ending]);
    scope.close();
    expect(ended).toBe(5);
  });

  it('has the same outcome when it is disposed of again', async () => {
    const container = createContainer({ name: 'shop' });
    const fail = (): never => {
      throw new Error('stuck');
    };
    container.factory(A, [], () => ({}), { dispose: fail });
    container.resolve(A);
    const end = container.dispose();
    expect(container.dispose()).toBe(end);
    await expect(end).rejects.toMatchObject({
      code: 'MORTAR_DISPOSAL_FAILED',
      expected: 'everything that was made in container shop to be disposed of',
    });
  });

  it('ends its children first, the latest before the others, and tells what fails there', async () => {
    const ended: string[] = [];
    const container = createContainer({ name: 'shop' });
    const bind = (of: Container, key: Token<object>): void => {
      of.factory(key, [], () => ({}), { dispose: () => void ended.push(key.name) });
      of.resolve(key);
    };
    container.factory(D, [], () => ({}), { dispose: () => void ended.push('D') });
    container.resolve(D);
    const [first, second] = [container.child(), container.child()];
    bind(first, A);
    bind(second, B);
    const grandchild = first.child({ name: 'inner' });
    grandchild.factory(C, [], () => ({}), {
      dispose: () => {
        ended.push('C');
        throw new Error('stuck');
      },
    });
    grandchild.resolve(C);
    const other = container.child();
    bind(other, token<object>('gone'));
    await other.dispose();
    await expect(container.dispose()).rejects.toMatchObject({ issues: [{ path: 'C', message: 'stuck' }] });
    expect(ended).toEqual(['gone', 'B', 'C', 'A', 'D']);
    expect(() => grandchild.openScope()).toThrow(/until it is disposed of/);
    await expect(grandchild.dispose()).rejects.toMatchObject({ code: 'MORTAR_DISPOSAL_FAILED' });
    await second.dispose();
    expect(ended).toHaveLength(5);
  });
});

describe('a parent', () => {
  it('waits for a child that is ending already, whose failure is told to whoever ended it', async () => {
    const ended: string[] = [];
    let goOn = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const parent = createContainer();
    parent.factory(A, [], () => ({ [Symbol.dispose]: () => void ended.push('parent') }));
    const child = parent.child();
    child.factory(B, [A], () => ({}), {
      dispose: async () => {
        await gate;
        ended.push('child');
        throw new Error('stuck');
      },
    });
    child.resolve(B);
    const endOfChild = child.dispose();
    const endOfParent = parent.dispose();
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    expect(ended).toEqual([]);
    goOn();
    await expect(endOfChild).rejects.toMatchObject({ code: 'MORTAR_DISPOSAL_FAILED' });
    await endOfParent;
    expect(ended).toEqual(['child', 'parent']);
  });
});

describe('what is transient', () => {
  it('ends with what it was made for, also in a scope for a singleton, and by a lazy dependency', async () => {
    const journal = new Journal();
    journal.bind(A, 'singleton', [B]);
    journal.bind(B, 'transient');
    journal.bind(C, 'scoped', [B]);
    const scope = journal.container.openScope();
    scope.resolveAll([A, C]);
    scope.resolve(lazy(B))();
    scope.close();
    // After a lazy call the graph decides, and C needs a B; which of them, the graph does not say.
    expect(journal.ended).toEqual(['C', 'B5', 'B3']);
    await journal.container.dispose();
    expect(journal.ended).toEqual(['C', 'B5', 'B3', 'A', 'B1']);
  });

  it('is disposed of as often as it was made', () => {
    const journal = new Journal();
    journal.bind(A, 'transient', [B]);
    journal.bind(B, 'transient');
    const scope = journal.container.openScope();
    for (let count = 0; count < 1_500; count += 1) scope.resolve(A);
    scope.close();
    expect(journal.ended).toHaveLength(3_000);
    expect(journal.ended.slice(0, 4)).toEqual(['A3000', 'B2999', 'A2998', 'B2997']);
  });

  it('that is not made whole leaves what was made of it to the scope', () => {
    const journal = new Journal();
    journal.bind(A, 'transient');
    journal.container.factory(B, [A], () => {
      throw new Error('no');
    });
    journal.container.factory(C, [A, B], () => ({}), { lifetime: 'transient' });
    const scope = journal.container.openScope();
    expect(caught(() => scope.resolve(C)).code).toBe('MORTAR_BINDING_FAILED');
    scope.close();
    expect(journal.ended).toEqual(['A1']);
  });
});

describe('a lazy dependency', () => {
  it('that was made after its dependent is disposed of after it, and what it needs too', async () => {
    const journal = new Journal();
    const lazies: (() => unknown)[] = [];
    journal.container.factory(A, [lazy(B)], (b) => {
      lazies.push(b);
      return { [Symbol.dispose]: () => void journal.ended.push('A') };
    });
    journal.bind(B, 'singleton', [C]);
    journal.bind(C, 'singleton');
    journal.bind(D, 'singleton', [A]);
    journal.container.resolveAll([D]);
    for (const late of lazies) late();
    await journal.container.dispose();
    expect(journal.ended).toEqual(['D', 'A', 'B', 'C']);
  });

  it('in an intended cycle gives way to the others', async () => {
    const journal = new Journal();
    const lazies: (() => unknown)[] = [];
    journal.container.factory(A, [lazy(B)], (b) => {
      lazies.push(b);
      return { [Symbol.dispose]: () => void journal.ended.push('A') };
    });
    journal.bind(B, 'singleton', [C]);
    journal.bind(C, 'singleton', [A]);
    journal.container.resolve(A);
    for (const late of lazies) late();
    await journal.container.dispose();
    expect(journal.ended).toEqual(['B', 'C', 'A']);
  });

  it('can not be called first when what holds it has ended, but gives what it got before', async () => {
    const container = createContainer();
    container.factory(A, [], () => ({}), { lifetime: 'scoped' });
    const scope = container.openScope();
    const [early, late] = [scope.resolve(lazy(A)), scope.resolve(lazy(A))];
    const service = early();
    scope.close();
    expect(early()).toBe(service);
    expect(caught(late).code).toBe('MORTAR_CONTAINER_STATE');
  });
});

const SIZE = 9;

interface Service {
  readonly lifetime: 'singleton' | 'scoped' | 'transient';
  readonly isDisposable: boolean;
  /** To services of higher number only, so that there is no cycle, be it of lazy ones. */
  readonly edges: readonly { readonly to: number; readonly mark: 'one' | 'lazy' | 'all' }[];
}

const services = fc.array(
  fc.record({
    lifetime: fc.constantFrom<Service['lifetime']>('singleton', 'scoped', 'transient'),
    isDisposable: fc.integer({ min: 0, max: 3 }).map((chance) => chance > 0),
    edges: fc.array(
      fc.record({ to: fc.nat({ max: SIZE - 1 }), mark: fc.constantFrom('one', 'lazy', 'all') }),
      { maxLength: 4 },
    ),
  }),
  { minLength: SIZE, maxLength: SIZE },
) as fc.Arbitrary<readonly Service[]>;

/** One service that was made: what it was given, and what its lazy dependencies gave. */
interface Instance {
  readonly index: number;
  readonly holds: Set<Instance>;
  readonly lazies: (() => unknown)[];
}

it('whatever the graph and the order of calls, dependents are disposed of before what they hold', {
  timeout: 120_000,
}, async () => {
  let late = 0;
  await fc.assert(
    fc.asyncProperty(
      services,
      fc.array(fc.nat(), { maxLength: 12 }),
      fc.boolean(),
      async (graph, calls, isAllSingle) => {
        const made: Instance[] = [];
        const ended: Instance[] = [];
        const container = containerOf(graph, isAllSingle, made, ended);
        const scope = container.openScope();
        for (const call of calls) {
          const pending = made.flatMap((holder) => holder.lazies.map((resolve) => ({ holder, resolve })));
          if (call % 2 === 0 || pending.length === 0) scope.resolve(keyOf(call % SIZE));
          else {
            const { holder, resolve } = pending[call % pending.length] ?? {
              holder: undefined,
              resolve: () => undefined,
            };
            const count = made.length;
            if (holder !== undefined) addHeld(holder, resolve());
            if (made.length > count) late += 1;
          }
        }
        await scope.close();
        await container.dispose();
        const disposable = made.filter(({ index }) => graph[index]?.isDisposable === true);
        expect(ended).toHaveLength(disposable.length);
        expect(new Set(ended)).toEqual(new Set(disposable));
        for (const [place, instance] of ended.entries()) {
          for (const held of reachedFrom(instance)) {
            if (ended.includes(held)) expect(ended.indexOf(held)).toBeGreaterThan(place);
          }
        }
      },
    ),
    { numRuns: 5_000 },
  );
  expect(late).toBeGreaterThan(1_000);
});

const numbered: readonly Token<unknown>[] = Array.from({ length: SIZE }, (_, index) => token(`s${index}`));

function keyOf(index: number): Token<unknown> {
  return numbered[index] ?? token('none');
}

function containerOf(
  graph: readonly Service[],
  isAllSingle: boolean,
  made: Instance[],
  ended: Instance[],
): Container {
  const container = createContainer();
  for (const [index, { lifetime, isDisposable, edges }] of graph.entries()) {
    const below = edges.filter(({ to }) => to > index);
    const isCaptive = lifetime === 'singleton' && !isAllSingle;
    const create = (...given: readonly unknown[]): Instance => {
      const instance: Instance = { index, holds: new Set(), lazies: [] };
      for (const one of given.flat()) {
        if (typeof one === 'function') instance.lazies.push(() => one());
        else addHeld(instance, one);
      }
      made.push(instance);
      return isDisposable
        ? Object.assign(instance, { [Symbol.dispose]: () => void ended.push(instance) })
        : instance;
    };
    const dependencies = below.map(({ to, mark }) =>
      mark === 'lazy' ? lazy(keyOf(to)) : mark === 'all' ? all(keyOf(to)) : keyOf(to),
    );
    // A singleton may hold nothing scoped: either all are singletons, or those that would be hold nothing.
    container.factory(keyOf(index), isCaptive ? [] : dependencies, create, {
      lifetime: isAllSingle && lifetime === 'scoped' ? 'singleton' : lifetime,
    });
  }
  return container;
}

function addHeld(holder: Instance, held: unknown): void {
  for (const one of [held].flat()) if (isInstance(one)) holder.holds.add(one);
}

function isInstance(value: unknown): value is Instance {
  return typeof value === 'object' && value !== null && 'holds' in value;
}

function reachedFrom(instance: Instance, found: Set<Instance> = new Set()): ReadonlySet<Instance> {
  for (const held of instance.holds) {
    if (found.has(held)) continue;
    found.add(held);
    reachedFrom(held, found);
  }
  return found;
}
