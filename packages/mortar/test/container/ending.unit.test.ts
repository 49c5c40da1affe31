import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { all, type Container, createContainer, type Token, token } from '../../src/container/index.js';

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

describe('a container that ends while something is being made in a scope that is open', () => {
  class Pool {
    isOpen = true;

    [Symbol.dispose](): void {
      this.isOpen = false;
    }
  }

  function poolIn(container: Container): { readonly seen: boolean[]; readonly gate: Gate } {
    const gate = gateOf();
    const seen: boolean[] = [];
    container.singleton(Pool);
    container.asyncFactory(B, [], () => gate.opened.then(() => ({})), { lifetime: 'scoped' });
    const see = (pool: Pool): object => ({ count: seen.push(pool.isOpen) });
    container.factory(C, [Pool], see, { lifetime: 'scoped' });
    return { seen, gate };
  }

  it.each([
    ['asynchronous', [Pool, B]],
    ['asynchronous', [B, Pool]],
    ['synchronous', [Pool, B]],
    ['synchronous', [B, C]],
    ['synchronous', [all(B), C]],
  ] as const)('makes nothing more of what has been disposed of: %s, of %o', async (kind, needed) => {
    const container = createContainer();
    const { seen, gate } = poolIn(container);
    const create = (...given: readonly unknown[]): object => {
      for (const pool of given) if (pool instanceof Pool) seen.push(pool.isOpen);
      return {};
    };
    if (kind === 'synchronous') container.factory(A, needed, create, { lifetime: 'scoped' });
    else container.asyncFactory(A, needed, async (...given) => create(...given), { lifetime: 'scoped' });
    const scope = container.openScope();
    scope.resolve(Pool);
    const asked = scope.resolveAsync(A);
    await settle();
    await container.dispose();
    gate.open();
    await expect(asked).rejects.toMatchObject({ code: 'MORTAR_CONTAINER_STATE' });
    expect(seen).toEqual([]);
    await scope.close();
  });

  it.each(['a list', 'a prepared list', 'all'])('gives none of it in %s', async (what) => {
    const container = createContainer();
    const { seen, gate } = poolIn(container);
    container.factory(A, [], () => ({}), { lifetime: 'scoped' });
    const scope = container.openScope();
    const list = [A, B, C] as const;
    scope.resolve(Pool);
    const prepared = container.prepare(list);
    const asked =
      what === 'a list'
        ? scope.resolveAllAsync(list)
        : what === 'all'
          ? scope.resolveAsync(all(B))
          : Promise.resolve(prepared.resolve(scope));
    await settle();
    await container.dispose();
    gate.open();
    await expect(asked).rejects.toMatchObject({ code: 'MORTAR_CONTAINER_STATE' });
    expect(seen).toEqual([]);
  });

  it.each(['S, C', 'C, S', 'prepared S, C', 'prepared C, S', 'all'])(
    'gives none of it where what is awaited belongs to a parent that goes on: %s',
    async (what) => {
      const [Slow, Several] = [token<object>('Slow'), token<object>('Several')];
      const gate = gateOf();
      const seen: boolean[] = [];
      const see = (pool: Pool): object => ({ count: seen.push(pool.isOpen) });
      const parent = createContainer();
      parent.singleton(Pool);
      for (const key of [C, Several]) parent.factory(key, [Pool], see, { lifetime: 'scoped' });
      for (const key of [Slow, Several]) parent.asyncFactory(key, [], () => gate.opened.then(() => ({})));
      const child = parent.child();
      child.singleton(Pool);
      const scope = child.openScope();
      scope.resolve(Pool);
      const list = what.endsWith('C') ? [Slow, C] : [C, Slow];
      const asked = what.startsWith('prepared')
        ? Promise.resolve(child.prepare(list).resolve(scope))
        : what === 'all'
          ? scope.resolveAsync(all(Several))
          : scope.resolveAllAsync(list);
      await settle();
      await child.dispose();
      gate.open();
      await expect(asked).rejects.toMatchObject({ code: 'MORTAR_CONTAINER_STATE' });
      expect(seen).not.toContain(false);
    },
  );

  it('disposes at once of what is made too late, which may close the scope itself', async () => {
    const container = createContainer();
    const gate = gateOf();
    const ended: string[] = [];
    const fail = (): never => {
      ended.push('B');
      throw new Error('stuck');
    };
    container.factory(B, [], () => ({}), { lifetime: 'scoped', dispose: fail });
    const scope = container.openScope();
    container.asyncFactory(A, [B], () => gate.opened.then(() => ({})), {
      lifetime: 'scoped',
      dispose: async () => {
        await scope.close();
        ended.push('A');
      },
    });
    const asked = scope.resolveAsync(A);
    await settle();
    await container.dispose();
    gate.open();
    await expect(asked).rejects.toMatchObject({ code: 'MORTAR_CONTAINER_STATE' });
    await setImmediate();
    // Whoever asks next is told of what failed.
    await expect(Promise.resolve(scope.close())).rejects.toMatchObject({ code: 'MORTAR_DISPOSAL_FAILED' });
    expect(ended).toEqual(['A', 'B']);
  });
});

