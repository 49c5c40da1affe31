import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import {
  all,
  type Container,
  createContainer,
  lazy,
  optional,
  type Scope,
  type ScopeLeak,
  token,
} from '../../src/container/index.js';
import { heapBytes } from '../support/heap.js';

class Service {}

class Holder {
  readonly later: () => Service;

  constructor(later: () => Service) {
    this.later = later;
  }
}

/** Opens scopes that nothing refers to when it returns. */
function forgetScopes(container: Container, count: number): void {
  for (let index = 0; index < count; index += 1) container.openScope({ index }).resolve(Holder);
}

async function collectUntil(isDone: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200 && !isDone(); turn += 1) {
    heapBytes();
    await setImmediate();
  }
}

function bound(options: Parameters<typeof createContainer>[0]): Container {
  const container = createContainer(options);
  container.scoped(Service);
  container.scoped(Holder, [lazy(Service)]);
  return container;
}

describe('a scope that is never closed', () => {
  it('is reported with where it was opened, and leaves no memory', async () => {
    const leaks: ScopeLeak[] = [];
    const container = bound({ name: 'shop', isDevelopment: true, onLeak: (leak) => leaks.push(leak) });
    forgetScopes(container, 100);
    expect(container.stats().openScopes).toBe(100);
    await collectUntil(() => leaks.length === 100);
    expect(leaks).toHaveLength(100);
    expect(leaks[0]?.container).toBe('shop');
    expect(leaks[0]?.openedAt).toContain('forgetScopes');
    expect(container.stats()).toMatchObject({ openScopes: 0, leakedScopes: 100 });
  });

  it('is not reported when it is closed, nor in production; and a report that throws ends nothing', async () => {
    const leaks: ScopeLeak[] = [];
    const onLeak = (leak: ScopeLeak): void => {
      leaks.push(leak);
      throw new Error('the observer is broken');
    };
    const closing = bound({ name: 'closing', isDevelopment: true, onLeak });
    for (let index = 0; index < 50; index += 1) closing.openScope().close();
    forgetScopes(bound({ name: 'production', isDevelopment: false, onLeak }), 50);
    const watched = bound({ name: 'watched', isDevelopment: true, onLeak });
    forgetScopes(watched, 10);
    await collectUntil(() => leaks.length >= 10);
    let turns = 0;
    await collectUntil(() => ++turns > 10);
    expect(leaks.map(({ container }) => container)).toEqual(Array.from({ length: 10 }, () => 'watched'));
    expect(watched.stats().leakedScopes).toBe(10);
    expect(closing.stats()).toMatchObject({ openScopes: 0, leakedScopes: 0 });
  });

  it('is reported also where what opened it refers to it', async () => {
    class Session {
      scope: Scope | undefined;

      open(container: Container): void {
        this.scope = container.openScope();
      }
    }
    const leaks: ScopeLeak[] = [];
    const container = bound({ isDevelopment: true, onLeak: (leak) => leaks.push(leak) });
    const forget = (): void => {
      for (let index = 0; index < 10; index += 1) new Session().open(container);
    };
    forget();
    await collectUntil(() => leaks.length === 10);
    expect(leaks).toHaveLength(10);
    expect(leaks[0]?.openedAt).toContain('Session.open');
  });

  it('and was open for several turns is not reported when it is closed then', async () => {
    const leaks: ScopeLeak[] = [];
    const container = bound({ isDevelopment: true, onLeak: (leak) => leaks.push(leak) });
    const openAndClose = async (): Promise<void> => {
      const scopes = Array.from({ length: 20 }, () => container.openScope());
      await setImmediate();
      await setImmediate();
      for (const scope of scopes) scope.close();
    };
    await openAndClose();
    forgetScopes(container, 1);
    await collectUntil(() => leaks.length > 0);
    let turns = 0;
    await collectUntil(() => ++turns > 10);
    expect(leaks).toHaveLength(1);
    expect(container.stats()).toMatchObject({ openScopes: 0, leakedScopes: 1 });
  });

  it('is a warning of the process, once of each place, where no one else is told; none in production', async () => {
    const warnings: Error[] = [];
    const keep = (warning: Error): void => void warnings.push(warning);
    process.on('warning', keep);
    try {
      forgetScopes(bound({ isDevelopment: false }), 10);
      const container = bound({ name: 'shop', isDevelopment: true });
      forgetScopes(container, 10);
      await collectUntil(() => container.stats().leakedScopes === 10);
      await setImmediate();
    } finally {
      process.off('warning', keep);
    }
    const told = warnings.filter(({ name }) => name === 'MortarWarning');
    expect(told).toHaveLength(1);
    expect(told[0]?.message).toContain('container shop was never closed');
    expect(told[0]?.message).toContain('forgetScopes');
  });

  it('is a warning of no more than 20 places', async () => {
    const open = (container: Container, depth: number): void => {
      if (depth > 0) open(container, depth - 1);
      else container.openScope();
    };
    // Twenty warnings with long stacks are kept off the terminal.
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    const { stackTraceLimit } = Error;
    try {
      Error.stackTraceLimit = 100;
      const container = bound({ isDevelopment: true });
      // Each depth is a stack of its own.
      for (let depth = 0; depth < 30; depth += 1) open(container, depth);
      await collectUntil(() => container.stats().leakedScopes === 30);
      expect(container.stats().leakedScopes).toBe(30);
      const texts = warned.mock.calls.map(([text]) => text);
      expect(texts).toHaveLength(20);
      expect(new Set(texts).size).toBe(20);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
      warned.mockRestore();
    }
  });

  it('is told to an observer that rejects, which ends nothing', async () => {
    const rejections: unknown[] = [];
    const keep = (reason: unknown): void => void rejections.push(reason);
    process.on('unhandledRejection', keep);
    try {
      const onLeak = async (): Promise<void> => {
        throw new Error('the observer is broken');
      };
      const container = bound({ isDevelopment: true, onLeak });
      forgetScopes(container, 10);
      await collectUntil(() => container.stats().leakedScopes === 10);
      expect(container.stats().leakedScopes).toBe(10);
      await setImmediate();
    } finally {
      process.off('unhandledRejection', keep);
    }
    expect(rejections).toEqual([]);
  });

  it('holds nothing, watched or not', () => {
    const container = bound({ isDevelopment: false });
    forgetScopes(container, 1_000);
    const before = heapBytes();
    forgetScopes(container, 20_000);
    expect(heapBytes() - before).toBeLessThan(1_000_000);
  });
});

