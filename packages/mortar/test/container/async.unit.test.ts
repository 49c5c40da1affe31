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

describe('what is asked for while it is being made', () => {
  it.each(['singleton', 'scoped'] as const)(
    'is a %s of itself: refused before the factory awaits anything',
    async (lifetime) => {
      const container = createContainer();
      const scope = container.openScope();
      let made = 0;
      const self = async (): Promise<object> => {
        made += 1;
        return scope.resolveAsync(A);
      };
      container.asyncFactory(A, [], self, { lifetime });
      await expect(scope.resolveAsync(A)).rejects.toMatchObject({ code: 'MORTAR_BINDING_CYCLE' });
      expect(made).toBe(1);
      await scope.close();
      await container.dispose();
    },
  );

  it.each([[[]], [[C]]])('is refused to what needs it, and made once; of %o', async (needed) => {
    const container = createContainer();
    const inner: unknown[] = [];
    let made = 0;
    container.factory(C, [], () => ({}));
    container.asyncFactory(A, needed, async () => {
      made += 1;
      const asked = container.resolveAsync(B).catch((error: unknown) => inner.push(error));
      await settle();
      await asked;
      return {};
    });
    container.asyncFactory(B, [A], async (a) => ({ a }));
    const a = await container.resolveAsync(A);
    expect(inner).toMatchObject([{ code: 'MORTAR_BINDING_CYCLE' }]);
    expect(await container.resolveAsync(B)).toEqual({ a });
    expect(made).toBe(1);
  });

  it('is shared with those who ask before its factory is called', async () => {
    const container = createContainer();
    const asked: Promise<object>[] = [];
    let made = 0;
    container.factory(B, [], () => {
      asked.push(container.resolveAsync(A));
      return {};
    });
    container.asyncFactory(A, [B], async () => ({ number: ++made }));
    const a = await container.resolveAsync(A);
    expect(await Promise.all(asked)).toEqual([a]);
    expect(made).toBe(1);
  });
});

describe('a service with a `then`', () => {
  /** What awaits it gets something else in its place, or waits for ever. */
  const query = {
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested.
    then: (done: (rows: string) => void): void => done('rows'),
  };
  const mock: () => object = () => new Proxy(() => undefined, { get: mock, apply: mock });

  /** `B` is asynchronous, `A` is what is asked for. */
  function bound(service: object): Container {
    const container = createContainer();
    container.asyncFactory(B, [], async () => ({}), { lifetime: 'transient' });
    container.value(A, service);
    container.factory(C, [A, B, all(A), optional(A)], (a, _b, [one], other) => {
      return { isSame: a === service && one === service && other === service };
    });
    return container;
  }

  it.each([
    ['a query', query],
    ['a mock', mock()],
  ])('is handed on as it is beside what is asynchronous: %s', async (_, service) => {
    const container = bound(service);
    expect(container.resolve(A)).toBe(service);
    expect(await container.resolveAsync(C)).toEqual({ isSame: true });
    const [one, , [other]] = await container.resolveAllAsync([A, B, all(A)]);
    expect(one === service && other === service).toBe(true);
    const [first] = await container.prepare([A, B]).resolve();
    expect(first === service).toBe(true);
    await container.makeSingletons();
  });

  it('is one of all beside one that is asynchronous', async () => {
    const container = createContainer();
    container.value(A, query);
    container.asyncFactory(A, [], async () => ({ name: 'other' }));
    const [one, other] = await container.resolveAsync(all(A));
    expect(one).toBe(query);
    expect(other).toEqual({ name: 'other' });
  });

  it('that an asynchronous service depends on is not awaited, be it made of a class or by a factory', async () => {
    class Query {
      // biome-ignore lint/suspicious/noThenProperty: that is what is tested.
      then(done: (rows: string) => void): void {
        done('rows');
      }
    }
    const Sum = token<boolean>('Sum');
    const container = createContainer();
    container.scoped(Query);
    container.asyncFactory(B, [], async () => ({}), { lifetime: 'scoped' });
    container.asyncFactory(Sum, [Query, B, all(B)], async (made) => made instanceof Query, {
      lifetime: 'scoped',
    });
    class Holder {
      readonly query: Query;

      constructor(given: Query, _beside: object) {
        this.query = given;
      }

      // biome-ignore lint/suspicious/noThenProperty: that is what is tested.
      then(): void {}
    }
    container.transient(Holder, [Query, B]);
    const scope = container.openScope();
    expect(await scope.resolveAsync(Sum)).toBe(true);
    const [holder] = await scope.resolveAllAsync([Holder]);
    expect(holder.query === scope.resolve(Query)).toBe(true);
  });

  it('is refused to resolveAsync itself, whose promise would await it', async () => {
    const container = bound(query);
    for (const from of [container, container.openScope()])
      await expect(from.resolveAsync(A)).rejects.toMatchObject({
        code: 'MORTAR_BINDING_FAILED',
        expected: 'A from resolve, or in a list from resolveAllAsync',
      });
    const cause = new Error('not now');
    const throwing = {
      // biome-ignore lint/suspicious/noThenProperty: that is what is tested.
      get then(): never {
        throw cause;
      },
    };
    const asked = bound(throwing).resolveAsync(A);
    await expect(asked).rejects.toMatchObject({ code: 'MORTAR_BINDING_FAILED', cause });
  });
});
