import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ErrorCode, MortarError } from '../../src/errors/index.js';
import { type CircuitBreaker, type CircuitState, circuitBreaker } from '../../src/resilience/index.js';

const START = Date.UTC(2026, 0, 1);

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});

afterEach(() => {
  vi.useRealTimers();
});

const OPEN = expect.objectContaining({ code: 'MORTAR_CIRCUIT_OPEN', category: 'unavailable' });

async function fail(breaker: CircuitBreaker, times = 1): Promise<void> {
  for (let call = 0; call < times; call += 1) {
    await expect(breaker.execute(() => Promise.reject(new Error('down')))).rejects.toThrow('down');
  }
}

function mortarError(code: ErrorCode): MortarError {
  return new MortarError(code, { rule: '', expected: '', got: '' });
}

describe('circuitBreaker', () => {
  it('opens after failures in a row, and then refuses without calling', async () => {
    const breaker = circuitBreaker({ failures: 3, cooldownMs: 1_000 });
    await fail(breaker, 2);
    expect(breaker.state).toBe('closed');
    await breaker.execute(() => 'fine');
    await fail(breaker, 3);
    expect(breaker.state).toBe('open');
    const work = vi.fn();
    await expect(breaker.execute(work)).rejects.toEqual(OPEN);
    expect(work).not.toHaveBeenCalled();
  });

  it('says when it tries again', async () => {
    const breaker = circuitBreaker({ failures: 1, cooldownMs: 5_000 });
    expect(breaker.nextTryAt).toBeUndefined();
    await fail(breaker);
    vi.advanceTimersByTime(1_000);
    expect(breaker.nextTryAt).toBe(START + 5_000);
    await expect(breaker.execute(() => 1)).rejects.toThrow(
      'tries again in 4000 ms, at 2026-01-01T00:00:05.000Z',
    );
    expect(breaker.describe()).toEqual({
      kind: 'circuit-breaker',
      settings: { failures: 1, cooldownMs: 5_000 },
      state: { state: 'open', nextTryAt: START + 5_000 },
    });
  });

  it('closes after a trial that succeeds', async () => {
    const breaker = circuitBreaker({ failures: 2, cooldownMs: 1_000 });
    await fail(breaker, 2);
    vi.advanceTimersByTime(999);
    await expect(breaker.execute(() => 1)).rejects.toEqual(OPEN);
    vi.advanceTimersByTime(1);
    expect(await breaker.execute(() => 1)).toBe(1);
    expect(breaker.state).toBe('closed');
    await fail(breaker);
    expect(breaker.state).toBe('closed');
  });

  it('opens again after a trial that fails, for a whole cooldown', async () => {
    const breaker = circuitBreaker({ failures: 1, cooldownMs: 1_000 });
    await fail(breaker);
    vi.advanceTimersByTime(1_500);
    await fail(breaker);
    expect(breaker.nextTryAt).toBe(START + 2_500);
    vi.advanceTimersByTime(999);
    await expect(breaker.execute(() => 1)).rejects.toEqual(OPEN);
    vi.advanceTimersByTime(1);
    expect(await breaker.execute(() => 1)).toBe(1);
  });

  it('lets one trial through at a time, and refuses the others at once', async () => {
    const breaker = circuitBreaker({ failures: 1, cooldownMs: 1_000 });
    await fail(breaker);
    vi.advanceTimersByTime(1_000);
    let finish: (value: string) => void = () => {};
    const trial = breaker.execute(() => new Promise<string>((resolve) => (finish = resolve)));
    expect(breaker.state).toBe('half-open');
    const work = vi.fn();
    await expect(breaker.execute(work)).rejects.toThrow('trial call is still under way');
    expect(work).not.toHaveBeenCalled();
    finish('well again');
    expect(await trial).toBe('well again');
    expect(breaker.state).toBe('closed');
  });

  it('reports each change of its state, and survives a listener that throws', async () => {
    const breaker = circuitBreaker({ failures: 1, cooldownMs: 1_000 });
    const seen: CircuitState[] = [];
    breaker.onChange(() => {
      throw new Error('listener');
    });
    const stop = breaker.onChange((state) => seen.push(state));
    await fail(breaker);
    vi.advanceTimersByTime(1_000);
    await breaker.execute(() => 1);
    expect(seen).toEqual(['open', 'half-open', 'closed']);
    stop();
    await fail(breaker);
    expect(seen).toHaveLength(3);
  });

  it.each(['MORTAR_DATA_INVALID', 'MORTAR_HANDLER_MISSING', 'MORTAR_NOT_OWNER', 'MORTAR_APP_STATE'] as const)(
    'does not count %s, which is a fault of the call',
    async (code) => {
      const breaker = circuitBreaker({ failures: 1, cooldownMs: 1_000 });
      const error = mortarError(code);
      await expect(breaker.execute(() => Promise.reject(error))).rejects.toBe(error);
      expect(breaker.state).toBe('closed');
      await fail(breaker);
      expect(breaker.state).toBe('open');
      vi.advanceTimersByTime(1_000);
      // The callee answered: the trial has succeeded, and the count starts anew.
      await expect(breaker.execute(() => Promise.reject(error))).rejects.toBe(error);
      expect(breaker.state).toBe('closed');
    },
  );

  it('counts from the start again after a trial that a fault of the call ended', async () => {
    const breaker = circuitBreaker({ failures: 2, cooldownMs: 1_000 });
    await fail(breaker, 2);
    vi.advanceTimersByTime(1_000);
    await expect(breaker.execute(() => Promise.reject(mortarError('MORTAR_DATA_INVALID')))).rejects.toThrow();
    await fail(breaker);
    expect(breaker.state).toBe('closed');
    await fail(breaker);
    expect(breaker.state).toBe('open');
  });

  it.each(['MORTAR_TIMEOUT', 'MORTAR_QUEUE_FULL', 'MORTAR_THREAD_FAILED'] as const)(
    'counts %s',
    async (code) => {
      const breaker = circuitBreaker({ failures: 1, cooldownMs: 1_000 });
      await expect(breaker.execute(() => Promise.reject(mortarError(code)))).rejects.toMatchObject({ code });
      expect(breaker.state).toBe('open');
    },
  );

  it('counts what `handles` says', async () => {
    const breaker = circuitBreaker({
      failures: 1,
      cooldownMs: 1_000,
      handles: (error) => error === 'counted',
    });
    await fail(breaker, 3);
    expect(breaker.state).toBe('closed');
    await expect(breaker.execute(() => Promise.reject('counted'))).rejects.toBe('counted');
    expect(breaker.state).toBe('open');
  });

  it('does not count a call that its caller aborted, but an aborted trial proves nothing', async () => {
    const breaker = circuitBreaker({ failures: 1, cooldownMs: 1_000 });
    const abortedCall = async (): Promise<void> => {
      const caller = new AbortController();
      const outcome = breaker.execute(async (signal) => {
        caller.abort(new Error('gone'));
        signal.throwIfAborted();
      }, caller.signal);
      await expect(outcome).rejects.toThrow('gone');
    };
    await abortedCall();
    expect(breaker.state).toBe('closed');
    await fail(breaker);
    vi.advanceTimersByTime(1_000);
    await abortedCall();
    expect(breaker.state).toBe('open');
  });

  it('opens by ratio once the window is full', async () => {
    const breaker = circuitBreaker({ ratio: 0.5, window: 4, cooldownMs: 1_000 });
    await fail(breaker, 3);
    expect(breaker.state).toBe('closed');
    await fail(breaker);
    expect(breaker.state).toBe('open');
  });

  it('forgets what is older than the window', async () => {
    const breaker = circuitBreaker({ ratio: 0.5, window: 4, cooldownMs: 1_000 });
    await fail(breaker, 2);
    for (let call = 0; call < 4; call += 1) await breaker.execute(() => 1);
    await fail(breaker, 2);
    expect(breaker.state).toBe('closed');
    await fail(breaker);
    expect(breaker.state).toBe('open');
  });

  it('follows a model over any run of calls and pauses', async () => {
    const step = fc.constantFrom('succeed', 'fail', 'invalid', 'pause');
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { maxLength: 40 }),
        async (failures, steps) => {
          const breaker = circuitBreaker({ failures, cooldownMs: 100 });
          let inARow = 0;
          let opensAt: number | undefined;
          for (const name of steps) {
            if (name === 'pause') {
              vi.advanceTimersByTime(60);
              continue;
            }
            const refused = opensAt !== undefined && Date.now() < opensAt;
            const isTrial = opensAt !== undefined && !refused;
            const outcome = await breaker
              .execute(() => run(name))
              .catch((error: MortarError) => error.code ?? 'failed');
            if (refused) {
              expect(outcome).toBe('MORTAR_CIRCUIT_OPEN');
              continue;
            }
            if (name === 'fail') {
              inARow += 1;
              opensAt = isTrial || inARow >= failures ? Date.now() + 100 : undefined;
            } else if (name === 'succeed' || isTrial) {
              inARow = 0;
              opensAt = undefined;
            }
            expect(breaker.state).toBe(opensAt === undefined ? 'closed' : 'open');
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

function run(name: string): string {
  if (name === 'fail') throw new Error('down');
  if (name === 'invalid') throw mortarError('MORTAR_DATA_INVALID');
  return 'fine';
}
