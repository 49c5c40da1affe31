import { describe, expect, test } from 'vitest';
import { createEventBus, type Outcome } from '../../../src/bus/index.js';
import type { Priority } from '../../../src/contracts/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { MemoryDeadLetterStore } from '../../../src/memory/index.js';
import {
  Desk,
  LetterSent,
  lettersOf,
  Posted,
  rejectionOf,
  Sorted,
  upTo,
  watched,
} from '../../support/parcels.js';
import { settled, VirtualClock } from '../../support/virtual-clock.js';

const fixed = { kind: 'fixed', delayMs: 100, jitter: false } as const;

/** The code of an outcome's error. */
function codeOfOutcome(outcome: Outcome | undefined): string | undefined {
  if (outcome === undefined || outcome.status === 'handled') return undefined;
  return outcome.error instanceof MortarError ? outcome.error.code : `${outcome.error}`;
}

describe('priority lanes', () => {
  const send: Readonly<Record<string, { concurrency?: number }>> = {
    'the bus': { concurrency: 1 },
    'the subscription': {},
  };

  test.each(Object.keys(send))(
    'given concurrency 1 on %s, when all lanes wait, then critical goes first and low last',
    async (where) => {
      const bus = createEventBus(send[where]);
      const desk = new Desk();
      bus.subscribe(Posted, where === 'the bus' ? {} : { concurrency: 1 }, desk.handle);
      const running = bus.deliver(Posted, { no: 0 });
      const lanes: readonly Priority[] = ['low', 'normal', 'high', 'critical'];
      const waiting = lanes.map((priority, no) => bus.deliver(Posted, { no: no + 1 }, { priority }));
      desk.finish(...[0, ...upTo(4)]);
      await Promise.all([running, ...waiting]);
      expect(desk.started).toEqual([0, 4, 3, 2, 1]);
      expect(desk.mostRunning).toBe(1);
    },
  );

  test.each(Object.keys(send))(
    'given a flood of critical on %s, when a low one waits, then at most 32 go before it',
    async (where) => {
      const bus = createEventBus(send[where]);
      const desk = new Desk();
      bus.subscribe(Posted, where === 'the bus' ? {} : { concurrency: 1 }, desk.handle);
      const deliveries = [
        bus.deliver(Posted, { no: 0 }),
        bus.deliver(Posted, { no: 1 }, { priority: 'low' }),
      ];
      for (const no of upTo(100))
        deliveries.push(bus.deliver(Posted, { no: no + 1 }, { priority: 'critical' }));
      desk.finish(...upTo(102).map((no) => no - 1));
      await Promise.all(deliveries);
      expect(desk.started).toHaveLength(102);
      expect(desk.started.slice(1).indexOf(1)).toBeLessThanOrEqual(32);
      expect(desk.started[1]).toBe(2);
    },
  );

  test('given four full lanes in the queue of the bus, when they are taken, then no head is passed over beyond its bound', async () => {
    const bus = createEventBus();
    const seen: Priority[] = [];
    bus.subscribe(Posted, ({ envelope }) => void seen.push(envelope.priority));
    for (const priority of ['low', 'normal', 'high', 'critical'] as const) {
      for (const no of upTo(200)) void bus.enqueue(Posted, { no }, { priority });
    }
    await bus.idle();
    expect(seen).toHaveLength(800);
    expect(seen[0]).toBe('critical');
    for (const [lane, bound] of [
      ['high', 10],
      ['normal', 17],
      ['low', 32],
    ] as const) {
      expect(seen.indexOf(lane)).toBeLessThanOrEqual(bound);
      expect(longestGap(seen.slice(0, seen.lastIndexOf('critical')), lane)).toBeLessThanOrEqual(bound);
    }
  });

  test('given two of one lane, when they wait, then the first comes first', async () => {
    const bus = createEventBus();
    const seen: number[] = [];
    bus.subscribe(Posted, ({ data }) => void seen.push(data.no));
    for (const no of upTo(50)) void bus.enqueue(Posted, { no }, { priority: 'high' });
    await bus.idle();
    expect(seen).toEqual(upTo(50));
  });
});

