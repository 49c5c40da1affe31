import { describe, expect, expectTypeOf, test } from 'vitest';
import { createEventBus, type HandleMiddleware } from '../../src/bus/index.js';
import { silentLogger } from '../../src/logging/logger.js';
import { MemoryDeadLetterStore } from '../../src/memory/index.js';
import {
  Desk,
  errorOf,
  LetterSent,
  Lost,
  lettersOf,
  Posted,
  rejectionOf,
  upTo,
  watched,
} from '../support/parcels.js';
import { settled, VirtualClock } from '../support/virtual-clock.js';

describe('once', () => {
  test('given two events at the same time, when they are delivered, then the first alone is handled', async () => {
    const bus = createEventBus();
    const seen: number[] = [];
    const subscription = bus.once(Posted, ({ data }) => void seen.push(data.no));
    await Promise.all([bus.enqueue(Posted, { no: 1 }), bus.enqueue(Posted, { no: 2 })]);
    await bus.idle();
    expect(await bus.deliver(Posted, { no: 3 })).toEqual([]);
    expect(seen).toEqual([1]);
    expect(subscription.isClosed).toBe(true);
    expect(bus.subscriptions()).toEqual([]);
  });

  test('given two that wait for the one slot of the bus, when it comes free, then the first alone is handled', async () => {
    const bus = createEventBus({ concurrency: 1 });
    const desk = new Desk();
    const seen: number[] = [];
    bus.subscribe(Lost, desk.handle);
    const running = bus.deliver(Lost, { no: 0, reason: 'fog' });
    bus.once(Posted, ({ data }) => void seen.push(data.no));
    const both = Promise.all([bus.deliver(Posted, { no: 1 }), bus.deliver(Posted, { no: 2 })]);
    desk.finish(0);
    await Promise.all([running, both]);
    expect(seen).toEqual([1]);
  });

  test('given a middleware that tries again, when the handler fails twice, then it is tried for its first event', async () => {
    const again: HandleMiddleware = (context, next) => {
      for (;;) {
        try {
          return next(context);
        } catch {}
      }
    };
    const bus = createEventBus({ middleware: { handle: [again] } });
    const calls: number[] = [];
    bus.once(Posted, ({ data }) => {
      calls.push(data.no);
      if (calls.length < 3) throw new Error('not yet');
    });
    const [outcome] = await bus.deliver(Posted, { no: 1 });
    await bus.deliver(Posted, { no: 2 });
    expect(outcome?.status).toBe('handled');
    expect(calls).toEqual([1, 1, 1]);
  });

  test('given a handler that fails, when the next event comes, then it is a dead letter and not called again', async () => {
    const deadLetters = new MemoryDeadLetterStore();
    const bus = createEventBus({ deadLetters, logger: silentLogger });
    const calls: number[] = [];
    const { name } = bus.once(Posted, async ({ data }) => {
      calls.push(data.no);
      throw new Error('torn');
    });
    await bus.deliver(Posted, { no: 1 });
    await bus.deliver(Posted, { no: 2 });
    expect(calls).toEqual([1]);
    expect(await lettersOf(deadLetters)).toEqual([`1 ${name} failed 1`]);
  });

  test('given an object and a pattern, when it is disposed of before any event, then it is never called', async () => {
    const bus = createEventBus();
    const seen: string[] = [];
    const left = bus.once('post.*', { handle: ({ type }) => void seen.push(`left ${type}`) });
    bus.once('**', { handle: ({ type }) => void seen.push(type) });
    left[Symbol.dispose]();
    await bus.deliver(LetterSent, { no: 1 });
    await bus.deliver(Posted, { no: 1 });
    expect(seen).toEqual(['mail.letter-sent']);
  });
});

