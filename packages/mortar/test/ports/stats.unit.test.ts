import { describe, expect, it, vi } from 'vitest';
import type { Logger } from '../../src/logging/index.js';
import { silentLogger } from '../../src/logging/index.js';
import type { CallObserver, CallReport } from '../../src/ports/index.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { gate, mortarError, portsOf, rejection, Stock } from './stock.js';

const article = { article: 'a' };
const shop = { module: 'shop' };

describe('stats', () => {
  it('are empty before the first call', () => {
    const ports = portsOf({});
    ports.client(Stock);
    expect(ports.stats()).toEqual([]);
  });

  it('count by method and module, with durations by the clock', async () => {
    const clock = new VirtualClock();
    const takes = [gate<number>(), gate<number>()];
    let next = 0;
    const take = (): unknown => takes[next++]?.promise;
    const ports = portsOf({ take, look: () => ({ count: 1 }) }, { clock });
    const first = ports.client(Stock, shop).take(article);
    await clock.advance(30);
    const second = rejection(ports.client(Stock, shop).take(article));
    expect(ports.stats()).toMatchObject([{ calls: 2, inFlight: 2, succeeded: 0 }]);
    await clock.advance(10);
    takes[0]?.open(1);
    await first;
    takes[1]?.fail(mortarError('MORTAR_VERSION_CONFLICT'));
    await second;
    await ports.client(Stock).look(article);
    expect(ports.stats()).toEqual([
      {
        port: 'warehouse.stock',
        method: 'take',
        consumer: 'shop',
        calls: 2,
        inFlight: 0,
        succeeded: 1,
        aborted: 0,
        failures: { ...none, conflict: 1 },
        retries: 0,
        refused: { circuitBreaker: 0, bulkhead: 0 },
        timeouts: 0,
        durationMs: { total: 50, longest: 40 },
        circuit: 'closed',
      },
      expect.objectContaining({ method: 'look', consumer: undefined, calls: 1, succeeded: 1 }),
    ]);
  });

  it('are a copy, and leave a circuit out that the policy has not', async () => {
    const policies = [{ module: 'shop', port: Stock.name, policy: { circuitBreaker: false } }] as const;
    const ports = portsOf({ take: () => 1 }, { policies });
    await ports.client(Stock, shop).take(article);
    const before = ports.stats();
    await rejection(Reflect.apply(ports.client(Stock, shop).take, undefined, [{}]));
    expect(before[0]).toMatchObject({ calls: 1, failures: none, circuit: undefined });
    expect(ports.stats()[0]).toMatchObject({ calls: 2, failures: { validation: 1 } });
  });
});

const none = {
  conflict: 0,
  corrupt: 0,
  internal: 0,
  'not-found': 0,
  permission: 0,
  throttled: 0,
  timeout: 0,
  unavailable: 0,
  validation: 0,
};

describe('a call whose implementation throws what can not be asked what it is', () => {
  it.each<[string, () => object]>([
    ['a revoked proxy', revokedProxy],
    ['an error of ours without a code that can be read', unreadable],
  ])('fails with that, and is counted and told of: %s', async (_, make) => {
    const made = make();
    const reports: CallReport[] = [];
    const take = (): never => {
      throw made;
    };
    const ports = portsOf({ take }, { onCall: (report) => reports.push(report) });
    // In a list, since a promise that resolves with it would ask it for `then`.
    const thrown = await ports
      .client(Stock, shop)
      .take(article)
      .then(
        () => [],
        (error: unknown) => [error],
      );
    expect(thrown.length === 1 && thrown[0] === made).toBe(true);
    expect(ports.stats()).toMatchObject([{ succeeded: 0, inFlight: 0 }]);
    expect(reports).toMatchObject([{ outcome: 'failed', code: undefined }]);
  });
});

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function unreadable(): object {
  return Object.defineProperty(mortarError('MORTAR_TIMEOUT'), 'code', {
    get: () => {
      throw new Error('do not touch');
    },
  });
}

describe('a call that is refused and given up in the same moment', () => {
  it('counts once, as given up', async () => {
    const policies = [{ module: 'shop', port: Stock.name, policy: { bulkhead: { limit: 1 } } }];
    const first = gate<number>();
    const ports = portsOf({ take: () => first.promise }, { policies });
    const stock = ports.client(Stock, shop);
    const one = stock.take(article);
    const controller = new AbortController();
    const two = rejection(stock.take(article, { signal: controller.signal }));
    controller.abort('enough');
    expect(await two).toBe('enough');
    first.open(1);
    await one;
    expect(ports.stats()).toMatchObject([{ calls: 2, succeeded: 1, aborted: 1, refused: { bulkhead: 0 } }]);
  });
});

describe('onCall', () => {
  it('is told of every call that has ended', async () => {
    const reports: CallReport[] = [];
    const take = vi.fn<() => unknown>(() => 1);
    const ports = portsOf({ take }, { onCall: (report) => reports.push(report) });
    const stock = ports.client(Stock, shop);
    await stock.take(article);
    take.mockReturnValueOnce(Promise.reject(new Error('x')));
    await rejection(stock.take(article));
    await rejection(stock.take(article, { signal: AbortSignal.abort() }));
    await rejection(stock.look(article));
    await rejection(stock.empty('a'));
    const common = { port: 'warehouse.stock', consumer: 'shop', durationMs: expect.any(Number) };
    expect(reports).toMatchObject([
      { ...common, method: 'take', outcome: 'succeeded', attempts: 1, served: 'here', category: undefined },
      { method: 'take', outcome: 'failed', attempts: 1, category: 'internal', code: undefined },
      { method: 'take', outcome: 'aborted', attempts: 0, served: undefined, category: undefined },
      { method: 'look', outcome: 'failed', attempts: 0, category: 'not-found', code: 'MORTAR_PORT_MISSING' },
      { method: 'empty', outcome: 'failed', attempts: 0, code: 'MORTAR_PERMISSION_DENIED' },
    ]);
    expect(new Set(reports.map(({ correlationId }) => correlationId)).size).toBe(5);
  });

  it.each<[string, CallObserver]>([
    [
      'throws',
      () => {
        throw new Error('observer');
      },
    ],
    ['rejects', () => Promise.reject(new Error('observer'))],
    [
      'gives a thenable that rejects',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: a thenable that is no promise
        then: (_: unknown, reject: (error: unknown) => void) => reject(new Error('observer')),
      }),
    ],
  ])('can not fail a call, and is complained of, where it %s', async (_, onCall) => {
    const warned = vi.fn();
    const logger: Logger = { ...silentLogger, warn: warned };
    const stock = portsOf({ take: () => 1 }, { onCall, logger }).client(Stock);
    expect(await stock.take(article)).toBe(1);
    await vi.waitFor(() => expect(warned).toHaveBeenCalledTimes(1));
    expect(warned.mock.calls[0]?.[0]).toMatchObject({ error: new Error('observer'), method: 'take' });
  });

  it('can not fail a call by way of a logger that throws either', async () => {
    const fail = (): never => {
      throw new Error('no');
    };
    const logger: Logger = { ...silentLogger, warn: fail };
    const stock = portsOf({ take: () => 1 }, { onCall: fail, logger }).client(Stock);
    expect(await stock.take(article)).toBe(1);
  });
});