describe('the queue of the bus', () => {
  test('given `wait`, when more come than it holds, then senders wait at the door, and beyond twice the bound are refused', async () => {
    const bus = createEventBus({ queue: { maxSize: 2 } });
    const seen: number[] = [];
    bus.subscribe(Posted, ({ data }) => void seen.push(data.no));
    const sent = upTo(4).map((no) => watched(bus.enqueue(Posted, { no })));
    expect(await rejectionOf(bus.enqueue(Posted, { no: 5 }))).toBe('MORTAR_QUEUE_FULL');
    await Promise.all(sent.map(({ promise }) => promise));
    await bus.idle();
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  test('given `wait` and a handler that holds all back, when its queue is over the bound, then senders wait until it ends', async () => {
    const bus = createEventBus({ concurrency: 1, queue: { maxSize: 1 } });
    const desk = new Desk();
    bus.subscribe(Posted, desk.handle);
    const running = [bus.deliver(Posted, { no: 1 }), bus.deliver(Posted, { no: 2 })];
    await bus.enqueue(Posted, { no: 3 });
    const held = watched(bus.enqueue(Posted, { no: 4 }));
    await settled();
    expect(held.isSettled).toBe(false);
    expect(await rejectionOf(bus.enqueue(Posted, { no: 5 }))).toBe('MORTAR_QUEUE_FULL');
    desk.finish(1);
    await held.promise;
    expect(desk.started).toEqual([1, 2]);
    desk.finish(2, 3, 4);
    await Promise.all(running);
    await bus.idle();
    expect(desk.ended).toEqual([1, 2, 3, 4]);
  });

  test('given `reject`, when it is full, then what comes is refused and what waits is handled', async () => {
    const bus = createEventBus({ queue: { maxSize: 2, whenFull: 'reject' } });
    const seen: number[] = [];
    bus.subscribe(Posted, ({ data }) => void seen.push(data.no));
    const sent = upTo(4).map((no) =>
      bus.enqueue(Posted, { no }, { priority: no === 4 ? 'critical' : 'low' }),
    );
    const results = await Promise.allSettled(sent);
    await bus.idle();
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(seen).toEqual([1, 2]);
  });

  test('given `dropLowest`, when it is full, then the newest of the lowest lane gives way and is a dead letter for each subscription', async () => {
    const deadLetters = new MemoryDeadLetterStore();
    const bus = createEventBus({ deadLetters, queue: { maxSize: 3, whenFull: 'dropLowest' } });
    const seen: number[] = [];
    bus.subscribe(Posted, { name: 'a' }, ({ data }) => void seen.push(data.no));
    bus.subscribe(Posted, { name: 'b' }, () => undefined);
    const lanes: readonly Priority[] = ['low', 'low', 'normal', 'critical', 'low'];
    const results = await Promise.allSettled(
      lanes.map((priority, index) => bus.enqueue(Posted, { no: index + 1 }, { priority })),
    );
    await bus.idle();
    expect(results.map(({ status }) => status)).toEqual([...upTo(4).map(() => 'fulfilled'), 'rejected']);
    expect(seen).toEqual([4, 3, 1]);
    expect(await lettersOf(deadLetters)).toEqual(['2 a dropped 0', '2 b dropped 0']);
  });

  test('given `dropLowest`, when the one that gives way has a key, then the next of its key comes in its place', async () => {
    const deadLetters = new MemoryDeadLetterStore();
    const queue = { maxSize: 3, whenFull: 'dropLowest' } as const;
    const bus = createEventBus({ deadLetters, queue, logger: silentLogger });
    const seen: number[] = [];
    bus.subscribe(Sorted, { name: 'desk' }, ({ data }) => void seen.push(data.no));
    void bus.enqueue(Sorted, { no: 1, belt: 'a' }, { priority: 'low' });
    void bus.enqueue(Sorted, { no: 2, belt: 'a' });
    void bus.enqueue(Sorted, { no: 3, belt: 'b' });
    void bus.enqueue(Sorted, { no: 4, belt: 'c' }, { priority: 'high' });
    await bus.idle();
    expect(seen.sort()).toEqual([2, 3, 4]);
    expect(await lettersOf(deadLetters)).toEqual(['1 desk dropped 0']);
    await bus.enqueue(Sorted, { no: 5, belt: 'a' });
    await bus.idle();
    expect(seen).toContain(5);
  });
});

describe('the queue of a subscription', () => {
  /** A bus whose one handler runs event 0 and holds the others up. */
  function busy(whenFull: 'wait' | 'reject' | 'dropLowest') {
    const deadLetters = new MemoryDeadLetterStore();
    const bus = createEventBus({ deadLetters, logger: silentLogger });
    const desk = new Desk();
    bus.subscribe(Posted, { name: 'desk', concurrency: 1, queue: { maxSize: 2, whenFull } }, desk.handle);
    const send = (no: number, priority: Priority = 'normal') => bus.deliver(Posted, { no }, { priority });
    return { bus, desk, deadLetters, send, running: send(0) };
  }

  test('given `wait`, when it is over its bound, then what is enqueued waits in the bus, and what is delivered beyond twice the bound is refused', async () => {
    const { bus, desk, deadLetters, send, running } = busy('wait');
    const waiting = upTo(4).map((no) => send(no));
    const [refused] = await send(5);
    expect([refused?.status, codeOfOutcome(refused)]).toEqual(['dead', 'MORTAR_QUEUE_FULL']);
    await bus.enqueue(Posted, { no: 6 });
    await settled();
    desk.finish(0, 1, 2, 3, 4, 6);
    await Promise.all([running, ...waiting]);
    await bus.idle();
    expect(desk.ended).toEqual([0, 1, 2, 3, 4, 6]);
    expect(await lettersOf(deadLetters)).toEqual(['5 desk refused 0']);
  });

  test('given `reject`, when it is full, then what comes is a dead letter with reason refused', async () => {
    const { bus, desk, deadLetters, send, running } = busy('reject');
    const waiting = [send(1), send(2)];
    const [refused] = await send(3, 'critical');
    expect(refused).toMatchObject({ subscription: 'desk', status: 'dead', attempts: 0 });
    await bus.enqueue(Posted, { no: 4 });
    await settled();
    desk.finish(0, 1, 2);
    await Promise.all([running, ...waiting]);
    expect(desk.ended).toEqual([0, 1, 2]);
    expect(await lettersOf(deadLetters)).toEqual(['3 desk refused 0', '4 desk refused 0']);
  });

  test('given `dropLowest`, when a higher one comes, then the newest low one gives way; an equal one is refused', async () => {
    const { desk, deadLetters, send, running } = busy('dropLowest');
    const [first, second] = [send(1, 'low'), send(2, 'low')];
    const third = send(3, 'high');
    expect(codeOfOutcome((await second)[0])).toBe('MORTAR_QUEUE_FULL');
    expect((await send(4, 'low'))[0]?.status).toBe('dead');
    desk.finish(0, 1, 3);
    await Promise.all([running, first, third]);
    expect(desk.ended).toEqual([0, 3, 1]);
    expect(await lettersOf(deadLetters)).toEqual(['2 desk dropped 0', '4 desk refused 0']);
  });
});

describe('concurrency of the bus', () => {
  test('given a limit of 2, when many handlers of several subscriptions are due, then 2 run at once and all end', async () => {
    const bus = createEventBus({ concurrency: 2 });
    const desk = new Desk();
    bus.subscribe(Posted, { name: 'a' }, desk.handle);
    bus.subscribe(LetterSent, { name: 'b' }, desk.handle);
    const deliveries = upTo(6).map((no) =>
      no % 2 === 0 ? bus.deliver(Posted, { no }) : bus.deliver(LetterSent, { no }),
    );
    expect(desk.started).toEqual([1, 2]);
    desk.finish(...upTo(6));
    const outcomes = (await Promise.all(deliveries)).flat();
    expect(outcomes.every(({ status }) => status === 'handled')).toBe(true);
    expect(desk.mostRunning).toBe(2);
  });

  test('given an attempt that rests, when others wait, then it does not hold its place', async () => {
    const clock = new VirtualClock();
    const bus = createEventBus({ clock, concurrency: 1 });
    const calls: string[] = [];
    bus.subscribe(Posted, { retry: { attempts: 2, backoff: fixed } }, async ({ data, attempt }) => {
      calls.push(`${data.no}.${attempt}`);
      if (data.no === 1 && attempt === 1) throw new Error('jam');
    });
    const deliveries = [bus.deliver(Posted, { no: 1 }), bus.deliver(Posted, { no: 2 })];
    await clock.advance(100);
    await Promise.all(deliveries);
    expect(calls).toEqual(['1.1', '2.1', '1.2']);
  });
});

/** The most others in a row without one of a lane, from the first of the lane on. */
function longestGap(seen: readonly Priority[], lane: Priority): number {
  let longest = 0;
  let gap = 0;
  for (const priority of seen) {
    gap = priority === lane ? 0 : gap + 1;
    longest = Math.max(longest, gap);
  }
  return longest;
}
