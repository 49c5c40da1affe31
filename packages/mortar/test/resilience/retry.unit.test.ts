import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ErrorCode, MortarError } from '../../src/errors/index.js';
import { type Backoff, fallback, isCalleeFailure, retry, timeout } from '../../src/resilience/index.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const backoff: Backoff = { kind: 'exponential', delayMs: 100, jitter: false };

function mortarError(code: ErrorCode): MortarError {
  return new MortarError(code, { rule: '', expected: '', got: '' });
}

describe('retry', () => {
  it('runs again after the delays of its backoff, and answers with the first success', async () => {
    const runs: number[] = [];
    const start = Date.now();
    const outcome = retry({ attempts: 4, backoff }).execute(() => {
      runs.push(Date.now() - start);
      if (runs.length < 4) throw new Error(`run ${runs.length}`);
      return 'done';
    });
    await vi.advanceTimersByTimeAsync(700);
    expect(await outcome).toBe('done');
    expect(runs).toEqual([0, 100, 300, 700]);
  });

  it('throws the last error when the attempts are over', async () => {
    let run = 0;
    const outcome = retry({ attempts: 3, backoff }).execute(() => Promise.reject(new Error(`run ${++run}`)));
    const rejected = expect(outcome).rejects.toThrow('run 3');
    await vi.advanceTimersByTimeAsync(300);
    await rejected;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not repeat a wrong call', async () => {
    const work = vi.fn(() => Promise.reject(mortarError('MORTAR_DATA_INVALID')));
    await expect(retry({ attempts: 5 }).execute(work)).rejects.toMatchObject({ code: 'MORTAR_DATA_INVALID' });
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('repeats what `handles` says', async () => {
    const work = vi.fn(() => Promise.reject(mortarError('MORTAR_APP_STATE')));
    const handles = (error: unknown): boolean =>
      error instanceof MortarError && error.category === 'conflict';
    const outcome = retry({ attempts: 2, backoff, handles }).execute(work);
    const rejected = expect(outcome).rejects.toMatchObject({ code: 'MORTAR_APP_STATE' });
    await vi.advanceTimersByTimeAsync(100);
    await rejected;
    expect(work).toHaveBeenCalledTimes(2);
  });

  it('answers an aborted caller at once, also during a delay, and runs no more', async () => {
    const caller = new AbortController();
    const work = vi.fn(() => Promise.reject(new Error('down')));
    const outcome = retry({
      attempts: 5,
      backoff: { kind: 'fixed', delayMs: 60_000, jitter: false },
    }).execute(work, caller.signal);
    const rejected = expect(outcome).rejects.toThrow('gone');
    await vi.advanceTimersByTimeAsync(10);
    caller.abort(new Error('gone'));
    await rejected;
    expect(vi.getTimerCount()).toBe(0);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('describes its schedule', () => {
    expect(retry({ attempts: 2, backoff }).describe()).toEqual({
      kind: 'retry',
      settings: { attempts: 2, backoff },
    });
  });
});

describe('timeout', () => {
  it('gives work up in time, whether or not it heeds the signal', async () => {
    let seen: AbortSignal | undefined;
    const outcome = timeout({ timeoutMs: 50 }).execute((signal) => {
      seen = signal;
      return new Promise(() => {});
    });
    const rejected = expect(outcome).rejects.toMatchObject({ code: 'MORTAR_TIMEOUT', category: 'timeout' });
    await vi.advanceTimersByTimeAsync(49);
    expect(seen?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await rejected;
    expect(seen?.reason).toMatchObject({ code: 'MORTAR_TIMEOUT' });
  });

  it('answers an aborted caller with the reason and not with a timeout, and clears its timer', async () => {
    const caller = new AbortController();
    const outcome = timeout({ timeoutMs: 50 }).execute(() => new Promise(() => {}), caller.signal);
    const rejected = expect(outcome).rejects.toThrow('gone');
    caller.abort(new Error('gone'));
    await rejected;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('drops what late work throws, without an unhandled rejection', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    let reject: (error: Error) => void = () => {};
    const promise = new Promise<never>((_, rejectIt) => {
      reject = rejectIt;
    });
    const rejected = expect(timeout({ timeoutMs: 50 }).execute(() => promise)).rejects.toMatchObject({
      code: 'MORTAR_TIMEOUT',
    });
    await vi.advanceTimersByTimeAsync(50);
    await rejected;
    reject(new Error('late'));
    vi.useRealTimers();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('fallback', () => {
  it('answers with a substitute, which sees the error', async () => {
    const error = new Error('down');
    const substitute = vi.fn(async () => 'cached');
    expect(await fallback(substitute).execute<string>(() => Promise.reject(error))).toBe('cached');
    expect(substitute).toHaveBeenCalledWith(error);
  });

  it('is not asked after a success, for a wrong call, or for an aborted caller', async () => {
    const substitute = vi.fn();
    const guard = fallback(substitute);
    const caller = new AbortController();
    expect(await guard.execute(() => 1)).toBe(1);
    await expect(guard.execute(() => Promise.reject(mortarError('MORTAR_NOT_OWNER')))).rejects.toThrow(
      'MORTAR_NOT_OWNER',
    );
    const aborted = guard.execute(async () => {
      caller.abort(new Error('gone'));
      throw caller.signal.reason;
    }, caller.signal);
    await expect(aborted).rejects.toThrow('gone');
    expect(substitute).not.toHaveBeenCalled();
  });

  it('throws what the substitute throws', async () => {
    const guard = fallback((error) => {
      throw new Error('no substitute', { cause: error });
    });
    await expect(guard.execute(() => Promise.reject(new Error('down')))).rejects.toThrow('no substitute');
  });
});

describe('isCalleeFailure', () => {
  it.each([
    [new Error('any'), true],
    ['text', true],
    [undefined, true],
    [new DOMException('', 'TimeoutError'), true],
    [mortarError('MORTAR_CIRCUIT_OPEN'), true],
    [mortarError('MORTAR_UPCAST_FAILED'), true],
    [mortarError('MORTAR_DATA_INVALID'), false],
    [mortarError('MORTAR_HANDLER_MISSING'), false],
    [mortarError('MORTAR_NOT_OWNER'), false],
    [mortarError('MORTAR_APP_STATE'), false],
  ])('of %s is %s', (error, expected) => {
    expect(isCalleeFailure(error)).toBe(expected);
  });
});
