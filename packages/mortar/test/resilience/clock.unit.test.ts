import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CircuitState,
  circuitBreaker,
  type Guard,
  retry,
  timeout,
  wrap,
} from '../../src/resilience/index.js';
import { VirtualClock } from '../support/virtual-clock.js';

const backoff = { kind: 'exponential', delayMs: 60_000, maxDelayMs: 600_000, jitter: false } as const;

function failing(times: number): { readonly work: () => string; readonly runs: () => number } {
  let runs = 0;
  return {
    work: () => {
      runs += 1;
      if (runs <= times) throw new Error(`run ${runs}`);
      return 'done';
    },
    runs: () => runs,
  };
}

async function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  return work.catch((error: { readonly code?: string }) => error.code ?? error);
}

describe('retry by a clock', () => {
  it('waits in its time alone', async () => {
    const clock = new VirtualClock();
    const begun = clock.now();
    const { work, runs } = failing(3);
    const done = retry({ attempts: 4, backoff, clock }).execute(work);
    await clock.advance(59_999);
    expect(runs()).toBe(1);
    await clock.advance(1);
    expect(runs()).toBe(2);
    await clock.runOut();
    expect(await done).toBe('done');
    expect(clock.now() - begun).toBe(60_000 + 120_000 + 240_000);
  });

  it('calls its timer off when the caller gives up', async () => {
    const clock = new VirtualClock();
    const caller = new AbortController();
    const done = outcomeOf(retry({ attempts: 4, backoff, clock }).execute(failing(3).work, caller.signal));
    await clock.advance(1);
    expect(clock.pending).toBe(1);
    caller.abort('enough');
    await clock.advance(0);
    expect(clock.pending).toBe(0);
    expect(await done).toBe('enough');
  });
});

describe('timeout by a clock', () => {
  it('gives up in its time alone, and leaves no timer behind', async () => {
    const clock = new VirtualClock();
    const guard = timeout({ timeoutMs: 3_600_000, clock });
    const hung = outcomeOf(guard.execute(() => new Promise(() => {})));
    await clock.advance(3_599_999);
    expect(await Promise.race([hung, 'not yet'])).toBe('not yet');
    await clock.advance(1);
    expect(await hung).toBe('MORTAR_TIMEOUT');
    expect(await guard.execute(() => 'in time')).toBe('in time');
    expect(clock.pending).toBe(0);
  });
});

describe('circuitBreaker by a clock', () => {
  it('cools down in its time alone', async () => {
    const clock = new VirtualClock();
    const breaker = circuitBreaker({ failures: 1, cooldownMs: 3_600_000, clock });
    const seen: CircuitState[] = [];
    breaker.onChange((state) => seen.push(state));
    await outcomeOf(breaker.execute(failing(1).work));
    expect(breaker.nextTryAt).toBe(clock.now() + 3_600_000);
    await clock.advance(3_599_999);
    expect(await outcomeOf(breaker.execute(() => 'fine'))).toBe('MORTAR_CIRCUIT_OPEN');
    await clock.advance(1);
    expect(await breaker.execute(() => 'fine')).toBe('fine');
    expect(seen).toEqual(['open', 'half-open', 'closed']);
  });

  it('stays open for a whole cooldown after each trial that fails', async () => {
    const clock = new VirtualClock();
    const breaker = circuitBreaker({ failures: 1, cooldownMs: 1_000, clock });
    const { work, runs } = failing(3);
    await outcomeOf(breaker.execute(work));
    for (const expected of [2, 3, 4]) {
      await clock.advance(999);
      expect(await outcomeOf(breaker.execute(work))).toBe('MORTAR_CIRCUIT_OPEN');
      await clock.advance(1);
      await outcomeOf(breaker.execute(work));
      expect(runs()).toBe(expected);
    }
    expect(breaker.state).toBe('closed');
  });

  it('is not put off by a clock of the machine that is set back', async () => {
    const clock = new VirtualClock();
    const breaker = circuitBreaker({ failures: 1, cooldownMs: 1_000, clock });
    const { now } = Date;
    await outcomeOf(breaker.execute(failing(1).work));
    Date.now = () => now() - 86_400_000;
    try {
      await clock.advance(1_000);
      expect(await breaker.execute(() => 'fine')).toBe('fine');
    } finally {
      Date.now = now;
    }
  });

  it('lets one trial through, however many come when the cooldown is over', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 20 }), fc.boolean(), async (callers, isWell) => {
        const clock = new VirtualClock();
        const breaker = circuitBreaker({ failures: 1, cooldownMs: 10, clock });
        await outcomeOf(breaker.execute(failing(1).work));
        await clock.advance(10);
        let runs = 0;
        const trial = async (): Promise<string> => {
          runs += 1;
          await new Promise((resolve) => setImmediate(resolve));
          if (isWell) return 'well';
          throw new Error('unwell');
        };
        const outcomes = await Promise.all(
          Array.from({ length: callers }, () => outcomeOf(breaker.execute(trial))),
        );
        expect(runs).toBe(1);
        expect(outcomes.filter((one) => one === 'MORTAR_CIRCUIT_OPEN')).toHaveLength(callers - 1);
        expect(breaker.state).toBe(isWell ? 'closed' : 'open');
      }),
      { numRuns: 200 },
    );
  });
});

describe('guards around each other, by one clock', () => {
  it('run an hour of outage in no time', async () => {
    const clock = new VirtualClock();
    const begun = clock.now();
    const guard = wrap(
      retry({ attempts: 100, backoff, clock, handles: () => true }),
      circuitBreaker({ failures: 3, cooldownMs: 1_000_000, clock }),
      timeout({ timeoutMs: 30_000, clock }),
    );
    let calls = 0;
    const outage = (): Promise<string> | string => {
      calls += 1;
      if (clock.now() - begun >= 3_600_000) return 'well again';
      return new Promise(() => {});
    };
    const beganAt = performance.now();
    const done = guard.execute(outage);
    await clock.runOut();
    expect(await done).toBe('well again');
    // Refused while the circuit was open: far fewer calls than attempts.
    expect(calls).toBeLessThan(8);
    expect(performance.now() - beganAt).toBeLessThan(30_000);
  });
});

describe('a clock', () => {
  const guards: readonly (readonly [string, (clock: never) => Guard])[] = [
    ['timeout', (clock) => timeout({ timeoutMs: 5, clock })],
    ['retry', (clock) => retry({ attempts: 2, clock })],
    ['circuitBreaker', (clock) => circuitBreaker({ failures: 1, cooldownMs: 5, clock })],
  ];

  it.each(guards)('does not show in the description of %s', (_, make) => {
    expect(JSON.stringify(make(new VirtualClock() as never).describe())).not.toContain('clock');
  });

  it.each(
    guards.flatMap(([name, make]) =>
      [null, 'now', {}, { now: () => 0 }, { now: 0, after: () => () => undefined }].map(
        (clock) => [name, clock, make] as const,
      ),
    ),
  )('of %s is not %o', (_, clock, make) => {
    expect(() => make(clock as never)).toThrow(
      expect.objectContaining({ code: 'MORTAR_OPTIONS_INVALID', rule: expect.stringContaining('clock') }),
    );
  });
});
