import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LocalCall, PortPolicy, Ports } from '../../src/ports/index.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { mortarError, portsOf, rejection, Stock } from './stock.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const article = { article: 'a' };
const never = (): Promise<never> => new Promise(() => undefined);
const down = (): Promise<never> => Promise.reject(mortarError('MORTAR_OUTSIDE_FAILED'));
const backoff = { kind: 'fixed', delayMs: 100, jitter: false } as const;

/** Ports that module `shop` calls by this policy. */
function portsBy(
  policy: PortPolicy,
  implementations: Parameters<typeof portsOf>[0],
  options: Parameters<typeof portsOf>[1] = {},
): Ports {
  return portsOf(implementations, {
    policies: [{ module: 'shop', port: Stock.name, policy }],
    ...options,
  });
}

const bare: PortPolicy = { retry: false, circuitBreaker: false, bulkhead: false };
const shop = { module: 'shop' };

describe('the time limit', () => {
  it.each([
    ['the contract has the smaller one', 5_000, 1_000],
    ['the call has the smaller one', 300, 300],
  ])('%s', async (_, timeoutMs, endsAfterMs) => {
    const seen: LocalCall[] = [];
    const take = (_data: unknown, call: LocalCall): Promise<never> => {
      seen.push(call);
      return never();
    };
    const start = Date.now();
    const ended = rejection(portsBy(bare, { take }).client(Stock, shop).take(article, { timeoutMs })).then(
      (error) => ({ error, afterMs: Date.now() - start }),
    );
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await ended).toMatchObject({
      afterMs: endsAfterMs,
      error: {
        code: 'MORTAR_TIMEOUT',
        rule: 'A call of warehouse.stock.take ends in time, with all its attempts.',
        expected: `an outcome within ${endsAfterMs} ms`,
        got: 'none yet, in 1 attempt',
      },
    });
    expect(seen[0]?.signal.aborted).toBe(true);
  });

  it('is over all attempts and the delays between them, and keeps what failed', async () => {
    const look = vi.fn(down);
    const policy: PortPolicy = { ...bare, retry: { attempts: 100, backoff } };
    const ended = rejection(portsBy(policy, { look }).client(Stock, shop).look(article, { timeoutMs: 250 }));
    await vi.advanceTimersByTimeAsync(250);
    expect(await ended).toMatchObject({
      code: 'MORTAR_TIMEOUT',
      got: 'none yet, in 3 attempts',
      cause: { code: 'MORTAR_OUTSIDE_FAILED' },
    });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(look).toHaveBeenCalledTimes(3);
  });

  it('is over the wait for an authorizer and for a place, too', async () => {
    const slow = portsBy(bare, { empty: () => undefined }, { authorize: never });
    const refused = rejection(slow.client(Stock, shop).empty('a'));
    const take = vi.fn(never);
    const full = portsBy({ ...bare, bulkhead: { limit: 1, queue: 1 } }, { take }).client(Stock, shop);
    const ended = [rejection(full.take(article)), rejection(full.take(article, { timeoutMs: 500 }))];
    await vi.advanceTimersByTimeAsync(500);
    expect(await ended[1]).toMatchObject({ code: 'MORTAR_TIMEOUT', got: 'none yet, in 0 attempts' });
    await vi.advanceTimersByTimeAsync(500);
    expect(await refused).toMatchObject({ code: 'MORTAR_TIMEOUT' });
    expect(await ended[0]).toMatchObject({ code: 'MORTAR_TIMEOUT' });
    expect(take).toHaveBeenCalledTimes(1);
  });

  it('calls nobody for an authorizer that says yes too late', async () => {
    const empty = vi.fn();
    const authorize = (): Promise<boolean> => new Promise((resolve) => setTimeout(resolve, 2_000, true));
    const ended = rejection(portsBy(bare, { empty }, { authorize }).client(Stock, shop).empty('a'));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await ended).toMatchObject({ code: 'MORTAR_TIMEOUT' });
    expect(empty).not.toHaveBeenCalled();
  });

  it('tells a time limit of the callee from its own', async () => {
    const inner = mortarError('MORTAR_TIMEOUT');
    const ports = portsBy(bare, { take: () => Promise.reject(inner) });
    expect(await rejection(ports.client(Stock, shop).take(article))).toBe(inner);
    expect(ports.stats()[0]).toMatchObject({ timeouts: 0, failures: { timeout: 1 } });
  });
});

