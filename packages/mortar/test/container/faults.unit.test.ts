import { describe, expect, it } from 'vitest';
import {
  type AnyDependency,
  all,
  type Container,
  createContainer,
  lazy,
  optional,
  type Token,
  token,
} from '../../src/container/index.js';
import { type Issue, MortarError } from '../../src/errors/index.js';
import { caught, codeOf } from '../contracts/caught.js';

type Lifetime = 'singleton' | 'scoped' | 'transient';

/** Binds, by a factory, what depends on a list. */
function bind(
  container: Container,
  service: Token<unknown>,
  dependencies: readonly AnyDependency[] = [],
  lifetime: Lifetime = 'singleton',
): void {
  container.factory(service, dependencies, () => ({}), { lifetime });
}

function keys<const N extends readonly string[]>(...names: N): { [K in keyof N]: Token<unknown> } {
  return names.map((name) => token<unknown>(name)) as { [K in keyof N]: Token<unknown> };
}

/** Faults as text, `CODE path`. */
function told(issues: readonly Issue[]): readonly string[] {
  return issues.map(({ code, path }) => `${code?.replace(/^MORTAR_(BINDING_)?/, '')} ${path}`);
}

const [A, B, C, D, E] = keys('A', 'B', 'C', 'D', 'E');

describe('verify', () => {
  it('accepts what can be made, and makes nothing', () => {
    const container = createContainer();
    const fail = (): never => {
      throw new Error('made');
    };
    container.factory(A, [B, all(C), optional(D), lazy(A)], fail);
    container.factory(B, [], fail, { lifetime: 'transient' });
    container.asyncFactory(E, [A], fail);
    container.verify([{ owner: 'handler of shop.place', dependencies: [A, E], isUnscoped: true }]);
    expect(container.faults()).toEqual([]);
  });

  it('names twelve planted faults of every kind in one error, each with its way', () => {
    const [Prices, Orders, Session, Mailer, Cache, Db, Rates, Stock] = keys(
      'Prices',
      'Orders',
      'Session',
      'Mailer',
      'Cache',
      'Db',
      'Rates',
      'Stock',
    );
    class Twice {}
    const container = createContainer({ name: 'shop' });
    bind(container, Orders, [Prices, Mailer]); // 1: Prices is not bound
    bind(container, Mailer, [Session], 'transient');
    bind(container, Session, [], 'scoped'); // 2: Orders keeps a Session, through a Mailer
    bind(container, Cache, [Cache]); // 3: a cycle of one
    bind(container, A, [B]);
    bind(container, B, [C], 'transient');
    bind(container, C, [optional(A)]); // 4: a cycle of three
    container.asyncFactory(Db, [], async () => ({})); // 5: the root that can't wait
    bind(container, Rates, [lazy(Db)]); // 6: a lazy one can't wait either
    container.singleton(Twice);
    container.value(Twice, new Twice()); // 7: a class twice
    bind(container, Stock);
    bind(container, Stock); // 8: asked for singly
    bind(container, D, [optional(E), all(E), lazy(E)]); // 9: lazy needs what is not bound
    const error = caught(() =>
      container.verify([
        { owner: 'handler of shop.place', dependencies: [Orders, Db], isSync: true },
        { owner: 'subscription mail', dependencies: [Stock, token('Unknown')] }, // 10: Unknown is not bound
        { owner: 'start of shop', dependencies: [Mailer, lazy(Session)], isUnscoped: true }, // 11: there is no scope
        { owner: 'job', dependencies: [all(Stock), lazy(Db)] }, // 12: can't wait
      ]),
    );
    expect(error.code).toBe('MORTAR_GRAPH_INVALID');
    expect(new Set(told(error.issues))).toEqual(
      new Set([
        'DUPLICATE Twice',
        'DUPLICATE subscription mail → Stock',
        'MISSING subscription mail → Unknown',
        'MISSING handler of shop.place → Orders → Prices',
        'CAPTIVE handler of shop.place → Orders → Mailer → Session',
        'ASYNC Rates → Db',
        'MISSING D → E',
        'ASYNC handler of shop.place → Db',
        'SCOPE_MISSING start of shop → Session',
        'ASYNC job → Db',
        'CYCLE Cache → Cache',
        'CYCLE A → B → C → A',
      ]),
    );
    expect(error.issues).toHaveLength(12);
    for (const { path, message } of error.issues) expect(error.message).toContain(`${path}: ${message}`);
    expect(error.message).toContain('is bound by container shop and by container shop');
    expect(told(container.faults()).filter((line) => line.startsWith('CYCLE'))).toHaveLength(2);
  });

  it('tells the shortest way, from who asks if someone does, else from the top', () => {
    const container = createContainer();
    bind(container, A, [B]);
    bind(container, B, [C]);
    bind(container, C, [D]);
    const roots = [
      { owner: 'first', dependencies: [A] },
      { owner: 'second', dependencies: [C] },
    ];
    expect(told(container.faults(roots))).toEqual(['MISSING second → C → D']);
    expect(told(container.faults())).toEqual(['MISSING A → B → C → D']);
  });

  it('tells every scoped service that a singleton keeps, once, and stops at other singletons', () => {
    const container = createContainer();
    const [S1, S2] = keys('S1', 'S2');
    bind(container, S1, [], 'scoped');
    bind(container, S2, [S1], 'scoped');
    bind(container, A, [B, B, C]);
    bind(container, B, [S1, lazy(S2), C], 'transient');
    bind(container, C, [optional(S2)]);
    bind(container, D, [all(S1)]);
    bind(container, E, [lazy(B)], 'scoped');
    expect(told(container.faults())).toEqual([
      'CAPTIVE A → B → S1',
      'CAPTIVE A → B → S2',
      'CAPTIVE A → C → S2',
      'CAPTIVE D → S1',
    ]);
  });

  it('takes what is contextual for what lives as long as its holder', () => {
    const container = createContainer();
    bind(container, A, [B]);
    container.bind({
      service: B,
      lifetime: 'contextual',
      dependencies: [C],
      how: { kind: 'factory', create: () => ({}) },
      owner: 'test',
    });
    bind(container, C, [], 'scoped');
    expect(told(container.faults())).toEqual(['CAPTIVE A → B → C']);
    expect(told(container.faults([{ owner: 'hook', dependencies: [B], isUnscoped: true }]))).toEqual([
      'CAPTIVE A → B → C',
      'SCOPE_MISSING hook → B → C',
    ]);
  });

  it('tells twenty faults in its message, and all of them as issues', () => {
    const container = createContainer();
    for (let index = 0; index < 30; index += 1) bind(container, token(`t${index}`), [token(`m${index}`)]);
    const error = caught(() => container.verify());
    expect(error.issues).toHaveLength(30);
    expect(error.message).toContain('30 faults: t0 → m0: m0 is not bound');
    expect(error.message).toContain('t19 → m19: m19 is not bound; and 10 more, which are in its issues');
    expect(error.message).not.toContain('t20');
  });

  it('tells a cycle for every dependency that lies on one', () => {
    const container = createContainer();
    bind(container, A, [B, C]);
    bind(container, B, [A]);
    bind(container, C, [D]);
    bind(container, D, [A, D]);
    expect(told(container.faults())).toEqual(['CYCLE A → B → A', 'CYCLE A → C → D → A', 'CYCLE D → D']);
  });

  it('hides no fault behind a cycle', () => {
    const container = createContainer();
    const [Scoped, Late] = keys('Scoped', 'Late');
    bind(container, Scoped, [], 'scoped');
    container.asyncFactory(Late, [], async () => ({}));
    bind(container, A, [B], 'transient');
    bind(container, B, [A, Scoped, Late, C], 'transient');
    bind(container, D, [A]);
    const roots = [{ owner: 'root', dependencies: [A], isSync: true }];
    expect(told(container.faults(roots)).toSorted()).toEqual([
      'ASYNC root → A → B → Late',
      'CAPTIVE D → A → B → Scoped',
      'CYCLE A → B → A',
      'MISSING root → A → B → C',
    ]);
  });

  it('ends with any number of cycles, and tells some', () => {
    const many = Array.from({ length: 40 }, (_, index) => token<unknown>(`m${index}`));
    const container = createContainer();
    for (const key of many) bind(container, key, many);
    const faults = container.faults();
    expect(faults).toHaveLength(50);
    expect(new Set(faults.map(({ path }) => path)).size).toBe(50);
  });

  it('reports what many share once for each binding, not for each way to it', () => {
    const layers = Array.from({ length: 20 }, (_, index) => keys(`L${index}`, `R${index}`));
    const container = createContainer();
    for (const [index, layer] of layers.entries()) {
      for (const key of layer) bind(container, key, layers[index + 1] ?? [D]);
    }
    // 2 to the power of 20 ways lead to D.
    expect(container.faults()).toHaveLength(2);
  });

  it('looks through a child at what is seen there', () => {
    const container = createContainer();
    bind(container, A, [B]);
    bind(container, C, [A]);
    expect(told(container.faults())).toEqual(['MISSING C → A → B']);
    const child = container.child();
    bind(child, B);
    expect(child.faults()).toEqual([]);
    const captive = container.child();
    bind(captive, B, [], 'scoped');
    expect(told(captive.faults())).toEqual(['CAPTIVE C → A → B']);
    const cyclic = container.child();
    bind(cyclic, B, [C]);
    expect(told(cyclic.faults())).toEqual(['CYCLE A → B → C → A']);
    bind(container, B);
    expect([container.faults(), child.faults()]).toEqual([[], []]);
  });
});