describe('waitFor', () => {
  test('given a condition, when several events come, then the first for which it holds is the answer', async () => {
    const bus = createEventBus();
    const found = bus.waitFor(Posted, { where: ({ data }) => data.no > 2 });
    for (const no of upTo(4)) await bus.deliver(Posted, { no });
    const envelope = await found;
    expectTypeOf(envelope.data).toEqualTypeOf<{ no: number }>();
    expect(envelope.data).toEqual({ no: 3 });
    expect(bus.subscriptions()).toEqual([]);
  });

  test('given no such event, when the time is up, then MORTAR_WAIT_TIMEOUT, and nothing stays behind', async () => {
    const clock = new VirtualClock();
    const bus = createEventBus({ clock });
    const found = watched(bus.waitFor(Posted, { timeoutMs: 500 }));
    await clock.advance(499);
    expect(found.isSettled).toBe(false);
    const [code] = await Promise.all([rejectionOf(found.promise), clock.advance(1)]);
    expect(code).toBe('MORTAR_WAIT_TIMEOUT');
    expect(bus.subscriptions()).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('given no timeout, when 30 seconds pass, then it ends by itself', async () => {
    const clock = new VirtualClock();
    const bus = createEventBus({ clock });
    const code = rejectionOf(bus.waitFor(Posted));
    await clock.advance(30_000);
    expect(await code).toBe('MORTAR_WAIT_TIMEOUT');
  });

  test('given a signal, when it is aborted, then its reason is thrown, and nothing stays behind', async () => {
    const clock = new VirtualClock();
    const bus = createEventBus({ clock });
    const controller = new AbortController();
    const reason = new Error('changed my mind');
    const found = errorOf(bus.waitFor(Posted, { signal: controller.signal }));
    controller.abort(reason);
    expect(await found).toBe(reason);
    expect(await errorOf(bus.waitFor(Posted, { signal: controller.signal }))).toBe(reason);
    expect(bus.subscriptions()).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('given a condition that throws, when an event comes, then its error is the answer and the event is handled', async () => {
    const bus = createEventBus();
    const error = new Error('no such field');
    const found = errorOf(
      bus.waitFor(Posted, {
        where: () => {
          throw error;
        },
      }),
    );
    const [outcome] = await bus.deliver(Posted, { no: 1 });
    expect(await found).toBe(error);
    expect(outcome?.status).toBe('handled');
    expect(bus.subscriptions()).toEqual([]);
  });

  test('given a wait, when the bus stops, then MORTAR_BUS_STOPPED; when it drains, an event may still answer it', async () => {
    const bus = createEventBus();
    const desk = new Desk();
    bus.subscribe(Posted, async (context) => {
      await desk.handle(context);
      await context.publish(Lost, { no: context.data.no, reason: 'late' });
    });
    const found = bus.waitFor(Lost);
    const never = rejectionOf(bus.waitFor(LetterSent));
    const running = bus.deliver(Posted, { no: 1 });
    const stop = bus.stop();
    desk.finish(1);
    expect((await found).data.reason).toBe('late');
    expect(await never).toBe('MORTAR_BUS_STOPPED');
    expect(await stop).toEqual({ isDrained: true, givenUp: 0 });
    await running;
    expect(await rejectionOf(bus.waitFor(Posted))).toBe('MORTAR_BUS_STOPPED');
  });
});

describe('stream', () => {
  test('given a reader, when events come before and while it reads, then it gets all in order', async () => {
    const bus = createEventBus();
    const stream = bus.stream(Posted);
    for (const no of upTo(3)) await bus.deliver(Posted, { no });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const envelope of stream) {
        expectTypeOf(envelope.data).toEqualTypeOf<{ no: number }>();
        seen.push(envelope.data.no);
        if (seen.length === 5) break;
      }
    })();
    await settled();
    expect(seen).toEqual([1, 2, 3]);
    await bus.deliver(Posted, { no: 4 });
    await bus.deliver(Posted, { no: 5 });
    await reading;
    expect(seen).toEqual(upTo(5));
    expect(bus.subscriptions()).toEqual([]);
  });

  test('given maxBuffered 2, when more come than are read, then deliveries wait for the reader', async () => {
    const bus = createEventBus();
    const stream = bus.stream(Posted, { maxBuffered: 2 });
    const deliveries = upTo(5).map((no) => watched(bus.deliver(Posted, { no })));
    const unsettled = () => deliveries.flatMap(({ isSettled }, index) => (isSettled ? [] : [index + 1]));
    await settled();
    expect(unsettled()).toEqual([3, 4, 5]);
    for (const no of upTo(3)) expect((await stream.next()).value?.data.no).toBe(no);
    await settled();
    expect(unsettled()).toEqual([]);
    for (const no of [4, 5]) expect((await stream.next()).value?.data.no).toBe(no);
  });

  test('given deliveries that are held back, when the reader leaves the loop, then they are handled and the subscription ends', async () => {
    const bus = createEventBus();
    const stream = bus.stream(Posted, { maxBuffered: 1 });
    const deliveries = upTo(4).map((no) => bus.deliver(Posted, { no }));
    for await (const { data } of stream) {
      expect(data.no).toBe(1);
      break;
    }
    const outcomes = (await Promise.all(deliveries)).flat();
    expect(outcomes.map(({ status }) => status)).toEqual(['handled', 'handled', 'handled', 'handled']);
    expect(bus.subscriptions()).toEqual([]);
    expect(await stream.next()).toEqual({ value: undefined, done: true });
  });

  test('given an error in the loop, when it is thrown, then the subscription ends', async () => {
    const bus = createEventBus();
    const stream = bus.stream(Posted);
    await bus.deliver(Posted, { no: 1 });
    const error = new Error('reader broke');
    const reading = (async () => {
      for await (const _ of stream) throw error;
    })();
    expect(await errorOf(reading)).toBe(error);
    expect(bus.subscriptions()).toEqual([]);
  });

  test('given a reader that waits, when the bus stops, then its loop ends', async () => {
    const bus = createEventBus();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { data } of bus.stream(Posted)) seen.push(data.no);
      return 'ended';
    })();
    await bus.deliver(Posted, { no: 1 });
    expect((await bus.stop()).isDrained).toBe(true);
    expect(await reading).toBe('ended');
    expect(seen).toEqual([1]);
  });

  test('given buffered events, when the bus stops first, then they can still be read, and then it ends', async () => {
    const bus = createEventBus();
    const stream = bus.stream(Posted);
    for (const no of upTo(3)) await bus.deliver(Posted, { no });
    await bus.stop();
    const seen: number[] = [];
    for await (const { data } of stream) seen.push(data.no);
    expect(seen).toEqual([1, 2, 3]);
  });

  test('given a reader that is behind, when the bus drains, then it waits for the reader', async () => {
    const bus = createEventBus();
    const stream = bus.stream(Posted, { maxBuffered: 1 });
    for (const no of upTo(4)) await bus.enqueue(Posted, { no });
    const stop = watched(bus.stop());
    await settled();
    expect(stop.isSettled).toBe(false);
    const seen: number[] = [];
    for await (const { data } of stream) seen.push(data.no);
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(await stop.promise).toEqual({ isDrained: true, givenUp: 0 });
  });

  test('given two streams, when events come, then each gets all, at its own pace', async () => {
    const bus = createEventBus();
    const fast = bus.stream(Posted);
    const slow = bus.stream(Posted);
    for (const no of upTo(3)) await bus.deliver(Posted, { no });
    for (const no of upTo(3)) expect((await fast.next()).value?.data.no).toBe(no);
    await slow.return?.();
    await bus.deliver(Posted, { no: 4 });
    expect((await fast.next()).value?.data.no).toBe(4);
    expect(await slow.next()).toEqual({ value: undefined, done: true });
  });

  test('given two readers of one stream, when events come, then each event goes to one of them, in order', async () => {
    const bus = createEventBus();
    const stream = bus.stream(Posted);
    const asked = upTo(4).map(() => stream.next());
    for (const no of upTo(3)) await bus.deliver(Posted, { no });
    await stream.return?.();
    expect((await Promise.all(asked)).map(({ value }) => value?.data.no)).toEqual([1, 2, 3, undefined]);
  });
});
