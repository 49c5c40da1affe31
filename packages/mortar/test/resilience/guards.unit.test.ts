import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MortarError } from '../../src/errors/index.js';
import {
  bulkhead,
  circuitBreaker,
  fallback,
  type Guard,
  retry,
  timeout,
  wrap,
} from '../../src/resilience/index.js';

// What holds for every guard. What only one of them does stands in its own file.

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const guards: readonly [string, () => Guard][] = [
  ['timeout', () => timeout({ timeoutMs: 1_000 })],
  ['retry', () => retry({ attempts: 1 })],
  ['circuitBreaker', () => circuitBreaker({ failures: 10, cooldownMs: 1_000 })],
  ['bulkhead', () => bulkhead({ limit: 2 })],
  ['fallback', () => fallback(() => 'substitute', { handles: () => false })],
  ['wrap of none', () => wrap()],
  ['wrap of two', () => wrap(retry({ attempts: 1 }), timeout({ timeoutMs: 1_000 }))],
];

describe.each(guards)('%s', (_, create) => {
  it('answers with the result of the work, asynchronous or not', async () => {
    const guard = create();
    expect(await guard.execute(async () => 1)).toBe(1);
    expect(await guard.execute(() => 2)).toBe(2);
    expect(await guard.execute(() => undefined)).toBeUndefined();
  });

  it('lets the error of the work pass untouched', async () => {
    const guard = create();
    const error = Object.freeze(new TypeError('mine'));
    await expect(guard.execute(() => Promise.reject(error))).rejects.toBe(error);
    await expect(
      guard.execute(() => {
        throw error;
      }),
    ).rejects.toBe(error);
    await expect(guard.execute(() => Promise.reject('text'))).rejects.toBe('text');
    await expect(guard.execute(() => Promise.reject(undefined))).rejects.toBeUndefined();
  });

  it('answers once where the work ends its caller and then throws at once', async () => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown): void => void unheard.push(reason);
    process.on('unhandledRejection', hear);
    const caller = new AbortController();
    const outcome = create().execute(() => {
      caller.abort('gone');
      throw new TypeError('mine');
    }, caller.signal);
    expect(['gone', new TypeError('mine')]).toContainEqual(await outcome.catch((error: unknown) => error));
    vi.useRealTimers();
    await new Promise(setImmediate);
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
  });

  it('gives the work a signal that follows the caller', async () => {
    const caller = new AbortController();
    const reason = new Error('gone');
    let seen: AbortSignal | undefined;
    const outcome = create().execute(
      (signal) =>
        new Promise((_, reject) => {
          seen = signal;
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
      caller.signal,
    );
    const rejected = expect(outcome).rejects.toBe(reason);
    await vi.advanceTimersByTimeAsync(0);
    expect(seen?.aborted).toBe(false);
    caller.abort(reason);
    await rejected;
    expect(seen?.reason).toBe(reason);
  });

  it('gives the work a signal also without a caller', async () => {
    expect(await create().execute((signal) => signal instanceof AbortSignal && !signal.aborted)).toBe(true);
  });

  it('does not start the work of a caller that is aborted already', async () => {
    const reason = new Error('gone');
    const work = vi.fn();
    await expect(create().execute(work, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(work).not.toHaveBeenCalled();
  });

  it('leaves no timer and no listener behind', async () => {
    const caller = new AbortController();
    const add = vi.spyOn(caller.signal, 'addEventListener');
    const remove = vi.spyOn(caller.signal, 'removeEventListener');
    const guard = create();
    await guard.execute(() => 1, caller.signal);
    await guard
      .execute(() => Promise.reject(new MortarError('MORTAR_NAME_INVALID', BLANK)), caller.signal)
      .catch(() => 0);
    expect(vi.getTimerCount()).toBe(0);
    expect(remove.mock.calls.length).toBe(add.mock.calls.length);
  });

  it('describes itself as plain data', () => {
    const description = create().describe();
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
  });
});

const BLANK = { rule: '', expected: '', got: '' };

const invalid: readonly [string, () => unknown][] = [
  ...[
    undefined,
    null,
    5,
    {},
    { timeoutMs: 0 },
    { timeoutMs: -1 },
    { timeoutMs: Number.NaN },
    { timeoutMs: 1e12 },
    { timeoutMs: 2 ** 31 },
    { timeoutMs: '5' },
    { timeoutMs: 1, x: 1 },
  ].map((options): [string, () => unknown] => [`timeout(${show(options)})`, () => timeout(options as never)]),
  ...[
    undefined,
    {},
    { attempts: 0 },
    { attempts: 1.5 },
    { attempts: 10_001 },
    { attempts: Infinity },
    { attempts: 2, backoff: {} },
    { attempts: 2, backoff: { kind: 'fixed', delayMs: 1e12 } },
    { attempts: 2, handles: true },
    { attemps: 2 },
  ].map((options): [string, () => unknown] => [`retry(${show(options)})`, () => retry(options as never)]),
  ...[
    undefined,
    {},
    { failures: 5 },
    { failures: 0, cooldownMs: 1 },
    { failures: Number.NaN, cooldownMs: 1 },
    { failures: 5, cooldownMs: 0 },
    { failures: 5, cooldownMs: 1e12 },
    { failures: 5, ratio: 0.5, cooldownMs: 1 },
    { ratio: 0, window: 5, cooldownMs: 1 },
    { ratio: 1, window: 5, cooldownMs: 1 },
    { ratio: Number.NaN, window: 5, cooldownMs: 1 },
    { ratio: 0.5, window: 0, cooldownMs: 1 },
    { ratio: 0.5, cooldownMs: 1 },
    { failures: 5, cooldownMs: 1, handles: 'all' },
  ].map((options): [string, () => unknown] => [
    `circuitBreaker(${show(options)})`,
    () => circuitBreaker(options as never),
  ]),
  ...[
    undefined,
    {},
    { limit: 0 },
    { limit: -1 },
    { limit: 1.5 },
    { limit: Infinity },
    { limit: 1, queue: -1 },
    { limit: 1, queue: Number.NaN },
    { limit: 1, que: 1 },
  ].map((options): [string, () => unknown] => [
    `bulkhead(${show(options)})`,
    () => bulkhead(options as never),
  ]),
  ['fallback(5)', () => fallback(5 as never)],
  ['fallback(undefined)', () => fallback(undefined as never)],
  ['fallback with bad handles', () => fallback(() => 1, { handles: 1 as never })],
  ['fallback with an unknown option', () => fallback(() => 1, { handels: () => true } as never)],
  ['wrap(5)', () => wrap(5 as never)],
  ['wrap(null)', () => wrap(null as never)],
  ['wrap of a function', () => wrap((() => 1) as never)],
  ['a listener that is none', () => circuitBreaker({ failures: 1, cooldownMs: 1 }).onChange('x' as never)],
];

function show(options: unknown): string {
  return JSON.stringify(options, (_, value) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

describe('options', () => {
  it.each(invalid)('refuses %s', (_, create) => {
    expect(create).toThrow(expect.objectContaining({ code: 'MORTAR_OPTIONS_INVALID' }));
  });
});

describe('wrap', () => {
  it('puts the first guard outermost', async () => {
    const order: string[] = [];
    const named = (name: string): Guard => ({
      execute: async (work, signal) => {
        order.push(`enter ${name}`);
        try {
          return await work(signal ?? new AbortController().signal);
        } finally {
          order.push(`leave ${name}`);
        }
      },
      describe: () => ({ kind: 'wrap', settings: {} }),
    });
    await wrap(named('a'), named('b')).execute(() => order.push('work'));
    expect(order).toEqual(['enter a', 'enter b', 'work', 'leave b', 'leave a']);
  });

  it('gives each attempt its own timeout', async () => {
    const guard = wrap(
      retry({ attempts: 3, backoff: { kind: 'fixed', delayMs: 10, jitter: false } }),
      timeout({ timeoutMs: 100 }),
    );
    const work = vi.fn((_: AbortSignal) => new Promise(() => {}));
    const rejected = expect(guard.execute(work)).rejects.toMatchObject({ code: 'MORTAR_TIMEOUT' });
    await vi.advanceTimersByTimeAsync(320);
    await rejected;
    expect(work).toHaveBeenCalledTimes(3);
    expect(work.mock.calls.every(([signal]) => signal.aborted)).toBe(true);
  });

  it('answers with a fallback when the circuit is open', async () => {
    const guard = wrap(
      fallback(() => 'cached'),
      circuitBreaker({ failures: 1, cooldownMs: 1_000 }),
    );
    const work = vi.fn(() => Promise.reject<string>(new Error('down')));
    expect(await guard.execute(work)).toBe('cached');
    expect(await guard.execute(work)).toBe('cached');
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('describes its guards in their order', () => {
    const description = wrap(timeout({ timeoutMs: 5 }), bulkhead({ limit: 1, queue: 2 })).describe();
    expect(description).toEqual({
      kind: 'wrap',
      settings: {},
      guards: [
        { kind: 'timeout', settings: { timeoutMs: 5 } },
        { kind: 'bulkhead', settings: { limit: 1, queue: 2 }, state: { running: 0, waiting: 0 } },
      ],
    });
  });
});
