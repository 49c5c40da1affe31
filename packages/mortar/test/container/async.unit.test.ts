import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  all,
  type Container,
  createContainer,
  lazy,
  optional,
  type Token,
  token,
} from '../../src/container/index.js';

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

function gateOf(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const [A, B, C] = ['A', 'B', 'C'].map((name) => token<object>(name)) as [
  Token<object>,
  Token<object>,
  Token<object>,
];

/** Lets everything go on that has nothing left to wait for. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

describe('resolveAsync', () => {
  it('awaits what is asynchronous, at any depth, through all and optional too', async () => {
    const container = createContainer();
    const order: string[] = [];
    container.factory(A, [B, all(C), optional(B), optional(token('none'))], (...given) => {
      order.push('A');
      return { given };
    });
    container.asyncFactory(B, [C], async (c) => {
      order.push('B');
      return { c };
    });
    container.asyncFactory(C, [], async () => {
      order.push('C');
      return { name: 'c' };
    });
    const a = await container.resolveAsync(A);
    const c = { name: 'c' };
    expect(a).toEqual({ given: [{ c }, [c], { c }, undefined] });
    expect(order).toEqual(['C', 'B', 'A']);
    expect(container.resolve(A)).toBe(a);
    expect(await container.resolveAllAsync([A, optional(C)])).toEqual([a, c]);
  });

  it.each(['singleton', 'scoped'] as const)('makes a %s once for all that ask at once', async (lifetime) => {
    const container = createContainer();
    const gate = gateOf();
    let made = 0;
    container.asyncFactory(
      B,
      [],
      async () => {
        made += 1;
        await gate.opened;
        return {};
      },
      { lifetime },
    );
    container.factory(A, [B], (b) => ({ b }), { lifetime });
    const scope = container.openScope();
    const asked = [scope.resolveAsync(A), scope.resolveAsync(B), scope.resolveAsync(A)];
    await settle();
    expect(() => scope.resolve(A)).toThrow(/MORTAR_BINDING_ASYNC/);
    expect(() => scope.resolve(B)).toThrow(/MORTAR_BINDING_ASYNC/);
    gate.open();
    const [a, b, again] = await Promise.all(asked);
    expect(made).toBe(1);
    expect(again).toBe(a);
    expect(a).toEqual({ b });
    expect(scope.resolve(A)).toBe(a);
  });

  it('makes what is transient anew for each', async () => {
    const container = createContainer();
    container.asyncFactory(A, [], async () => ({}), { lifetime: 'transient' });
    const [one, other] = await Promise.all([container.resolveAsync(A), container.resolveAsync(A)]);
    expect(one).not.toBe(other);
    expect(() => container.resolve(A)).toThrow(/MORTAR_BINDING_ASYNC/);
  });

  it('forgets a creation that failed: all that waited fail, the next tries anew', async () => {
    const container = createContainer();
    const cause = new Error('no connection');
    let isReady = false;
    let tried = 0;
    container.asyncFactory(B, [], async () => {
      tried += 1;
      if (!isReady) throw cause;
      return {};
    });
    container.factory(A, [B], (b) => ({ b }));
    const asked = await Promise.allSettled([
      container.resolveAsync(A),
      container.resolveAsync(A),
      container.resolveAsync(B),
    ]);
    for (const outcome of asked) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'MORTAR_BINDING_FAILED', expected: 'B, bound by the container, to be made' },
      });
      expect(outcome).toHaveProperty('reason.cause', cause);
    }
    expect(tried).toBe(1);
    isReady = true;
    expect(await container.resolveAsync(A)).toEqual({ b: await container.resolveAsync(B) });
    expect(tried).toBe(2);
  });

  it('takes a service that is there at once from an asynchronous factory too', async () => {
    const container = createContainer();
    const service = {};
    container.asyncFactory(A, [], () => service as never);
    expect(await container.resolveAsync(A)).toBe(service);
    const Nothing = token<undefined>('Nothing');
    const other = createContainer();
    let made = 0;
    other.asyncFactory(Nothing, [], async () => {
      made += 1;
      return undefined;
    });
    expect([
      await other.resolveAsync(Nothing),
      await other.resolveAsync(Nothing),
      other.resolve(Nothing),
    ]).toEqual([undefined, undefined, undefined]);
    expect(made).toBe(1);
  });

  it('needs a scope for what is scoped', async () => {
    const container = createContainer();
    container.asyncFactory(A, [], async () => ({}), { lifetime: 'scoped' });
    await expect(container.resolveAsync(A)).rejects.toMatchObject({ code: 'MORTAR_SCOPE_MISSING' });
    const scope = container.openScope();
    const a = await scope.resolveAsync(A);
    expect(scope.resolve(A)).toBe(a);
    expect(await container.openScope().resolveAsync(A)).not.toBe(a);
  });
});

describe('what is asynchronous and made by then', () => {
  it('is there at once, for lazy dependencies too', async () => {
    const container = createContainer();
    container.asyncFactory(B, [], async () => ({ name: 'b' }));
    container.factory(A, [lazy(B)], (b) => ({ b }));
    const a = container.resolve(A) as { readonly b: () => object };
    expect(() => a.b()).toThrow(/MORTAR_BINDING_ASYNC/);
    await container.makeSingletons();
    expect(a.b()).toBe(container.resolve(B));
  });

  it('is there at once in its scope, and in no other', async () => {
    const container = createContainer();
    container.asyncFactory(B, [], async () => ({}), { lifetime: 'scoped' });
    container.factory(A, [B], (b) => ({ b }), { lifetime: 'transient' });
    const [one, other] = [container.openScope(), container.openScope()];
    const b = await one.resolveAsync(B);
    expect(one.resolve(A)).toEqual({ b });
    expect(() => other.resolve(A)).toThrow(/MORTAR_BINDING_ASYNC/);
  });

  it('is awaited only where it is asked for, and in the order of the list', async () => {
    const container = createContainer();
    const order: string[] = [];
    const create = (name: string) => async (): Promise<object> => {
      order.push(`${name} begins`);
      await Promise.resolve();
      order.push(`${name} ends`);
      return {};
    };
    container.asyncFactory(B, [], create('B'));
    container.asyncFactory(C, [], create('C'));
    container.factory(A, [C, B], () => ({}));
    await container.resolveAsync(A);
    expect(order).toEqual(['C begins', 'C ends', 'B begins', 'B ends']);
  });
});

describe('makeSingletons', () => {
  it('makes each that is not made, dependencies first, so that all is there at once', async () => {
    const container = createContainer();
    const order: string[] = [];
    container.factory(A, [B], () => ({ name: order.push('A') }));
    container.asyncFactory(B, [C], async () => ({ name: order.push('B') }));
    container.factory(C, [], () => ({ name: order.push('C') }));
    container.factory(token<number>('scoped'), [], () => order.push('scoped'), { lifetime: 'scoped' });
    const Several = token<object>('Several');
    for (const name of ['first', 'second'])
      container.factory(Several, [], () => ({ name: order.push(name) }));
    container.resolve(C);
    await container.makeSingletons();
    expect(order).toEqual(['C', 'B', 'A', 'first', 'second']);
    await container.makeSingletons();
    expect(order).toHaveLength(5);
    expect(container.resolveAll([A, B, C])).toHaveLength(3);
    expect(container.resolve(all(Several))).toEqual([{ name: 4 }, { name: 5 }]);
  });

  it('stops at the first that fails, and goes on from there the next time', async () => {
    const container = createContainer();
    let isReady = false;
    container.factory(C, [], () => ({}));
    container.asyncFactory(B, [C], async () => {
      if (!isReady) throw new Error('not yet');
      return {};
    });
    await expect(container.makeSingletons()).rejects.toMatchObject({ code: 'MORTAR_BINDING_FAILED' });
    const c = container.resolve(C);
    isReady = true;
    await container.makeSingletons();
    expect(container.resolveAll([C])).toEqual([c]);
    const broken = createContainer();
    broken.factory(A, [B], () => ({}));
    await expect(broken.makeSingletons()).rejects.toMatchObject({ code: 'MORTAR_BINDING_MISSING' });
  });

  it('of a child makes what is the child’s, and leaves the parent’s alone', async () => {
    const order: string[] = [];
    const container = createContainer();
    container.factory(A, [], () => ({ name: order.push('parent A') }));
    container.factory(B, [C], () => ({ name: order.push('B') }));
    container.factory(C, [], () => ({ name: order.push('parent C') }));
    const child = container.child();
    child.factory(C, [], () => ({ name: order.push('child C') }));
    await child.makeSingletons();
    expect(order).toEqual(['child C', 'B']);
  });
});

describe('what ends while something is being made', () => {
  async function endedDuring(
    lifetime: 'singleton' | 'scoped' | 'transient',
    end: (container: Container, close: () => unknown) => unknown,
    failure?: Error,
  ): Promise<{ readonly ended: readonly string[]; readonly reason: unknown }> {
    const gate = gateOf();
    const ended: string[] = [];
    const container = createContainer();
    const disposable = (name: string): object => ({ [Symbol.dispose]: () => void ended.push(name) });
    container.factory(B, [], () => disposable('B'), { lifetime });
    container.asyncFactory(
      A,
      [B],
      async () => {
        await gate.opened;
        ended.push('A is made');
        return {
          [Symbol.asyncDispose]: async () => {
            ended.push('A');
            if (failure !== undefined) throw failure;
          },
        };
      },
      { lifetime },
    );
    container.factory(C, [A], () => disposable('C'), { lifetime });
    const scope = container.openScope();
    const asked = scope.resolveAsync(C).then(
      () => 'resolved',
      (error: unknown) => error,
    );
    await settle();
    const end$ = Promise.resolve(end(container, () => scope.close()));
    await settle();
    expect(ended).toEqual([]);
    gate.open();
    await end$;
    return { ended, reason: await asked };
  }

  it.each([
    ['scoped', 'a scope'],
    ['transient', 'a scope'],
    ['singleton', 'the container'],
  ] as const)(
    'a %s of %s is disposed of at once, before what it needs, and the resolve is refused',
    async (lifetime, what) => {
      const { ended, reason } = await endedDuring(lifetime, (container, close) =>
        what === 'a scope' ? close() : container.dispose(),
      );
      expect(ended).toEqual(['A is made', 'A', 'B']);
      expect(reason).toMatchObject({ code: 'MORTAR_CONTAINER_STATE' });
    },
  );

  it('tells why the late one could not be disposed of', async () => {
    const failure = new Error('stuck');
    const { reason } = await endedDuring('scoped', (_, close) => close(), failure);
    expect(reason).toMatchObject({ code: 'MORTAR_CONTAINER_STATE' });
    expect(reason).toHaveProperty('cause', failure);
  });

  it('makes nothing in a scope that was closed while what it needs was made elsewhere', async () => {
    const container = createContainer();
    const gate = gateOf();
    let made = 0;
    container.asyncFactory(A, [], async () => {
      await gate.opened;
      return {};
    });
    container.factory(
      B,
      [A],
      () => {
        made += 1;
        return {};
      },
      { lifetime: 'scoped' },
    );
    const scope = container.openScope();
    const asked = scope.resolveAsync(B);
    await settle();
    const end = scope.close();
    gate.open();
    await expect(asked).rejects.toMatchObject({ code: 'MORTAR_CONTAINER_STATE' });
    await end;
    expect(made).toBe(0);
    expect(container.resolve(A)).toEqual({});
  });

  it('makes nothing more for a resolve that goes on', async () => {
    const container = createContainer();
    const gate = gateOf();
    let made = 0;
    container.asyncFactory(A, [], async () => {
      await gate.opened;
      return {};
    });
    container.asyncFactory(B, [], async () => {
      made += 1;
      return {};
    });
    const asked = container.resolveAllAsync([A, B]);
    await settle();
    const end = container.dispose();
    gate.open();
    await end;
    await expect(asked).rejects.toMatchObject({ code: 'MORTAR_CONTAINER_STATE' });
    expect(made).toBe(0);
  });
});

it('whatever finishes or fails first, each is made once at a time, and what was made is disposed of once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 8 }),
      fc.infiniteStream(fc.nat({ max: 3 })),
      fc.nat({ max: 12 }),
      async (scheduler, asks, fates, endsAfter) => {
        const container = createContainer();
        const alive = new Set<object>();
        const making = new Set<string>();
        let disposed = 0;
        let created = 0;
        const create = (key: Token<object>) => async (): Promise<object> => {
          expect(making.has(key.name)).toBe(false);
          making.add(key.name);
          await scheduler.schedule(Promise.resolve(), key.name);
          making.delete(key.name);
          if (fates.next().value === 0) throw new Error('fails now and then');
          const service = {
            [Symbol.dispose]: () => {
              disposed += 1;
              alive.delete(service);
            },
          };
          created += 1;
          alive.add(service);
          return service;
        };
        container.asyncFactory(A, [B, C], create(A));
        container.asyncFactory(B, [C], create(B));
        container.asyncFactory(C, [], create(C));
        const asked = asks.map((index) => container.resolveAsync([A, B, C][index] ?? A));
        const outcomes = Promise.allSettled(asked);
        for (let step = 0; step < endsAfter && scheduler.count() > 0; step += 1) await scheduler.waitOne();
        const end = container.dispose();
        await scheduler.waitIdle();
        await end;
        for (const outcome of await outcomes) {
          if (outcome.status === 'rejected')
            expect(outcome.reason.code).toMatch(/^MORTAR_(BINDING_FAILED|CONTAINER_STATE)$/);
        }
        expect(alive.size).toBe(0);
        expect(disposed).toBe(created);
      },
    ),
    { numRuns: 1_000 },
  );
});
