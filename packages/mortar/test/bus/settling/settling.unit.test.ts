import { describe, expect, test } from 'vitest';
import { createEventBus, type DeadLetterSink, validation } from '../../../src/bus/index.js';
import { createEnvelope } from '../../../src/contracts/index.js';
import { retry, timeout } from '../../../src/resilience/index.js';
import { Letters } from '../../support/letters.js';
import { Desk, Latch, LetterSent, Lost, Posted, Sorted, watched } from '../../support/parcels.js';
import { settled, VirtualClock } from '../../support/virtual-clock.js';

const fixed = { kind: 'fixed', delayMs: 1_000, jitter: false } as const;

describe('a delivery that rests', () => {
  test('gives its place to what is enqueued, also when it was the last to leave one', async () => {
    const clock = new VirtualClock();
    const bus = createEventBus({ clock, concurrency: 1 });
    const desk = new Desk();
    bus.subscribe(Posted, { retry: { attempts: 2, backoff: fixed } }, desk.handle);
    for (const no of [1, 2, 3]) bus.enqueue(Posted, { no });
    await settled();
    desk.fail(1);
    await settled();
    desk.fail(2);
    await settled();
    expect(desk.started).toEqual([1, 2, 3]);
    desk.finish(3);
    await clock.advance(1_000);
    desk.finish(1);
    await settled();
    desk.finish(2);
    await bus.idle();
    expect(desk.ended).toEqual([3, 1, 2]);
  });
});

describe('a batch whose events find no room', () => {
  test('is taken apart from the first of a key on, so that no later one of the key is settled before', async () => {
    const bus = createEventBus({ queue: { maxSize: 1 } });
    const order: string[] = [];
    const calls: number[][] = [];
    bus.subscribe(Sorted, { batch: { size: 3, withinMs: 0 } }, async (batch) => {
      calls.push(batch.map(({ data }) => data.no));
      const [first] = batch;
      const isFirstCall = calls.length === 1;
      for (let no = 0; no < 3; no += 1) if (isFirstCall) await first?.publish(LetterSent, { no });
    });
    const deliveries = [
      [1, 'a'],
      [2, 'a'],
      [3, 'b'],
    ].map(([no, belt]) =>
      bus.deliver(Sorted, { no: Number(no), belt: `${belt}` }).then(([outcome]) => {
        order.push(`${no} ${outcome?.status}`);
      }),
    );
    await Promise.all(deliveries);
    expect(calls).toEqual([[1, 2, 3], [1], [2]]);
    expect(order).toEqual(['3 handled', '1 handled', '2 handled']);
  });
});

describe('a delivery that was given up', () => {
  test('is dead, whatever its handler does while the letter is being kept', async () => {
    const clock = new VirtualClock();
    const kept = new Latch();
    const letters = new Letters();
    const sink: DeadLetterSink = {
      add: async (dead) => {
        const id = await letters.add(dead);
        await kept.opened;
        return id;
      },
    };
    const bus = createEventBus({ clock, deadLetters: sink });
    const desk = new Desk();
    bus.subscribe(Posted, { name: 'desk' }, desk.handle);
    bus.subscribe(Posted, { name: 'batch', batch: { size: 1, withinMs: 0 } }, ([context]) =>
      context === undefined ? undefined : desk.handle(context),
    );
    const delivered = bus.deliver(Posted, { no: 1 });
    await clock.advance(0);
    const report = watched(bus.drain({ timeoutMs: 10 }));
    await clock.advance(10);
    desk.finish(1);
    await settled();
    expect(report.isSettled).toBe(false);
    kept.open();
    expect(await report.promise).toEqual({ isDrained: false, givenUp: 2 });
    expect((await delivered).map(({ status }) => status)).toEqual(['dead', 'dead']);
    expect(letters.lines()).toEqual(['desk stopped 1', 'batch stopped 1']);
  });
});

