import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createMessageBus, type DrainReport } from '../../src/bus/index.js';
import { command } from '../../src/contracts/index.js';
import { silentLogger } from '../../src/logging/logger.js';
import { MemoryDeadLetterStore } from '../../src/memory/index.js';
import { Desk, LetterSent, Lost, lettersOf, Posted, rejectionOf, Sorted, upTo } from '../support/parcels.js';
import { settled, VirtualClock } from '../support/virtual-clock.js';

const Close = command('post.close-office', { data: z.object({ awaits: z.number() }) });
const fixed = { kind: 'fixed', delayMs: 100, jitter: false } as const;

/** A bus under a clock of our own, with a store. */
function office(options: { readonly concurrency?: number } = {}) {
  const clock = new VirtualClock();
  const deadLetters = new MemoryDeadLetterStore();
  const { events: bus, requests } = createMessageBus({
    clock,
    deadLetters,
    logger: silentLogger,
    ...options,
  });
  return { clock, deadLetters, bus, requests };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await undefined;
}

describe('stop, when everything is under way', () => {
  /** Events that run (1), wait behind a key (2, 3), rest (4), wait in a batch (5), and are enqueued (6, 7). */
  async function busy() {
    const { clock, deadLetters, bus } = office();
    const desk = new Desk();
    bus.subscribe(Sorted, { name: 'keyed', concurrency: 1, queue: { maxSize: 1 } }, desk.handle);
    bus.subscribe(Posted, { name: 'resting', retry: { attempts: 2, backoff: fixed } }, ({ attempt }) => {
      if (attempt === 1) throw new Error('jam');
    });
    bus.subscribe(Lost, { name: 'batch', batch: { size: 10, withinMs: 1_000 } }, () => undefined);
    bus.subscribe(LetterSent, { name: 'letters' }, desk.handle);
    const deliveries = [1, 2, 3].map((no) => bus.deliver(Sorted, { no, belt: 'a' }));
    deliveries.push(bus.deliver(Posted, { no: 4 }), bus.deliver(Lost, { no: 5, reason: 'fog' }));
    for (const no of [6, 7]) void bus.enqueue(LetterSent, { no });
    await settled();
    return { clock, deadLetters, bus, desk, deliveries };
  }

  test('given timeout 0, when it stops, then the batch is handled at once and all else is in dead letters with reason stopped, none lost and none twice', async () => {
    const { deadLetters, bus, desk, deliveries, clock } = await busy();
    expect(desk.started).toEqual([1, 6, 7]);
    const [report] = await Promise.all([bus.stop({ timeoutMs: 0 }), clock.advance(0)]);
    expect(report.isDrained).toBe(false);
    expect(await lettersOf(deadLetters)).toEqual([
      '1 keyed stopped 1',
      '2 keyed stopped 0',
      '3 keyed stopped 0',
      '4 resting stopped 1',
      '6 letters stopped 1',
      '7 letters stopped 1',
    ]);
    expect(report.givenUp).toBe(6);
    const outcomes = (await Promise.all(deliveries)).flat();
    expect(outcomes.map(({ status }) => status)).toEqual(['dead', 'dead', 'dead', 'dead', 'handled']);
    desk.finish(1);
    await clock.runOut();
    expect(desk.started).toEqual([1, 6, 7]);
    expect(await lettersOf(deadLetters)).toHaveLength(6);
  });

  test('given time enough, when handlers end, then all is handled, also what was to rest and to gather', async () => {
    const { clock, deadLetters, bus, desk, deliveries } = await busy();
    const stop = bus.stop();
    desk.finish(1, 2, 3, 6, 7);
    await settled();
    await clock.advance(100);
    expect(await stop).toEqual({ isDrained: true, givenUp: 0 });
    const outcomes = (await Promise.all(deliveries)).flat();
    expect(outcomes.map(({ status }) => status)).toEqual(upTo(5).map(() => 'handled'));
    expect(desk.ended.filter((no) => no < 6)).toEqual([1, 2, 3]);
    expect(desk.ended).toHaveLength(5);
    expect(await lettersOf(deadLetters)).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('given a stop that ended, when anything is sent, then MORTAR_BUS_STOPPED by every verb', async () => {
    const { bus, clock } = await busy();
    const stop = bus.stop({ timeoutMs: 0 });
    for (const _ of ['while it drains', 'afterwards']) {
      expect(await rejectionOf(bus.deliver(Posted, { no: 1 }))).toBe('MORTAR_BUS_STOPPED');
      expect(await rejectionOf(bus.enqueue(Posted, { no: 1 }))).toBe('MORTAR_BUS_STOPPED');
      expect(() => bus.deliverSync(Posted, { no: 1 })).toThrow('MORTAR_BUS_STOPPED');
      expect(() => bus.subscribe(Posted, () => undefined)).toThrow('MORTAR_BUS_STOPPED');
      expect(await rejectionOf(bus.waitFor(Posted))).toBe('MORTAR_BUS_STOPPED');
      await Promise.all([stop, clock.advance(0)]);
    }
    expect(bus.subscriptions()).toEqual([]);
    expect(await bus.stop()).toEqual({ isDrained: true, givenUp: 0 });
  });
});

describe('stop, from inside', () => {
  const places = [
    'a synchronous handler',
    'an asynchronous handler',
    'a batch',
    'a command',
    'a command of a handler',
  ] as const;

  test.each(places.flatMap((place) => [0, 1, 7].map((awaits) => [place, awaits] as const)))(
    'given %s, when it stops the bus after %i awaits, then both end, and another handler is waited for',
    async (place, awaits) => {
      const { bus, requests, deadLetters } = office();
      const desk = new Desk();
      let report: DrainReport | undefined;
      const stop = async (): Promise<void> => {
        await turns(awaits);
        report = await bus.stop();
      };
      bus.subscribe(LetterSent, desk.handle);
      bus.subscribe(Posted, { name: 'sync' }, ({ data }) => {
        if (data.no === 1) void stop();
      });
      bus.subscribe(Posted, { name: 'async' }, ({ data }) => (data.no === 2 ? stop() : undefined));
      bus.subscribe(Posted, { name: 'caller' }, async ({ data, dispatch }) => {
        if (data.no === 3) await dispatch(Close, { awaits });
      });
      bus.subscribe(Lost, { name: 'batch', batch: { size: 2, withinMs: 0 } }, stop);
      requests.handle(Close, stop);
      const other = bus.deliver(LetterSent, { no: 9 });
      const ended = {
        'a synchronous handler': () => [bus.deliver(Posted, { no: 1 })],
        'an asynchronous handler': () => [bus.deliver(Posted, { no: 2 })],
        'a command of a handler': () => [bus.deliver(Posted, { no: 3 })],
        'a batch': () => upTo(2).map((no) => bus.deliver(Lost, { no, reason: 'end' })),
        'a command': () => [requests.dispatch(Close, { awaits })],
      }[place]();
      await settled();
      expect(report).toBeUndefined();
      desk.finish(9);
      await Promise.all([other, ...ended]);
      await settled();
      expect(report).toEqual({ isDrained: true, givenUp: 0 });
      expect(await lettersOf(deadLetters)).toEqual([]);
    },
  );

  test('given two stops at once and one from inside, when all have ended, then each has its report and nothing is given up', async () => {
    const { bus, deadLetters } = office();
    const reports: DrainReport[] = [];
    bus.subscribe(Posted, async () => void reports.push(await bus.stop()));
    const delivery = bus.deliver(Posted, { no: 1 });
    reports.push(...(await Promise.all([bus.stop(), bus.drain(), bus.stop()])));
    expect((await delivery)[0]?.status).toBe('handled');
    expect(reports).toEqual(upTo(4).map(() => ({ isDrained: true, givenUp: 0 })));
    expect(await lettersOf(deadLetters)).toEqual([]);
  });
});

describe('what goes on during a drain', () => {
  test('given handlers that publish in a chain, when the bus drains, then every link is handled', async () => {
    const { bus } = office();
    const seen: number[] = [];
    bus.subscribe(Posted, async ({ data, publish }) => {
      seen.push(data.no);
      await turns(data.no);
      if (data.no < 20) await publish(Posted, { no: data.no + 1 });
    });
    void bus.deliver(Posted, { no: 1 });
    expect(await bus.drain()).toEqual({ isDrained: true, givenUp: 0 });
    expect(seen).toEqual(upTo(20));
  });

  test('given requests in flight, when the bus drains, then they are waited for, and what they publish is handled', async () => {
    const { bus, requests } = office();
    const desk = new Desk();
    const sent: number[] = [];
    bus.subscribe(LetterSent, ({ data }) => void sent.push(data.no));
    requests.handle(Close, async ({ publish }) => {
      await desk.handle({ data: { no: 1 } });
      await publish(Posted, { no: 2 });
    });
    bus.subscribe(Posted, ({ data, publish }) => void publish(LetterSent, { no: data.no + 1 }));
    const answer = requests.dispatch(Close, { awaits: 0 });
    const drain = bus.drain();
    expect(await rejectionOf(requests.dispatch(Close, { awaits: 0 }))).toBe('MORTAR_BUS_STOPPED');
    desk.finish(1);
    await answer;
    expect(await drain).toEqual({ isDrained: true, givenUp: 0 });
    expect(sent).toEqual([3]);
  });

  test('given a handler that was given up, when it ends late, then nothing it publishes is sent, and its letter stands', async () => {
    const { bus, deadLetters, clock } = office();
    const desk = new Desk();
    const codes: string[] = [];
    bus.subscribe(Posted, { name: 'late' }, async (context) => {
      await context.publish(LetterSent, { no: 1 });
      await desk.handle(context);
      codes.push(await rejectionOf(context.publish(LetterSent, { no: 2 })));
    });
    const sent: number[] = [];
    bus.subscribe(LetterSent, ({ data }) => void sent.push(data.no));
    const delivery = bus.deliver(Posted, { no: 1 });
    await Promise.all([bus.stop({ timeoutMs: 0 }), clock.advance(0)]);
    desk.finish(1);
    expect((await delivery)[0]?.status).toBe('dead');
    await settled();
    expect(codes).toEqual(['MORTAR_CONTEXT_CLOSED']);
    expect(sent).toEqual([]);
    expect(await lettersOf(deadLetters)).toEqual(['1 late stopped 1']);
  });
});

/** What a handler does with an event, in virtual milliseconds. */
interface Work {
  readonly verb: 'deliver' | 'enqueue';
  readonly belt: string;
  readonly takesMs: number;
  readonly failures: number;
}

const works: fc.Arbitrary<readonly Work[]> = fc.array(
  fc.record({
    verb: fc.constantFrom('deliver' as const, 'enqueue' as const),
    belt: fc.constantFrom('a', 'b', 'c'),
    takesMs: fc.constantFrom(0, 30, 90),
    failures: fc.nat({ max: 3 }),
  }),
  { minLength: 1, maxLength: 12 },
);

test('500 runs: whenever the bus stops, each accepted event has exactly one end at each subscription', async () => {
  const times = fc.nat({ max: 300 });
  const limits = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(works, times, times, limits, async (list, stopAt, timeoutMs, concurrency) => {
      const { clock, bus, deadLetters } = office(concurrency === undefined ? {} : { concurrency });
      const handled: string[] = [];
      const retry = { attempts: 3, backoff: fixed };
      for (const name of ['first', 'second']) {
        bus.subscribe(Sorted, { name, retry }, async ({ data, attempt, signal }) => {
          const { takesMs, failures } = list[data.no] as Work;
          if (takesMs > 0) await new Promise<void>((resolve) => void clock.after(takesMs, resolve));
          if (attempt <= failures) throw new Error('jam');
          if (!signal.aborted) handled.push(`${data.no} ${name}`);
        });
      }
      list.forEach(({ verb, belt }, no) => {
        if (verb === 'deliver') void bus.deliver(Sorted, { no, belt });
        else void bus.enqueue(Sorted, { no, belt });
      });
      await clock.advance(stopAt);
      const stop = bus.stop({ timeoutMs });
      await clock.runOut();
      await stop;
      const letters = await lettersOf(deadLetters);
      const ends = [...handled, ...letters.map((line) => line.split(' ').slice(0, 2).join(' '))];
      const expected = list.flatMap((_, no) => [`${no} first`, `${no} second`]);
      expect(ends.sort()).toEqual(expected.sort());
    }),
    { numRuns: 500 },
  );
});
