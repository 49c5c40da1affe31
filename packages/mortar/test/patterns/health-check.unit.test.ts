import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HealthCheck, type HealthStatus, runHealthChecks } from '../../src/patterns/index.js';
import { settled, VirtualClock } from '../support/virtual-clock.js';

const check = (name: string, status: HealthStatus, parts: Partial<HealthCheck> = {}): HealthCheck => ({
  name,
  check: () => ({ status }),
  ...parts,
});

const failing = (error: unknown): HealthCheck => ({
  name: 'failing',
  check: () => {
    throw error;
  },
});

/** The first line of the report on one check. */
async function lineOf(one: unknown, clock: VirtualClock = new VirtualClock(0)) {
  const running: Promise<Awaited<ReturnType<typeof runHealthChecks>>> = Reflect.apply(
    runHealthChecks,
    undefined,
    [[one], { clock }],
  );
  await clock.runOut();
  const report = await running;
  return report.checks[0];
}

describe('a health report', () => {
  it('tells of each check, in order, as plain data', async () => {
    const clock = new VirtualClock(5_000);
    const running = runHealthChecks(
      [
        {
          name: 'database',
          check: async () => {
            await new Promise<void>((resolve) => void clock.after(30, resolve));
            return {
              status: 'degraded',
              detail: 'slow',
              data: { openConnections: 3, isPrimary: true, lag: null },
            };
          },
        },
        check('cache', 'healthy', { isCritical: false }),
      ],
      { clock },
    );
    await clock.advance(30);
    const report = await running;
    expect(report).toEqual({
      status: 'degraded',
      checkedAt: 5_000,
      durationMs: 30,
      checks: [
        {
          name: 'database',
          isCritical: true,
          status: 'degraded',
          detail: 'slow',
          data: { openConnections: 3, isPrimary: true, lag: null },
          durationMs: 30,
        },
        { name: 'cache', isCritical: false, status: 'healthy', durationMs: 0 },
      ],
    });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it.each<[string, readonly HealthCheck[], HealthStatus]>([
    ['nothing', [], 'healthy'],
    ['what works', [check('a', 'healthy')], 'healthy'],
    ['something degraded', [check('a', 'healthy'), check('b', 'degraded')], 'degraded'],
    ['something critical that does not work', [check('a', 'unhealthy'), check('b', 'healthy')], 'unhealthy'],
    [
      'something that is not critical and does not work',
      [check('a', 'unhealthy', { isCritical: false }), check('b', 'healthy')],
      'degraded',
    ],
    [
      'both',
      [check('a', 'unhealthy', { isCritical: false }), check('b', 'unhealthy'), check('c', 'degraded')],
      'unhealthy',
    ],
  ])('over %s', async (_, checks, status) => {
    expect((await runHealthChecks(checks)).status).toBe(status);
  });
});

describe('a check that fails', () => {
  it.each<[string, unknown, string]>([
    ['an error', new TypeError('no connection'), 'TypeError: no connection'],
    ['a text', 'gone', 'gone'],
    ['nothing', undefined, 'undefined'],
    ['an object', { password: 'hunter2' }, 'an object'],
  ])('with %s is unhealthy, and says why', async (_, error, detail) => {
    expect(await lineOf(failing(error))).toMatchObject({ status: 'unhealthy', detail });
    expect(await lineOf({ name: 'late', check: () => Promise.reject(error) })).toMatchObject({ detail });
  });

  it('tells no secrets, nor a stack', async () => {
    const error = new Error(
      'no answer from postgres://app:hunter2@db/shop?token=abc123, sent Bearer 0123456789abc',
    );
    const line = await lineOf(failing(error));
    expect(JSON.stringify(line)).not.toMatch(/hunter2|abc123|0123456789abc|health-check/);
    expect(line?.detail).toContain('postgres://[redacted]@db/shop');
    const own = await lineOf({
      name: 'postgres://app:hunter2@db',
      check: () => ({
        status: 'healthy',
        detail: 'at https://u:hunter2@x',
        data: { url: 'redis://:hunter2@x' },
      }),
    });
    expect(JSON.stringify(own)).not.toContain('hunter2');
  });

  it('is cut short where it says too much, after its secrets are taken out', async () => {
    const line = await lineOf(
      failing(new Error(`${'x'.repeat(485)} https://user:hunter2@host/ ${'y'.repeat(10_000)}`)),
    );
    expect(line?.detail?.length).toBeLessThanOrEqual(501);
    expect(line?.detail).not.toContain('hunter');
  });

  it('does no harm by an error that can not be read', async () => {
    const { proxy, revoke } = Proxy.revocable(new Error('x'), {});
    revoke();
    const trap = Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('trap');
      },
    });
    for (const error of [proxy, trap])
      expect(await lineOf(failing(error))).toMatchObject({ status: 'unhealthy' });
  });

  it('leaves the others alone', async () => {
    const report = await runHealthChecks([failing(new Error('x')), check('b', 'healthy')]);
    expect(report.checks.map(({ status }) => status)).toEqual(['unhealthy', 'healthy']);
  });
});

