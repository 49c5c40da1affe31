import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createEventBus, createMessageBus, type DrainReport } from '../../src/bus/index.js';
import { command } from '../../src/contracts/index.js';
import { Letters, SlowLetters } from '../support/letters.js';
import { Desk, Latch, LetterSent, Lost, Posted, rejectionOf, Sorted, watched } from '../support/parcels.js';
import { settled, VirtualClock } from '../support/virtual-clock.js';

const Close = command('post.close', { data: z.object({}) });
const DRAINED: DrainReport = { isDrained: true, givenUp: 0 };
const fixed = { kind: 'fixed', delayMs: 50, jitter: false } as const;

describe('a drain from outside', () => {
  test('waits for what runs, rests, waits and is enqueued, and for what handlers publish meanwhile', async () => {
    const clock = new VirtualClock();
    const bus = createEventBus({ clock });
    const desk = new Desk();
    const letters: number[] = [];
    bus.subscribe(Posted, { concurrency: 1, retry: { attempts: 2, backoff: fixed } }, async (context) => {
      await context.publish(LetterSent, { no: context.data.no });
      await desk.handle(context);
    });
    bus.subscribe(LetterSent, ({ data }) => void letters.push(data.no));
    for (const no of [1, 2, 3]) bus.enqueue(Posted, { no });
    await settled();
    desk.fail(1);
    await settled();
    const drained = watched(bus.drain());
    for (const no of [2, 3]) {
      await settled();
      expect(drained.isSettled).toBe(false);
      desk.finish(no);
    }
    await clock.advance(50);
    expect(drained.isSettled).toBe(false);
    desk.finish(1);
    expect(await drained.promise).toEqual(DRAINED);
    expect(letters).toEqual([2, 3, 1]);
    expect(clock.pending).toBe(0);
  });

  test('accepts nothing from outside from its first moment', async () => {
    const bus = createMessageBus();
    bus.requests.handle(Close, () => undefined);
    const drained = bus.events.drain();
    expect(await rejectionOf(bus.events.deliver(Posted, { no: 1 }))).toBe('MORTAR_BUS_STOPPED');
    expect(await rejectionOf(bus.events.enqueue(Posted, { no: 1 }))).toBe('MORTAR_BUS_STOPPED');
    expect(await rejectionOf(bus.requests.dispatch(Close, {}))).toBe('MORTAR_BUS_STOPPED');
    expect(() => bus.events.deliverSync(Posted, { no: 1 })).toThrow('MORTAR_BUS_STOPPED');
    expect(await drained).toEqual(DRAINED);
  });

  test('does not begin to count before the stack is empty, where some handlers of an event have not begun', async () => {
    const bus = createEventBus();
    const desk = new Desk();
    let drained = watched<DrainReport | undefined>(Promise.resolve(undefined));
    bus.subscribe(Posted, () => {
      drained = watched(bus.drain());
    });
    bus.subscribe(Posted, { timeoutMs: 1_000 }, () => undefined);
    bus.subscribe(Posted, desk.handle);
    const delivered = bus.deliver(Posted, { no: 1 });
    await settled();
    expect(drained.isSettled).toBe(false);
    desk.finish(1);
    expect(await drained.promise).toEqual(DRAINED);
    expect((await delivered).map(({ status }) => status)).toEqual(['handled', 'handled', 'handled']);
  });

  test('does not wait for a batch to become full', async () => {
    const clock = new VirtualClock();
    const bus = createEventBus({ clock });
    const batches: number[][] = [];
    bus.subscribe(Posted, { batch: { size: 10, withinMs: 60_000 } }, async (batch) => {
      batches.push(batch.map(({ data }) => data.no));
      if (batch[0]?.data.no === 1) await batch[0].publish(Posted, { no: 3 });
    });
    bus.enqueue(Posted, { no: 1 });
    bus.enqueue(Posted, { no: 2 });
    await settled();
    expect(await bus.drain({ timeoutMs: 100 })).toEqual(DRAINED);
    expect(batches).toEqual([[1, 2], [3]]);
    expect(clock.pending).toBe(0);
  });

  test('is the same twice, one after the other and at once', async () => {
    const bus = createEventBus();
    const desk = new Desk();
    bus.subscribe(Posted, desk.handle);
    bus.deliver(Posted, { no: 1 });
    const both = [watched(bus.stop()), watched(bus.drain())];
    await settled();
    expect(both.map(({ isSettled }) => isSettled)).toEqual([false, false]);
    desk.finish(1);
    expect(await Promise.all(both.map(({ promise }) => promise))).toEqual([DRAINED, DRAINED]);
    expect(await bus.stop()).toEqual(DRAINED);
  });
});