describe('a disposal that ends what it is a part of', () => {
  it('of a scope is answered at once, whether others were awaited before it or not', async () => {
    const container = createContainer();
    const scope = container.openScope();
    const ended: string[] = [];
    const end = (name: string) => async (): Promise<void> => {
      await scope.close();
      ended.push(name);
    };
    for (const key of [A, B, C])
      container.factory(key, [], () => ({}), { lifetime: 'scoped', dispose: end(key.name) });
    scope.resolveAll([A, B, C]);
    await scope.close();
    expect(ended).toEqual(['C', 'B', 'A']);
  });

  it('of a container is answered at once, and those outside still wait', async () => {
    const container = createContainer();
    const gate = gateOf();
    const ended: string[] = [];
    const end = (name: string) => async (): Promise<void> => {
      await container.dispose();
      await gate.opened;
      ended.push(name);
    };
    for (const key of [A, B]) container.factory(key, [], () => ({}), { dispose: end(key.name) });
    container.resolveAll([A, B]);
    const outside = container.dispose();
    await settle();
    expect(ended).toEqual([]);
    expect(container.dispose()).toBe(outside);
    gate.open();
    await outside;
    expect(ended).toEqual(['B', 'A']);
  });

  it.each(['the parent', 'the child'])(
    'of a child and its parent is answered at once, %s first',
    async (first) => {
      const parent = createContainer();
      const child = parent.child();
      const ended: string[] = [];
      parent.factory(A, [], () => ({}), {
        dispose: () => {
          ended.push('A');
          throw new Error('stuck');
        },
      });
      child.factory(B, [A], () => ({}), {
        dispose: async () => {
          await parent.dispose();
          ended.push('B');
        },
      });
      child.resolve(B);
      if (first === 'the child') await child.dispose();
      await setImmediate();
      // Whoever asks next is told of what failed.
      await expect(parent.dispose()).rejects.toMatchObject({ code: 'MORTAR_DISPOSAL_FAILED' });
      expect(ended).toEqual(['B', 'A']);
    },
  );

  it('does not hide the failure of another from whoever ended it', async () => {
    const container = createContainer();
    const scope = container.openScope();
    const fail = async (): Promise<void> => {
      await scope.close();
      throw new Error('stuck');
    };
    container.factory(A, [], () => ({}), { lifetime: 'scoped', dispose: fail });
    scope.resolve(A);
    const outcome = Promise.resolve(scope.close());
    await expect(outcome).rejects.toMatchObject({ issues: [{ path: 'A', message: 'stuck' }] });
    await expect(Promise.resolve(scope.close())).rejects.toMatchObject({ code: 'MORTAR_DISPOSAL_FAILED' });
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