describe('time', () => {
  it('is that of the given clock: limits, delays, cooldowns and durations', async () => {
    vi.useRealTimers();
    const clock = new VirtualClock();
    const policy: PortPolicy = {
      ...bare,
      retry: { attempts: 2, backoff: { ...backoff, delayMs: 400 } },
      circuitBreaker: { failures: 2, cooldownMs: 500 },
    };
    const ports = portsBy(policy, { look: down, take: never }, { clock });
    const stock = ports.client(Stock, shop);
    const failed = rejection(stock.look(article));
    await clock.advance(400);
    expect(await failed).toMatchObject({ code: 'MORTAR_OUTSIDE_FAILED' });
    expect(await rejection(stock.take(article))).toMatchObject({ code: 'MORTAR_CIRCUIT_OPEN' });
    await clock.advance(500);
    const late = rejection(stock.take(article));
    await clock.advance(1_000);
    expect(await late).toMatchObject({ code: 'MORTAR_TIMEOUT' });
    expect(ports.stats().map(({ durationMs }) => durationMs)).toEqual([
      { total: 400, longest: 400 },
      { total: 1_000, longest: 1_000 },
    ]);
    vi.useFakeTimers();
  });
});

describe('retry', () => {
  const policy: PortPolicy = { ...bare, retry: { attempts: 3, backoff } };

  it('attempts an idempotent method again, under one idempotency key and correlation', async () => {
    const calls: LocalCall[] = [];
    const look = (_: unknown, call: LocalCall): unknown => {
      calls.push(call);
      return calls.length < 3 ? down() : { count: 1 };
    };
    const outcome = portsBy(policy, { look }).client(Stock, shop).look(article);
    await vi.advanceTimersByTimeAsync(200);
    expect(await outcome).toEqual({ count: 1 });
    expect(calls).toHaveLength(3);
    expect(new Set(calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(calls[0]?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(calls.map(({ correlationId }) => correlationId)).size).toBe(1);
  });

  it('gives each call a key of its own', async () => {
    const keys = new Set<unknown>();
    const look = (_: unknown, { idempotencyKey }: LocalCall): unknown => {
      keys.add(idempotencyKey);
      return { count: 1 };
    };
    const stock = portsBy(policy, { look }).client(Stock, shop);
    await Promise.all([stock.look(article), stock.look(article)]);
    expect(keys.size).toBe(2);
  });

  it.each<[string, PortPolicy, number]>([
    ['not a method that is not idempotent', policy, 1],
    [
      'unless the policy says every method',
      { ...bare, retry: { attempts: 3, backoff, everyMethod: true } },
      3,
    ],
    ['nor by a policy without retry', bare, 1],
  ])('%s', async (_, by, attempts) => {
    const take = vi.fn((_data: unknown, _call: LocalCall) => down());
    const ended = rejection(portsBy(by, { take }).client(Stock, shop).take(article));
    await vi.advanceTimersByTimeAsync(500);
    expect(await ended).toMatchObject({ code: 'MORTAR_OUTSIDE_FAILED' });
    expect(take).toHaveBeenCalledTimes(attempts);
  });

  it('not for a refusal', async () => {
    const look = vi.fn(() => Promise.reject(mortarError('MORTAR_ENTITY_MISSING')));
    await rejection(portsBy(policy, { look }).client(Stock, shop).look(article));
    expect(look).toHaveBeenCalledTimes(1);
  });

  it('three times unless said, and for no longer than the time limit', async () => {
    const look = vi.fn(down);
    const ended = rejection(portsOf({ look }).client(Stock).look(article, { timeoutMs: 900 }));
    await vi.advanceTimersByTimeAsync(900);
    expect(await ended).toMatchObject({ code: 'MORTAR_OUTSIDE_FAILED' });
    expect(look).toHaveBeenCalledTimes(3);
  });
});

describe('the circuit breaker', () => {
  const policy: PortPolicy = { ...bare, circuitBreaker: { failures: 2, cooldownMs: 1_000 } };

  it('opens after failures, for the module and the port, and closes after a success', async () => {
    let isDown = true;
    const take = vi.fn(() => (isDown ? down() : 1));
    const ports = portsBy(policy, { take, look: () => ({ count: 1 }) });
    const stock = ports.client(Stock, shop);
    for (const _ of [1, 2]) await rejection(stock.take(article));
    expect(await rejection(stock.take(article))).toMatchObject({ code: 'MORTAR_CIRCUIT_OPEN' });
    expect(await rejection(ports.client(Stock, shop).look(article))).toMatchObject({
      code: 'MORTAR_CIRCUIT_OPEN',
    });
    expect(take).toHaveBeenCalledTimes(2);
    expect(ports.stats().map(({ circuit }) => circuit)).toEqual(['open', 'open']);
    isDown = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await stock.take(article)).toBe(1);
    expect(ports.stats()[0]).toMatchObject({ circuit: 'closed', refused: { circuitBreaker: 1 } });
  });

  it('of one module is not that of another', async () => {
    const ports = portsBy(policy, { take: down, look: () => ({ count: 1 }) });
    const stock = ports.client(Stock, shop);
    for (const _ of [1, 2]) await rejection(stock.take(article));
    expect(await rejection(stock.look(article))).toMatchObject({ code: 'MORTAR_CIRCUIT_OPEN' });
    expect(await ports.client(Stock, { module: 'billing' }).look(article)).toEqual({ count: 1 });
    expect(await ports.client(Stock).look(article)).toEqual({ count: 1 });
  });

  it.each([
    'MORTAR_DATA_INVALID',
    'MORTAR_ENTITY_MISSING',
    'MORTAR_VERSION_CONFLICT',
    'MORTAR_NOT_OWNER',
  ] as const)('does not count %s', async (code) => {
    const stock = portsBy(policy, { take: () => Promise.reject(mortarError(code)) }).client(Stock, shop);
    for (const _ of [1, 2, 3, 4]) expect(await rejection(stock.take(article))).toMatchObject({ code });
  });

  it('counts what the time limit ended, and not what the caller gave up', async () => {
    const stock = portsBy(policy, { take: never, look: () => ({ count: 1 }) }).client(Stock, shop);
    const controller = new AbortController();
    const given = [1, 2, 3].map(() => rejection(stock.take(article, { signal: controller.signal })));
    await vi.advanceTimersByTimeAsync(1);
    controller.abort();
    await Promise.all(given);
    expect(await stock.look(article)).toEqual({ count: 1 });
    const late = [1, 2].map(() => rejection(stock.take(article, { timeoutMs: 50 })));
    await vi.advanceTimersByTimeAsync(50);
    await Promise.all(late);
    expect(await rejection(stock.look(article))).toMatchObject({ code: 'MORTAR_CIRCUIT_OPEN' });
  });

  it('counts each attempt, ends the retries, and lets the failure be told that it opened for', async () => {
    const look = vi.fn(down);
    const retrying: PortPolicy = { ...policy, retry: { attempts: 50, backoff } };
    const ports = portsBy(retrying, { look });
    const ended = rejection(ports.client(Stock, shop).look(article));
    await vi.advanceTimersByTimeAsync(500);
    expect(await ended).toMatchObject({ code: 'MORTAR_OUTSIDE_FAILED' });
    expect(look).toHaveBeenCalledTimes(2);
    expect(ports.stats()[0]).toMatchObject({ retries: 1, refused: { circuitBreaker: 0 } });
  });

  it('does not count an open circuit further on twice, nor retry it', async () => {
    const look = vi.fn(() => Promise.reject(mortarError('MORTAR_CIRCUIT_OPEN')));
    const ports = portsBy({ ...bare, retry: { attempts: 3, backoff } }, { look });
    await rejection(ports.client(Stock, shop).look(article));
    expect(look).toHaveBeenCalledTimes(1);
    expect(ports.stats()[0]).toMatchObject({ refused: { circuitBreaker: 0 }, failures: { unavailable: 1 } });
  });

  it('opens after ten failures in a row unless said', async () => {
    const take = vi.fn(down);
    const stock = portsOf({ take }).client(Stock);
    for (let call = 0; call < 15; call += 1) await rejection(stock.take(article));
    expect(take).toHaveBeenCalledTimes(10);
  });
});

describe('the bulkhead', () => {
  const policy: PortPolicy = { ...bare, bulkhead: { limit: 2, queue: 1 } };

  it('limits the calls of one module, so that a slow consumer does not starve others', async () => {
    const take = vi.fn(never);
    const ports = portsBy(policy, { take, look: () => ({ count: 1 }) });
    const stock = ports.client(Stock, shop);
    const slow = [1, 2, 3].map(() => rejection(stock.take(article)));
    await vi.advanceTimersByTimeAsync(1);
    expect(await rejection(ports.client(Stock, shop).look(article))).toMatchObject({
      code: 'MORTAR_BULKHEAD_FULL',
    });
    expect(take).toHaveBeenCalledTimes(2);
    expect(await ports.client(Stock, { module: 'billing' }).look(article)).toEqual({ count: 1 });
    expect(ports.stats().map(({ refused }) => refused.bulkhead)).toEqual([0, 1, 0]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await Promise.all(slow)).toMatchObject(Array(3).fill({ code: 'MORTAR_TIMEOUT' }));
    expect(await stock.look(article)).toEqual({ count: 1 });
  });

  it('gives a call one place for all its attempts', async () => {
    const order: string[] = [];
    const look = (data: unknown): unknown => {
      order.push((data as { article: string }).article);
      return order.length < 3 ? down() : { count: 1 };
    };
    const one: PortPolicy = {
      bulkhead: { limit: 1, queue: 5 },
      retry: { attempts: 3, backoff },
      circuitBreaker: false,
    };
    const stock = portsBy(one, { look }).client(Stock, shop);
    const outcomes = [stock.look({ article: 'first' }), stock.look({ article: 'second' })];
    await vi.advanceTimersByTimeAsync(200);
    await Promise.all(outcomes);
    expect(order).toEqual(['first', 'first', 'first', 'second']);
  });

  it('is not taken for full when the callee has no place further on', async () => {
    const take = (): Promise<never> => Promise.reject(mortarError('MORTAR_BULKHEAD_FULL'));
    const ports = portsBy(policy, { take });
    await rejection(ports.client(Stock, shop).take(article));
    expect(ports.stats()[0]).toMatchObject({ refused: { bulkhead: 0 }, failures: { throttled: 1 } });
  });

  it('takes no place for wrong data nor for who may not call', async () => {
    const ports = portsBy({ ...bare, bulkhead: { limit: 1 } }, { take: never, empty: () => undefined });
    const stock = ports.client(Stock, shop);
    const slow = rejection(stock.take(article));
    expect(await rejection(stock.empty('a'))).toMatchObject({ code: 'MORTAR_PERMISSION_DENIED' });
    expect(await rejection(Reflect.apply(stock.take, undefined, [1]))).toMatchObject({
      code: 'MORTAR_DATA_INVALID',
    });
    await vi.advanceTimersByTimeAsync(1_000);
    await slow;
  });
});