describe('resolve without verify', () => {
  it.each<readonly [string, string, (container: Container) => unknown]>([
    [
      'missing',
      'MISSING A → B → C',
      (container) => {
        bind(container, A, [B]);
        bind(container, B, [C]);
        container.resolve(A);
      },
    ],
    [
      'a cycle',
      'CYCLE B → C → B',
      (container) => {
        bind(container, A, [B]);
        bind(container, B, [C]);
        bind(container, C, [B]);
        container.resolve(A);
      },
    ],
    [
      'several',
      'DUPLICATE A → B',
      (container) => {
        bind(container, A, [B]);
        bind(container, B);
        bind(container, B);
        container.resolve(A);
      },
    ],
    [
      'captive',
      'CAPTIVE A → B → C',
      (container) => {
        bind(container, A, [B]);
        bind(container, B, [C], 'transient');
        bind(container, C, [], 'scoped');
        container.openScope().resolve(A);
      },
    ],
    [
      'captive, when a lazy one is called',
      'CAPTIVE B',
      (container) => {
        container.factory(A, [lazy(B)], (b) => b);
        bind(container, B, [], 'scoped');
        const late = container.openScope().resolve(A);
        if (typeof late === 'function') late();
      },
    ],
    [
      'no scope',
      'SCOPE_MISSING A → B',
      (container) => {
        bind(container, A, [B], 'transient');
        bind(container, B, [], 'scoped');
        container.resolve(A);
      },
    ],
    [
      'no scope, when a lazy one is called',
      'SCOPE_MISSING B',
      (container) => {
        bind(container, B, [], 'scoped');
        container.resolve(lazy(B))();
      },
    ],
    [
      'asynchronous',
      'ASYNC A → B',
      (container) => {
        bind(container, A, [B]);
        container.asyncFactory(B, [], async () => ({}));
        container.resolve(A);
      },
    ],
    [
      'asynchronous, in a scope',
      'ASYNC A → B',
      (container) => {
        bind(container, A, [B], 'scoped');
        container.asyncFactory(B, [], async () => ({}), { lifetime: 'scoped' });
        container.openScope().resolve(A);
      },
    ],
    [
      'asynchronous, when a lazy one is called',
      'ASYNC B',
      (container) => {
        container.asyncFactory(B, [], async () => ({}));
        container.resolve(lazy(B))();
      },
    ],
  ])('says what is wrong, with the way: %s', (_, line, run) => {
    const error = caught(() => run(createContainer()));
    expect(told(error.issues)).toEqual([line]);
    expect(error.code).toBe(error.issues[0]?.code);
    expect(error.message).toContain(error.issues[0]?.path);
  });

  it('works for what the faults do not touch, as often as it is asked', () => {
    const container = createContainer();
    bind(container, A, [B]);
    bind(container, C, [lazy(B)]);
    for (const _ of [1, 2]) {
      expect(codeOf(() => container.resolve(A))).toBe('MORTAR_BINDING_MISSING');
      expect(codeOf(() => container.openScope().resolve(A))).toBe('MORTAR_BINDING_MISSING');
      expect(container.resolve(C)).toEqual({});
    }
  });

  it('tells the way to what is scoped also when it was resolved in a scope before', () => {
    const container = createContainer();
    bind(container, A, [B], 'transient');
    bind(container, B, [], 'scoped');
    container.openScope().resolve(A);
    expect(told(caught(() => container.resolve(A)).issues)).toEqual(['SCOPE_MISSING A → B']);
  });

  it('tells of several faults all, and has the code of the first', () => {
    const container = createContainer();
    bind(container, A, [B, C]);
    const error = caught(() => container.resolve(A));
    expect(told(error.issues)).toEqual(['MISSING A → B', 'MISSING A → C']);
    expect(error).toBeInstanceOf(MortarError);
  });
});