/** A bus with something of each kind under way. */
async function crowdedBus(letters: Letters) {
  const clock = new VirtualClock();
  const bus = createEventBus({ clock, deadLetters: letters, queue: { maxSize: 1 } });
  const signals: AbortSignal[] = [];
  const ended: string[] = [];
  const gone = bus.subscribe(Lost, { name: 'gone', concurrency: 1 }, () => new Promise(() => undefined));
  bus.deliver(Lost, { no: 1, reason: 'runs' });
  bus.deliver(Lost, { no: 2, reason: 'waits' });
  gone[Symbol.dispose]();
  bus.subscribe(Sorted, { name: 'resting', retry: { attempts: 2, backoff: fixed } }, () => {
    throw new Error('not yet');
  });
  bus.deliver(Sorted, { no: 3, belt: 'a' });
  bus.deliver(Sorted, { no: 4, belt: 'a' });
  bus.subscribe(LetterSent, { name: 'batch', batch: { size: 2, withinMs: 1_000 } }, (batch) => {
    if (batch.length > 1) throw new Error('not together');
    if (batch[0]?.data.no === 5) return undefined;
    return new Promise<void>(() => undefined);
  });
  for (const no of [5, 6, 7]) bus.deliver(LetterSent, { no });
  const latch = new Latch();
  bus.subscribe(Posted, { name: 'running', concurrency: 1, queue: { maxSize: 1 } }, async (context) => {
    signals.push(context.signal);
    await latch.opened;
    ended.push(await rejectionOf(context.publish(LetterSent, { no: 99 })));
  });
  for (const no of [8, 9, 10]) bus.deliver(Posted, { no });
  await settled();
  const doors = [11, 12].map((no) => watched(bus.enqueue(Posted, { no })));
  await settled();
  return { bus, clock, signals, ended, latch, doors };
}