describe('a container that lives long', () => {
  it('keeps nothing of marks that are made for one call', () => {
    const container = bound({ isDevelopment: false });
    const ask = (count: number): void => {
      for (let index = 0; index < count; index += 1) {
        const scope = container.openScope();
        scope.resolveAll([optional(Service), all(Holder), lazy(Service)]);
        container.resolve(optional(token(`absent ${index}`)));
        scope.close();
      }
    };
    ask(1_000);
    const before = heapBytes();
    ask(20_000);
    expect(heapBytes() - before).toBeLessThan(1_000_000);
  });
});

describe('stats', () => {
  const of = (container: Container, name: string): object | undefined =>
    container.stats().services.find((service) => service.name === name);

  it('count resolutions and creations by lifetime, and open scopes', () => {
    const [Single, Scoped, Anew, Context] = ['Single', 'Scoped', 'Anew', 'Context'].map((name) =>
      token<object>(name),
    );
    if (Single === undefined || Scoped === undefined || Anew === undefined || Context === undefined) return;
    const container = createContainer({ name: 'shop' });
    container.factory(Single, [], () => ({}));
    container.factory(Scoped, [Single], () => ({}), { lifetime: 'scoped' });
    container.factory(Anew, [Scoped, Single], () => ({}), { lifetime: 'transient' });
    container.contextual(Context, () => ({}));
    expect(container.stats().openScopes).toBe(0);
    const [one, other] = [container.openScope(), container.openScope()];
    one.resolveAll([Anew, Anew, Context]);
    other.resolveAll([Scoped]);
    expect(container.stats()).toMatchObject({ name: 'shop', openScopes: 2, leakedScopes: 0 });
    expect(of(container, 'Single')).toMatchObject({
      lifetime: 'singleton',
      resolutions: 4,
      created: 1,
      timed: 1,
    });
    expect(of(container, 'Scoped')).toMatchObject({
      lifetime: 'scoped',
      resolutions: 3,
      created: 2,
      timed: 1,
    });
    expect(of(container, 'Anew')).toMatchObject({ resolutions: 2, created: 2, owner: 'container shop' });
    expect(of(container, 'Context')).toMatchObject({ resolutions: 1, created: 1 });
    one.close();
    one.close();
    expect(container.stats().openScopes).toBe(1);
  });

  it('time one creation of a transient service in 1,024, without what it needs', () => {
    const [Slow, Quick] = [token<object>('Slow'), token<object>('Quick')];
    const container = createContainer();
    // Longer than a machine that is busy with other tests keeps this one waiting.
    const slowMs = 200;
    container.factory(Slow, [], () => {
      const end = performance.now() + slowMs;
      while (performance.now() < end) heapBytes.toString();
      return {};
    });
    container.factory(Quick, [Slow], () => ({}), { lifetime: 'transient' });
    for (let count = 0; count < 3_000; count += 1) container.resolve(Quick);
    const [slow, quick] = container.stats().services;
    expect(slow).toMatchObject({ created: 1, timed: 1 });
    expect(slow?.longestMs).toBeGreaterThanOrEqual(slowMs);
    expect(slow?.totalMs).toBe(slow?.longestMs);
    expect(quick).toMatchObject({ created: 3_000, resolutions: 3_000, timed: 3 });
    expect(quick?.longestMs).toBeLessThan(slowMs);
    expect(quick?.totalMs).toBeGreaterThanOrEqual(quick?.longestMs ?? Number.NaN);
  });

  it('do not count what failed as created, and time what is asynchronous', async () => {
    const [Failing, Later] = [token<object>('Failing'), token<object>('Later')];
    const container = createContainer();
    container.factory(Failing, [], () => {
      throw new Error('no');
    });
    container.asyncFactory(Later, [], async () => {
      await setImmediate();
      return {};
    });
    expect(() => container.resolve(Failing)).toThrow();
    await container.resolveAsync(Later);
    expect(of(container, 'Failing')).toMatchObject({ resolutions: 1, created: 0 });
    expect(of(container, 'Later')).toMatchObject({ resolutions: 1, created: 1, timed: 1 });
  });

  it('of a child are those of what it makes itself', () => {
    const Shared = token<object>('Shared');
    const container = createContainer();
    container.factory(Shared, [], () => ({}));
    const child = container.child();
    child.value(token<number>('own'), 1);
    child.resolve(Shared);
    expect(child.stats().services.map(({ name }) => name)).toEqual(['own']);
    expect(of(container, 'Shared')).toMatchObject({ created: 1 });
  });
});
