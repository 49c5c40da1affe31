import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { command, defineModule, event, type Module } from '../../src/index.js';
import { type IdleOptions, stub, type TestApp, testApp, VirtualClock } from '../../src/testing/index.js';
import { mortarErrorOf } from './fixtures/rejection.js';
import { ChargeCard, listener, OrderShipped, PlaceOrder, payments, Scorer, shop } from './fixtures/shop.js';

afterEach(() => {
  vi.useRealTimers();
});

/** A handler that waits for something outside, which the test lets come. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

async function shipped(modules: readonly Module[], clock = new VirtualClock()): Promise<TestApp> {
  const app = await testApp(modules, { clock });
  await app.publish(OrderShipped, { orderId: 'o-1' });
  return app;
}

describe('idle', () => {
  it('lets three attempts, ten seconds apart, end at once', async () => {
    const attempts: number[] = [];
    const clock = new VirtualClock();
    const hear = (_: string, attempt: number): Promise<never> => {
      attempts.push(clock.now());
      return Promise.reject(new Error(`attempt ${attempt}`));
    };
    await using app = await shipped([listener(hear, { attempts: 3, delayMs: 10_000 })], clock);
    const [begun, beganAt] = [clock.now(), performance.now()];
    await app.idle();
    expect(attempts.map((at) => at - begun)).toEqual([0, 10_000, 20_000]);
    expect(app.recorded.deaths()).toHaveLength(1);
    expect(performance.now() - beganAt).toBeLessThan(20_000);
  });

  it('with advance: false, lets time stand still; the rest is left waiting', async () => {
    let attempts = 0;
    await using app = await shipped([
      listener(
        () => {
          attempts += 1;
          throw new Error('no');
        },
        { attempts: 3 },
      ),
    ]);
    await app.idle({ advance: false });
    expect(attempts).toBe(1);
    await app.advance(9_999);
    expect(attempts).toBe(1);
    await app.advance(1);
    expect(attempts).toBe(2);
    await app.idle();
    expect(attempts).toBe(3);
  });

  it('with advance: false, leaves what waits behind a retry of the same key', async () => {
    const Ticked = event('clockwork.ticked', { data: z.object({ n: z.number() }), key: () => 'one key' });
    const heard: number[] = [];
    const clockwork = defineModule('clockwork', (module) => {
      module.on(Ticked, ({ data, attempt }) => {
        if (data.n === 1 && attempt === 1) throw new Error('stuck');
        heard.push(data.n);
      });
    });
    await using app = await testApp([clockwork]);
    for (const n of [1, 2]) await app.publish(Ticked, { n });
    await app.idle({ advance: false });
    expect(heard).toEqual([]);
    await app.idle();
    expect(heard).toEqual([1, 2]);
  });

  it('ends a handler that hangs by its own time limit', async () => {
    const clock = new VirtualClock();
    await using app = await shipped([listener(() => new Promise(() => {}), { timeoutMs: 60_000 })], clock);
    const begun = clock.now();
    await app.idle({ graceMs: 0 });
    expect(clock.now() - begun).toBe(60_000);
    expect(app.recorded.deaths()).toMatchObject([{ error: { code: 'MORTAR_HANDLER_TIMEOUT' } }]);
  });

  it('does not let what a timed-out handler does later count', async () => {
    const late = gate();
    await using app = await shipped([
      listener((_, attempt) => (attempt === 1 ? late.passed : undefined), { attempts: 2, timeoutMs: 1_000 }),
    ]);
    await app.idle({ graceMs: 0 });
    expect(app.recorded.events()[0]?.handlings).toMatchObject([{ status: 'handled', attempts: 2 }]);
    late.open();
    await app.idle();
    expect(app.recorded.events()[0]?.handlings).toMatchObject([{ status: 'handled', attempts: 2 }]);
  });

  it('gives a handler that waits for the outside its time, before that of the clock passes', async () => {
    const outside = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));
    const clock = new VirtualClock();
    await using app = await shipped([listener(outside, { timeoutMs: 1_000 })], clock);
    const begun = clock.now();
    await app.idle({ graceMs: 5_000 });
    expect(app.recorded.events()[0]?.handlings).toMatchObject([{ status: 'handled' }]);
    expect(clock.now()).toBe(begun);
  });

  it('waits for a handler that waits for the outside', async () => {
    const outside = gate();
    await using app = await shipped([listener(() => outside.passed)]);
    let isIdle = false;
    const idle = app.idle().then(() => {
      isIdle = true;
    });
    await app.idle({ advance: false, limitMs: 1 }).catch(() => undefined);
    expect(isIdle).toBe(false);
    outside.open();
    await idle;
    expect(app.recorded.events()[0]?.handlings).toMatchObject([{ status: 'handled' }]);
  });

  it('says which handlers are still at work when the real time is up', async () => {
    const outside = gate();
    const app = await shipped([shop, listener(() => outside.passed)]);
    void app.publish(OrderShipped, { orderId: 'o-2' }, { wait: 'handled' });
    const error = await mortarErrorOf(app.idle({ limitMs: 20 }));
    expect(error.code).toBe('MORTAR_WAIT_TIMEOUT');
    expect(error.message).toBe(
      'MORTAR_WAIT_TIMEOUT: An app becomes idle when all that it has under way has ended. Expected an end, or anything ' +
        'to happen, within 20 ms of real time; got still at work: mail/shop.order-shipped at shop.order-shipped; ' +
        'mail/shop.order-shipped at shop.order-shipped; publish of shop.order-shipped; timers on the clock: 0.',
    );
    outside.open();
    await app.stop();
  });

  it('lets a call that waits for the clock end', async () => {
    const Slow = command('lab.slow', { data: z.object({}) });
    const clock = new VirtualClock();
    const lab = defineModule('lab', (module) => {
      module.handle(Slow, () => new Promise<void>((resolve) => void clock.after(3_600_000, resolve)));
    });
    await using app = await testApp([lab], { clock });
    const begun = clock.now();
    const done = app.dispatch(Slow, {});
    await app.idle({ graceMs: 0 });
    await done;
    expect(clock.now() - begun).toBe(3_600_000);
  });

  it('lets a call fail meanwhile that is awaited afterwards', async () => {
    const unhandled: unknown[] = [];
    const listen = (error: unknown): void => void unhandled.push(error);
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', listen);
    try {
      await using app = await testApp([shop]);
      const failing = app.dispatch(PlaceOrder, { orderId: 'o-1', amount: 5 });
      await app.idle();
      expect((await mortarErrorOf(failing)).code).toBe('MORTAR_HANDLER_MISSING');
      const later = app.as({ actor: 'user:ada' }).dispatch(PlaceOrder, { orderId: 'o-1', amount: 5 });
      await app.advance(1);
      expect((await mortarErrorOf(later)).code).toBe('MORTAR_HANDLER_MISSING');
    } finally {
      process.off('unhandledRejection', listen);
      for (const other of others) process.on('unhandledRejection', other);
    }
    expect(unhandled).toEqual([]);
  });

  it('leaves timers that a test or a module set for later', async () => {
    const fired: number[] = [];
    const clock = new VirtualClock();
    const begun = clock.now();
    for (const afterMs of [5_000, 15_000, 60_000])
      clock.after(afterMs, () => fired.push(clock.now() - begun));
    const refuse = (): Promise<never> => Promise.reject(new Error('no'));
    await using app = await shipped([listener(refuse, { attempts: 2, delayMs: 10_000 })], clock);
    await app.idle();
    expect(fired).toEqual([5_000]);
    await app.advance(50_000);
    expect(fired).toEqual([5_000, 15_000, 60_000]);
  });

  it('waits for many events, also those that nobody hears, and for chains of them', async () => {
    const Counted = event('counter.counted', { data: z.object({ n: z.number() }) });
    const Ignored = event('counter.ignored', { data: z.object({}) });
    let heard = 0;
    const counter = defineModule('counter', (module) => {
      module.on(Counted, async ({ data, publish }) => {
        heard += 1;
        if (data.n > 0) await publish(Counted, { n: data.n - 1 });
      });
    });
    await using app = await testApp([counter]);
    const calls = Array.from({ length: 3_000 }, () => app.publish(Ignored, {}));
    calls.push(app.publish(Counted, { n: 50 }));
    await app.idle();
    expect(heard).toBe(51);
    await Promise.all(calls);
  });

  it('lets no time pass while anything goes on without it', async () => {
    const Counted = event('counter.counted', { data: z.object({ n: z.number() }) });
    const clock = new VirtualClock();
    const begun = clock.now();
    const times = new Set<number>();
    const counter = defineModule('counter', (module) => {
      module.on(Counted, { concurrency: 2 }, async () => {
        times.add(clock.now() - begun);
        for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        times.add(clock.now() - begun);
      });
    });
    await using app = await shipped(
      [counter, listener(() => Promise.reject(new Error('no')), { attempts: 2 })],
      clock,
    );
    for (let n = 0; n < 1_000; n += 1) await app.publish(Counted, { n });
    // A busy machine may leave the process alone for longer than a timer of no length.
    await app.idle({ graceMs: 1_000 });
    expect(app.recorded.events(Counted)).toHaveLength(1_000);
    expect([...times]).toEqual([0]);
    expect(clock.now() - begun).toBe(10_000);
  });

  it('is not kept waiting by a subscription that its policy has stopped', async () => {
    const Ticked = event('clockwork.ticked', { data: z.object({}), key: () => 'one key' });
    const clockwork = defineModule('clockwork', (module) => {
      module.on(Ticked, { retry: { attempts: 1, on: { internal: 'stop' } } }, () => {
        throw new Error('enough');
      });
    });
    await using app = await testApp([clockwork]);
    await Promise.all([app.publish(Ticked, {}), app.publish(Ticked, {}), app.publish(Ticked, {})]);
    await app.idle({ limitMs: 500 });
    expect(app.recorded.deaths().length).toBeGreaterThanOrEqual(1);
  });

  it('is not kept waiting by an event that the policy skips', async () => {
    const clock = new VirtualClock();
    let isLate = false;
    clock.after(1_000, () => {
      isLate = true;
    });
    const skipping = defineModule('skipping', (module) => {
      module.on(OrderShipped, { retry: { attempts: 1, on: { internal: 'skip' } } }, () => {
        throw new Error('never mind');
      });
    });
    await using app = await shipped([skipping], clock);
    await app.idle();
    expect(app.recorded.events()[0]?.handlings).toMatchObject([{ status: 'failed' }]);
    expect(isLate).toBe(false);
  });

  it('ends with an error where the app waits for timers without end', async () => {
    const clock = new VirtualClock();
    let isAwake = true;
    const sleepless = (): Promise<void> =>
      new Promise((resolve) => {
        const again = (): void => void (isAwake ? clock.after(1_000, again) : resolve());
        again();
      });
    await using app = await shipped([listener(sleepless)], clock);
    const error = await mortarErrorOf(app.idle({ graceMs: 0, maxTimers: 50 }));
    expect(error.code).toBe('MORTAR_TIMERS_ENDLESS');
    expect(error.message).toContain('mail/shop.order-shipped at shop.order-shipped');
    isAwake = false;
    await app.idle({ graceMs: 0 });
  });

  it('works under timers that a test runner has replaced', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'Date'] });
    await using app = await shipped([shop, listener(() => Promise.reject(new Error('no')), { attempts: 3 })]);
    await app.idle();
    expect(app.recorded.deaths()).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    { delayMs: 500, ends: { ok: true, value: { orderId: 'o-1' } }, calls: 3, tookMs: 1_000 },
    // The contract gives a call 2,000 ms in all.
    { delayMs: 60_000, ends: { code: 'MORTAR_TIMEOUT' }, calls: 1, tookMs: 2_000 },
  ])(
    'lets calls of ports end whose attempts are $delayMs ms apart',
    async ({ delayMs, ends, calls, tookMs }) => {
      const score = (): number => {
        if (app.recorded.calls(Scorer, 'score').length < 3) throw new Error('the line is dead');
        return 0;
      };
      const cautious = defineModule('payments', (module) => {
        const backoff = { kind: 'fixed', delayMs, jitter: false } as const;
        module.uses(Scorer, { retry: { attempts: 3, everyMethod: true, backoff } });
        module.handle(ChargeCard, [Scorer], async ({ data }, scorer) => {
          return { paymentId: String(await scorer.score({ amount: data.amount })) };
        });
      });
      await using app = await testApp([shop, cautious], { stubs: [stub(Scorer, { score })] });
      const begun = app.clock.now();
      const done = app.tryDispatch(PlaceOrder, { orderId: 'o-1', amount: 1 }).catch((error: Error) => error);
      await app.idle({ graceMs: 20 });
      expect(await done).toMatchObject(ends);
      expect(app.recorded.calls()).toHaveLength(calls);
      expect(app.clock.now() - begun).toBe(tookMs);
    },
  );

  it.each<[IdleOptions, string]>([
    [{ advance: 'yes' as never }, 'advance'],
    [{ graceMs: -1 }, 'graceMs'],
    [{ limitMs: 0 }, 'limitMs'],
    [{ maxTimers: 1.5 }, 'maxTimers'],
    [{ advanced: true } as never, '"advanced"'],
  ])('refuses %o', async (options, told) => {
    await using app = await testApp([payments], { stubs: [stub(Scorer, {})] });
    const error = await mortarErrorOf(app.idle(options));
    expect(error.code).toBe('MORTAR_OPTIONS_INVALID');
    expect(error.message).toContain(told);
  });
});