describe('a check that is late', () => {
  const never = new Promise<never>(() => undefined);

  it('is unhealthy when its time is over, and its signal is aborted', async () => {
    const clock = new VirtualClock();
    let signal: AbortSignal | undefined;
    const slow: HealthCheck = {
      name: 'slow',
      timeoutMs: 50,
      check: (call) => {
        signal = call.signal;
        return never;
      },
    };
    const running = runHealthChecks([slow, check('quick', 'healthy')], { clock, timeoutMs: 1_000 });
    await clock.advance(49);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(signal?.reason).toMatchObject({ code: 'MORTAR_TIMEOUT' });
    const [line] = (await running).checks;
    expect(line).toMatchObject({ status: 'unhealthy', durationMs: 50 });
    expect(line?.detail).toContain('within 50 ms');
  });

  it('has the time that all have, where it says none of its own', async () => {
    const clock = new VirtualClock();
    const given = runHealthChecks([{ name: 'a', check: () => never }], { clock, timeoutMs: 70 });
    const usual = runHealthChecks([{ name: 'a', check: () => never }], { clock });
    await clock.runOut();
    expect([(await given).durationMs, (await usual).durationMs]).toEqual([70, 5_000]);
  });

  it('may fail after its time without harm', async () => {
    const clock = new VirtualClock();
    const slow: HealthCheck = {
      name: 'slow',
      check: ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('given up')));
        }),
    };
    const running = runHealthChecks([slow], { clock });
    await clock.runOut();
    await settled();
    expect((await running).checks[0]?.detail).toContain('MORTAR_TIMEOUT');
  });

  it('leaves no timer behind when it is not', async () => {
    const clock = new VirtualClock();
    await runHealthChecks([check('a', 'healthy'), failing(new Error('x'))], { clock });
    expect(clock.pending).toBe(0);
  });
});

describe('many checks', () => {
  it('run at once, as many as they may, each once', async () => {
    const clock = new VirtualClock();
    let running = 0;
    let most = 0;
    const started: string[] = [];
    const checks = Array.from(
      { length: 10 },
      (_, index): HealthCheck => ({
        name: `c${index}`,
        check: async () => {
          running += 1;
          most = Math.max(most, running);
          started.push(`c${index}`);
          await new Promise<void>((resolve) => void clock.after(10 - index, resolve));
          running -= 1;
          return { status: 'healthy' };
        },
      }),
    );
    for (const [concurrency, expected] of [
      [3, 3],
      [1, 1],
      [100, 10],
    ] as const) {
      [most, started.length] = [0, 0];
      const reporting = runHealthChecks(checks, { clock, concurrency });
      await clock.runOut();
      const report = await reporting;
      expect(most).toBe(expected);
      expect(report.checks.map(({ name }) => name)).toEqual(checks.map(({ name }) => name));
      expect(started.toSorted()).toEqual(checks.map(({ name }) => name));
    }
  });

  it('are in one report whatever each does', async () => {
    const outcome = fc.constantFrom('healthy', 'degraded', 'unhealthy', 'throws', 'rejects', 'late', 'odd');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(outcome, fc.boolean()), { maxLength: 12 }), async (plan) => {
        const clock = new VirtualClock();
        const checks = plan.map(
          ([does, isCritical], index): HealthCheck => ({
            name: `c${index}`,
            isCritical,
            check: Object(async () => {
              if (does === 'throws' || does === 'rejects') throw new Error(does);
              if (does === 'late') await new Promise(() => undefined);
              return does === 'odd' ? { status: 'fine' } : { status: does };
            }),
          }),
        );
        const running = runHealthChecks(checks, { clock, concurrency: 4 });
        await clock.runOut();
        const report = await running;
        const isFine = (does: string): boolean => does === 'healthy' || does === 'degraded';
        const expected = plan.map(([does]) => (isFine(does) ? does : 'unhealthy'));
        expect(report.checks.map(({ status }) => status)).toEqual(expected);
        const isDown = plan.some(([does, isCritical]) => isCritical && !isFine(does));
        const isUp = plan.every(([does]) => does === 'healthy');
        expect(report.status).toBe(isDown ? 'unhealthy' : isUp ? 'healthy' : 'degraded');
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});

const UNREADABLE = new Proxy(
  {},
  {
    get: () => {
      throw new Error('trap');
    },
  },
);

describe('a malformed check', () => {
  it.each<[string, unknown]>([
    ['none', undefined],
    ['without a check', { name: 'x' }],
    ['with a check that is none', { name: 'x', check: 'ping' }],
    ['with a time that is none', { name: 'x', check: () => ({ status: 'healthy' }), timeoutMs: Number.NaN }],
    ['that answers with nothing', { name: 'x', check: () => undefined }],
    ['that answers with true', { name: 'x', check: () => true }],
    ['that answers with an unknown status', { name: 'x', check: () => ({ status: 'ok' }) }],
    ['that can not be read', UNREADABLE],
  ])('%s, is unhealthy', async (_, one) => {
    const line = await lineOf(one);
    expect(line).toMatchObject({ status: 'unhealthy', isCritical: true });
    expect(line?.name).toMatch(/^(x|check 1)$/);
  });

  it('tells data of other kinds by their kind', async () => {
    const odd = {
      name: 'x',
      check: () => ({
        status: 'healthy',
        detail: 7,
        data: { nan: Number.NaN, big: 5n, deep: { a: 1 } },
        more: 'x',
      }),
    };
    expect(await lineOf(odd)).toEqual({
      name: 'x',
      isCritical: true,
      status: 'healthy',
      detail: '7',
      data: { nan: 'NaN', big: '5n', deep: 'an object' },
      durationMs: 0,
    });
  });
});

describe('the arguments of runHealthChecks', () => {
  it.each<[string, readonly unknown[]]>([
    ['no list', [undefined]],
    ['a misspelt option', [[], { timeout: 5 }]],
    ['no time', [[], { timeoutMs: 0 }]],
    ['too much time', [[], { timeoutMs: 2 ** 31 }]],
    ['no place', [[], { concurrency: 0 }]],
  ])('%s is refused', async (_, args) => {
    const running: Promise<unknown> = Reflect.apply(runHealthChecks, undefined, args);
    await expect(running).rejects.toMatchObject({ code: 'MORTAR_OPTIONS_INVALID' });
  });
});
