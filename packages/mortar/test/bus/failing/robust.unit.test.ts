import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createEventBus, type PublishMiddleware } from '../../../src/bus/index.js';
import { event } from '../../../src/contracts/index.js';
import { type Logger, silentLogger } from '../../../src/logging/logger.js';

const Ticked = event('clock.ticked', { data: z.number() });
const Rang = event('clock.rang', { data: z.number() });

const failingLogger: Logger = {
  ...silentLogger,
  warn: () => {
    throw new Error('logger down');
  },
  error: () => {
    throw new Error('logger down');
  },
  child: () => failingLogger,
};

describe('what is given to the bus and fails', () => {
  test('a logger that throws neither ends the process nor stalls the queue', async () => {
    const bus = createEventBus({ logger: failingLogger });
    let second = 0;
    bus.subscribe(Ticked, () => {
      throw new Error('first');
    });
    bus.subscribe(Ticked, () => {
      second += 1;
    });
    for (let n = 0; n < 4; n += 1) await bus.enqueue(Ticked, n);
    await bus.idle();
    expect(second).toBe(4);
    const outcomes = await bus.deliver(Ticked, 5);
    expect(outcomes.map(({ status }) => status)).toEqual(['lost', 'handled']);
    expect(await bus.stop()).toEqual({ isDrained: true, givenUp: 0 });
  });

  test('a middleware whose withdrawn throws does not end the process', async () => {
    const told: string[] = [];
    const failing: PublishMiddleware = Object.assign(
      (envelope: Parameters<PublishMiddleware>[0], next: Parameters<PublishMiddleware>[1]) => next(envelope),
      {
        withdrawn: () => {
          throw new Error('withdrawn');
        },
      },
    );
    const listening: PublishMiddleware = Object.assign(
      (envelope: Parameters<PublishMiddleware>[0], next: Parameters<PublishMiddleware>[1]) => next(envelope),
      { withdrawn: ({ type }: { readonly type: string }) => void told.push(type) },
    );
    const bus = createEventBus({ logger: silentLogger, middleware: { publish: [failing, listening] } });
    bus.subscribe(Ticked, async ({ publish }) => {
      await publish(Rang, 1);
      throw new Error('after publishing');
    });
    const [outcome] = await bus.deliver(Ticked, 1);
    expect(outcome?.status).toBe('lost');
    expect(told).toEqual(['clock.rang']);
  });

  test('a dead-letter sink that never answers does not hold up the stop for ever', async () => {
    const timers: { readonly dueMs: number; readonly callback: () => void }[] = [];
    const clock = {
      now: () => 0,
      after: (dueMs: number, callback: () => void) => {
        timers.push({ dueMs, callback });
        return () => undefined;
      },
    };
    const bus = createEventBus({
      clock,
      logger: silentLogger,
      deadLetters: { add: () => new Promise<string>(() => undefined) },
    });
    bus.subscribe(Ticked, () => {
      throw new Error('for good');
    });
    const delivered = bus.deliver(Ticked, 1);
    const stopped = bus.stop({ timeoutMs: 100 });
    for (let round = 0; round < 20; round += 1) {
      await new Promise(setImmediate);
      for (const { callback } of timers.splice(0)) callback();
    }
    expect((await stopped).isDrained).toBe(false);
    void delivered;
  });

  test.each([
    ['a generator', function* handler() {}],
    ['an asynchronous generator', async function* handler() {}],
  ])('%s is no handler', (_, handler) => {
    const bus = createEventBus();
    expect(() => bus.subscribe(Ticked, handler as never)).toThrow(/MORTAR_HANDLER_INVALID.*generator/);
  });
});

describe('who shares the bus', () => {
  test('the event loop has its turn while handlers feed the queue under a limit', async () => {
    const bus = createEventBus({ concurrency: 1 });
    let handled = 0;
    let hasTurned = false;
    bus.subscribe(Ticked, async () => {
      handled += 1;
      if (!hasTurned && handled < 100_000) void bus.enqueue(Ticked, handled);
    });
    setImmediate(() => setImmediate(() => (hasTurned = true)));
    void bus.enqueue(Ticked, 0);
    void bus.enqueue(Ticked, 0);
    await bus.idle();
    expect(handled).toBeLessThan(10_000);
  });

  test('handlers that enqueue on a full queue do not wait for one another for ever', async () => {
    const bus = createEventBus({ concurrency: 1, queue: { maxSize: 5 } });
    let rung = 0;
    bus.subscribe(Ticked, async () => {
      await bus.enqueue(Rang, 1);
    });
    bus.subscribe(Rang, () => {
      rung += 1;
    });
    for (let n = 0; n < 9; n += 1) void bus.enqueue(Ticked, n).catch(() => undefined);
    await bus.idle();
    expect(rung).toBeGreaterThan(0);
  });

  test('a subscription that is stuck holds back its own events, and no others', async () => {
    const bus = createEventBus({ logger: silentLogger });
    let rung = 0;
    let release = (): void => undefined;
    const stuck = new Promise<void>((free) => (release = free));
    let ticked = 0;
    bus.subscribe(Ticked, { concurrency: 1, queue: { maxSize: 2 } }, async () => {
      await stuck;
      ticked += 1;
    });
    bus.subscribe(Rang, () => {
      rung += 1;
    });
    for (let n = 0; n < 50; n += 1) await bus.enqueue(Ticked, n);
    await bus.enqueue(Rang, 1, { priority: 'low' });
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(rung).toBe(1);
    expect(ticked).toBe(0);
    release();
    await bus.idle();
    expect(ticked).toBe(50);
  });

  test('a subscription that is stuck and disposed of holds nothing back from the others', async () => {
    const bus = createEventBus({ logger: silentLogger });
    let seen = 0;
    let release = (): void => undefined;
    const stuck = new Promise<void>((free) => (release = free));
    const slow = bus.subscribe(Ticked, { concurrency: 1, queue: { maxSize: 2 } }, () => stuck);
    bus.subscribe(Ticked, () => {
      seen += 1;
    });
    for (let n = 0; n < 20; n += 1) await bus.enqueue(Ticked, n);
    await new Promise(setImmediate);
    expect(seen).toBeLessThan(20);
    slow[Symbol.dispose]();
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(seen).toBe(20);
    release();
    await bus.idle();
  });

  test('what is held back keeps the order of its key', async () => {
    const Step = event('walk.stepped', {
      data: z.object({ who: z.string(), n: z.number() }),
      key: ({ who }) => who,
    });
    const bus = createEventBus({ logger: silentLogger });
    const steps: Record<string, number[]> = { a: [], b: [] };
    bus.subscribe(Step, { concurrency: 1, queue: { maxSize: 1 } }, async ({ data }) => {
      await new Promise(setImmediate);
      steps[data.who]?.push(data.n);
    });
    for (let n = 0; n < 20; n += 1) {
      await bus.enqueue(Step, { who: 'a', n }, { priority: n % 2 === 0 ? 'low' : 'critical' });
      await bus.enqueue(Step, { who: 'b', n });
    }
    await bus.idle();
    const inOrder = Array.from({ length: 20 }, (_, n) => n);
    expect(steps).toEqual({ a: inOrder, b: inOrder });
  });
});