describe('a drain whose time is up', () => {
  test.each([
    ['at once', new Letters()],
    ['later', new SlowLetters()],
  ])('keeps a dead letter, %s, of everything that is unfinished, once', async (_, letters) => {
    const { bus, clock, signals, doors } = await crowdedBus(letters);
    expect(letters.lines()).toEqual([]);
    const report = bus.drain({ timeoutMs: 10 });
    await clock.advance(10);
    expect(await report).toEqual({ isDrained: false, givenUp: 11 });
    const numbers = letters.all.map(({ envelope }) => (envelope.data as { no: number }).no);
    expect(numbers.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12]);
    expect(new Set(letters.lines())).toEqual(
      new Set(
        ['gone stopped 1', 'gone stopped 0', 'resting stopped 1', 'resting stopped 0'].concat([
          'batch stopped 1',
          'batch stopped 0',
          'running stopped 1',
          'running stopped 0',
        ]),
      ),
    );
    expect(letters.all[0]?.error).toMatchObject({ code: 'MORTAR_HANDLER_ABORTED' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(doors.map(({ isSettled }) => isSettled)).toEqual([true, true]);
    await expect(bus.idle()).resolves.toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  test('with timeout 0 gives up at once what runs', async () => {
    const letters = new Letters();
    const bus = createEventBus({ deadLetters: letters });
    bus.subscribe(Posted, { name: 'running' }, () => new Promise(() => undefined));
    bus.deliver(Posted, { no: 1 });
    expect(await bus.stop({ timeoutMs: 0 })).toEqual({ isDrained: false, givenUp: 1 });
    expect(letters.lines()).toEqual(['running stopped 1']);
    expect(await bus.stop({ timeoutMs: 0 })).toEqual(DRAINED);
  });

  test('with timeout 0 and nothing to do is drained', async () => {
    const bus = createEventBus();
    bus.subscribe(Posted, () => undefined);
    await bus.deliver(Posted, { no: 1 });
    expect(await bus.stop({ timeoutMs: 0 })).toEqual(DRAINED);
  });

  test('a handler that ends after it was given up changes nothing, and sends nothing', async () => {
    const letters = new Letters();
    const { bus, clock, ended, latch } = await crowdedBus(letters);
    const report = bus.stop({ timeoutMs: 10 });
    await clock.advance(10);
    await report;
    const before = letters.lines().length;
    latch.open();
    await settled();
    expect(ended).toEqual(['MORTAR_CONTEXT_CLOSED']);
    expect(letters.lines()).toHaveLength(before);
    await expect(bus.idle()).resolves.toBeUndefined();
  });

  test('of two drains, the patient one reports what the hasty one gave up', async () => {
    const clock = new VirtualClock();
    const bus = createEventBus({ clock, deadLetters: new Letters() });
    bus.subscribe(Posted, () => new Promise(() => undefined));
    bus.deliver(Posted, { no: 1 });
    const reports = [bus.drain({ timeoutMs: 1_000 }), bus.drain({ timeoutMs: 10 })];
    await clock.advance(10);
    const report = { isDrained: false, givenUp: 1 };
    expect(await Promise.all(reports)).toEqual([report, report]);
  });

  test('commands under way get their signal, and may not publish any more', async () => {
    const clock = new VirtualClock();
    const bus = createMessageBus({ clock });
    const latch = new Latch();
    let signal: AbortSignal | undefined;
    bus.requests.handle(Close, async (context) => {
      signal = context.signal;
      await context.publish(Posted, { no: 1 });
      await latch.opened;
    });
    const dispatched = rejectionOf(bus.requests.dispatch(Close, {}));
    const report = bus.stop({ timeoutMs: 10 });
    await clock.advance(10);
    expect(await report).toEqual({ isDrained: false, givenUp: 1 });
    expect(signal?.aborted).toBe(true);
    latch.open();
    expect(await dispatched).toBe('MORTAR_HANDLER_ABORTED');
  });
});

describe('a drain from inside a handler', () => {
  test.each<[string, (stop: () => Promise<DrainReport>) => Promise<DrainReport>]>([
    ['at its beginning', (stop) => stop()],
    [
      'after several awaits',
      async (stop) => {
        await Promise.resolve();
        await new Promise((resolve) => setTimeout(resolve, 1));
        await (async () => await Promise.all([settled(), settled()]))();
        return await stop();
      },
    ],
    [
      'twice, one after the other',
      async (stop) => {
        await stop();
        return await stop();
      },
    ],
    ['twice at once, at its beginning', async (stop) => (await Promise.all([stop(), stop()]))[1]],
    ['by then', (stop) => settled().then(stop)],
  ])('%s: it does not wait for itself, but for the others', async (_, how) => {
    for (const options of [
      {},
      { timeoutMs: 60_000 },
      { guards: [passing] },
      { batch: { size: 1, withinMs: 0 } },
    ]) {
      const bus = createEventBus();
      const desk = new Desk();
      let report: DrainReport | undefined;
      let isOtherOver = false;
      const stopIt = async (): Promise<void> => {
        report = await how(() => bus.stop());
        isOtherOver = desk.ended.length === 1;
      };
      if ('batch' in options) bus.subscribe(Posted, { batch: { size: 1, withinMs: 0 } }, stopIt);
      else bus.subscribe(Posted, options, stopIt);
      bus.subscribe(Posted, desk.handle);
      const delivered = bus.deliver(Posted, { no: 1 });
      await settled();
      setTimeout(() => desk.finish(1), 5);
      expect((await delivered).map(({ status }) => status)).toEqual(['handled', 'handled']);
      expect({ report, isOtherOver }).toEqual({ report: DRAINED, isOtherOver: true });
    }
  });

  test('of a synchronous handler waits for all the others', async () => {
    const bus = createEventBus();
    const desk = new Desk();
    let stopped = watched<DrainReport | undefined>(Promise.resolve(undefined));
    bus.subscribe(Posted, desk.handle);
    bus.subscribe(LetterSent, () => {
      stopped = watched(bus.stop());
    });
    const delivered = bus.deliver(Posted, { no: 1 });
    await bus.deliver(LetterSent, { no: 2 });
    await settled();
    expect(stopped.isSettled).toBe(false);
    desk.finish(1);
    expect(await stopped.promise).toEqual(DRAINED);
    expect((await delivered)[0]?.status).toBe('handled');
  });

  test.each([true, false])(
    'of two handlers that both wait for it (at their beginning: %s) ends',
    async (atOnce) => {
      const bus = createEventBus();
      const stop = async (): Promise<void> => {
        if (!atOnce) await settled();
        expect(await bus.stop()).toEqual(DRAINED);
      };
      bus.subscribe(Posted, () => stop());
      bus.subscribe(Posted, stop);
      const outcomes = await bus.deliver(Posted, { no: 1 });
      expect(outcomes.map(({ status }) => status)).toEqual(['handled', 'handled']);
    },
  );

  test.each([true, false])(
    'of a command, also one that an event handler waits for (at once: %s), ends',
    async (atOnce) => {
      const bus = createMessageBus();
      const desk = new Desk();
      bus.requests.handle(Close, async () => {
        if (!atOnce) await settled();
        expect(await bus.stop()).toEqual(DRAINED);
        expect(desk.ended).toEqual([1]);
      });
      bus.events.subscribe(LetterSent, { timeoutMs: 60_000 }, ({ dispatch }) => dispatch(Close, {}));
      bus.events.subscribe(Posted, desk.handle);
      bus.events.deliver(Posted, { no: 1 });
      const delivered = bus.events.deliver(LetterSent, { no: 2 });
      await settled();
      desk.finish(1);
      expect((await delivered)[0]?.status).toBe('handled');
    },
  );

  test('gives up at once what could only go on when it has ended itself', async () => {
    const letters = new Letters();
    const bus = createEventBus({ deadLetters: letters });
    const reports: DrainReport[] = [];
    bus.subscribe(Sorted, { name: 'queue', concurrency: 1 }, async () => {
      await settled();
      reports.push(await bus.stop());
    });
    const deliveries = [1, 2, 3].map((no) => bus.deliver(Sorted, { no, belt: 'a' }));
    const outcomes = (await Promise.all(deliveries)).map(([outcome]) => outcome?.status);
    expect(outcomes).toEqual(['handled', 'dead', 'dead']);
    expect(reports).toEqual([{ isDrained: false, givenUp: 2 }]);
    expect(letters.lines()).toEqual(['queue stopped 0', 'queue stopped 0']);
  });

  test('of a batch gives up what is behind the batch, not its members', async () => {
    const letters = new Letters();
    const bus = createEventBus({ deadLetters: letters });
    bus.subscribe(Posted, { name: 'batch', batch: { size: 2, withinMs: 60_000 } }, async () => {
      await settled();
      await bus.stop();
    });
    const deliveries = [1, 2, 3].map((no) => bus.deliver(Posted, { no }));
    const outcomes = (await Promise.all(deliveries)).map(([outcome]) => outcome?.status);
    expect(outcomes).toEqual(['handled', 'handled', 'dead']);
  });

  test('lets the handler publish after a drain', async () => {
    const bus = createEventBus();
    const seen: number[] = [];
    bus.subscribe(LetterSent, ({ data }) => void seen.push(data.no));
    bus.subscribe(Posted, async ({ publish }) => {
      await bus.drain();
      await publish(LetterSent, { no: 1 });
    });
    expect((await bus.deliver(Posted, { no: 1 }))[0]?.status).toBe('handled');
    await bus.idle();
    expect(seen).toEqual([1]);
  });

  test('does not let the handler publish after the stop, nor try again', async () => {
    const letters = new Letters();
    const bus = createEventBus({ deadLetters: letters });
    bus.subscribe(LetterSent, () => undefined);
    bus.subscribe(Posted, { name: 'stops', retry: { attempts: 3 } }, async ({ publish }) => {
      await bus.stop();
      await publish(LetterSent, { no: 1 });
    });
    const [outcome] = await bus.deliver(Posted, { no: 1 });
    expect(outcome).toMatchObject({ status: 'dead', error: { code: 'MORTAR_BUS_STOPPED' } });
    expect(letters.lines()).toEqual(['stops stopped 1']);
  });

  test('keeps what the handler had published before the stop, if it could not be sent any more', async () => {
    const letters = new Letters();
    const bus = createEventBus({ deadLetters: letters });
    bus.subscribe(LetterSent, () => undefined);
    bus.subscribe(Posted, { name: 'stops' }, async ({ publish }) => {
      await publish(LetterSent, { no: 1 });
      await bus.stop();
    });
    const [outcome] = await bus.deliver(Posted, { no: 1 });
    expect(outcome).toMatchObject({ status: 'dead', error: { code: 'MORTAR_BUS_STOPPED' } });
  });

  test('is known by functions of the bus alone, whatever those of others are called', async () => {
    const bus = createEventBus();
    const desk = new Desk();
    bus.subscribe(Posted, desk.handle);
    bus.deliver(Posted, { no: 1 });
    const settleMortarHandler = async (): Promise<DrainReport> => {
      await settled();
      return await bus.drain();
    };
    const drained = watched(settleMortarHandler());
    await settled();
    await settled();
    expect(drained.isSettled).toBe(false);
    desk.finish(1);
    expect(await drained.promise).toEqual(DRAINED);
  });
});

describe('after the stop', () => {
  test('nothing can be registered, waited for or read', async () => {
    const bus = createEventBus();
    const waiting = rejectionOf(bus.waitFor(Posted));
    const stream = bus.stream(Posted);
    const next = stream.next();
    await bus.stop();
    expect(await waiting).toBe('MORTAR_BUS_STOPPED');
    expect(await next).toEqual({ done: true, value: undefined });
    expect(() => bus.subscribe(Posted, () => undefined)).toThrow('MORTAR_BUS_STOPPED');
    expect(() => bus.stream(Posted)).toThrow('MORTAR_BUS_STOPPED');
    expect(await rejectionOf(bus.waitFor(Posted))).toBe('MORTAR_BUS_STOPPED');
    expect(bus.subscriptions()).toEqual([]);
  });

  test('an event that a slow publish middleware lets go too late is refused, not lost', async () => {
    const latch = new Latch();
    const bus = createEventBus({
      middleware: {
        publish: [
          async (envelope, next) => {
            await latch.opened;
            return next(envelope);
          },
        ],
      },
    });
    bus.subscribe(Posted, () => undefined);
    const sent = [bus.enqueue(Posted, { no: 1 }), bus.deliver(Posted, { no: 2 })].map(rejectionOf);
    await bus.stop();
    latch.open();
    expect(await Promise.all(sent)).toEqual(['MORTAR_BUS_STOPPED', 'MORTAR_BUS_STOPPED']);
  });

  test('`await using` stops a bus at the end of its block', async () => {
    const desk = new Desk();
    let bus = createEventBus();
    {
      await using scoped = createEventBus();
      bus = scoped;
      scoped.subscribe(Posted, desk.handle);
      scoped.deliver(Posted, { no: 1 });
      setImmediate(() => desk.finish(1));
    }
    expect(desk.ended).toEqual([1]);
    expect(await rejectionOf(bus.deliver(Posted, { no: 2 }))).toBe('MORTAR_BUS_STOPPED');
  });
});

const passing = {
  execute: async <T>(work: (signal: AbortSignal) => PromiseLike<T> | T, signal?: AbortSignal): Promise<T> =>
    await work(signal ?? new AbortController().signal),
  describe: () => ({ kind: 'wrap', settings: {} }) as const,
};