describe('a delivery that a handler starts on its own stack', () => {
  test('waits until the handler has returned, so that the key stays in order', async () => {
    const bus = createEventBus();
    const desk = new Desk();
    let inner = watched<unknown>(Promise.resolve());
    bus.subscribe(Sorted, { name: 'belt' }, async (context) => {
      if (context.data.no === 1) inner = watched(bus.redeliver(second, 'belt'));
      await desk.handle(context);
    });
    const second = createEnvelope(Sorted, { no: 2, belt: 'a' });
    const deliveries = [bus.deliver(Sorted, { no: 1, belt: 'a' }), bus.deliver(Sorted, { no: 3, belt: 'a' })];
    await settled();
    expect(desk.started).toEqual([1]);
    desk.finish(1);
    await settled();
    desk.finish(2, 3);
    await Promise.all([...deliveries, inner.promise]);
    expect(desk.mostRunning).toBe(1);
    expect(desk.ended.toSorted()).toEqual([1, 2, 3]);
  });

  test('counts for idle before it has begun', async () => {
    const bus = createEventBus();
    const desk = new Desk();
    bus.subscribe(LetterSent, desk.handle);
    let idle = watched(Promise.resolve());
    bus.subscribe(Posted, () => {
      bus.deliver(LetterSent, { no: 1 });
      idle = watched(bus.idle());
    });
    await bus.deliver(Posted, { no: 1 });
    await settled();
    expect(idle.isSettled).toBe(false);
    desk.finish(1);
    await idle.promise;
  });
});

describe('idle', () => {
  test('does not come between two handlers of one event', async () => {
    const bus = createEventBus();
    const desk = new Desk();
    bus.subscribe(Posted, { timeoutMs: 1_000 }, () => undefined);
    bus.subscribe(Posted, desk.handle);
    bus.enqueue(Posted, { no: 1 });
    const idle = watched(bus.idle());
    await settled();
    expect(idle.isSettled).toBe(false);
    desk.finish(1);
    await idle.promise;
    expect(desk.ended).toEqual([1]);
  });
});

describe('a guard that calls a handler again', () => {
  test('gives each call a signal of its own, and that of a drain reaches the last', async () => {
    const clock = new VirtualClock();
    const bus = createEventBus({ clock, deadLetters: new Letters() });
    const signals: AbortSignal[] = [];
    const guards = [
      retry({ attempts: 3, backoff: { kind: 'fixed', delayMs: 0 }, handles: () => true }),
      timeout({ timeoutMs: 20 }),
    ];
    const third = new Latch();
    bus.subscribe(Posted, { guards }, ({ signal }) => {
      const isBorn = !signal.aborted;
      signals.push(signal);
      if (isBorn && signals.length === 3) third.open();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    const delivered = bus.deliver(Posted, { no: 1 });
    await third.opened;
    const report = bus.drain({ timeoutMs: 5 });
    await clock.advance(5);
    expect(await report).toEqual({ isDrained: false, givenUp: 1 });
    await delivered;
    expect(new Set(signals).size).toBe(3);
    expect(signals.map(({ reason }) => reason?.code)).toEqual([
      'MORTAR_TIMEOUT',
      'MORTAR_TIMEOUT',
      'MORTAR_HANDLER_ABORTED',
    ]);
  });
});

describe('a chain that feeds itself', () => {
  test('comes to an end, also where publish middleware replaces each envelope', async () => {
    const letters = new Letters();
    const bus = createEventBus({
      deadLetters: letters,
      maxPublishDepth: 5,
      middleware: { publish: [validation([Lost])] },
    });
    let links = 0;
    bus.subscribe(Lost, { name: 'chain' }, async ({ publish, data }) => {
      links += 1;
      await publish(Lost, data);
    });
    await bus.deliver(Lost, { no: 1, reason: 'chain' });
    await bus.idle();
    expect(links).toBe(6);
    expect(letters.all.map(({ error }) => (error as { code?: string }).code)).toEqual([
      'MORTAR_PUBLISH_DEPTH',
    ]);
  });
});
