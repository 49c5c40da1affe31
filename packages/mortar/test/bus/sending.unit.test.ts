import { describe, expect, test } from 'vitest';
import { createEventBus, type Outcome } from '../../src/bus/index.js';
import type { Envelope } from '../../src/contracts/index.js';
import { MortarError } from '../../src/errors/index.js';
import { silentLogger } from '../../src/logging/logger.js';
import { MemoryDeadLetterStore } from '../../src/memory/index.js';
import { codeOf } from '../contracts/caught.js';
import {
  Desk,
  FloatingRejections,
  LetterSent,
  Lost,
  lettersOf,
  numberOf,
  Posted,
  posted,
  rejectionOf,
  Sorted,
  thenable,
  upTo,
  watched,
} from '../support/parcels.js';
import { settled, VirtualClock } from '../support/virtual-clock.js';

const fixed = { kind: 'fixed', delayMs: 100, jitter: false } as const;

/** The code of an outcome's error. */
function codeOfOutcome(outcome: Outcome | undefined): string | undefined {
  if (outcome === undefined || outcome.status === 'handled') return undefined;
  return outcome.error instanceof MortarError ? outcome.error.code : `${outcome.error}`;
}

describe('deliver', () => {
  test('given handlers that go on, when an event is delivered, then it resolves when the last has finished', async () => {
    const bus = createEventBus();
    const [left, right] = [new Desk(), new Desk()];
    bus.subscribe(Posted, { name: 'left' }, left.handle);
    bus.subscribe(Posted, { name: 'sync' }, () => undefined);
    bus.subscribe(Posted, { name: 'right' }, right.handle);
    const delivery = watched(bus.deliver(Posted, { no: 1 }));
    expect([left.started, right.started]).toEqual([[1], [1]]);
    right.finish(1);
    await settled();
    expect(delivery.isSettled).toBe(false);
    left.finish(1);
    expect(await delivery.promise).toEqual([
      { subscription: 'left', status: 'handled', attempts: 1 },
      { subscription: 'sync', status: 'handled', attempts: 1 },
      { subscription: 'right', status: 'handled', attempts: 1 },
    ]);
  });

  test('given no handler, when an event is delivered, then there are no outcomes', async () => {
    const bus = createEventBus();
    expect(await bus.deliver(Posted, { no: 1 })).toEqual([]);
    expect(bus.deliverSync(Posted, { no: 1 })).toEqual([]);
    expect(await bus.enqueue(Posted, { no: 1 })).toBeUndefined();
  });

  test('given handlers that end in every way, when an event is delivered, then the outcomes say how, in their order', async () => {
    const bus = createEventBus({ deadLetters: new MemoryDeadLetterStore(), logger: silentLogger });
    const error = new Error('torn');
    const tear = (): never => {
      throw error;
    };
    bus.subscribe(Posted, { name: 'dead' }, tear);
    bus.subscribe(Posted, { name: 'fine' }, async () => undefined);
    const on = { internal: 'skip' } as const;
    bus.subscribe(Posted, { name: 'skipped', retry: { attempts: 3, on } }, async () => tear());
    expect(await bus.deliver(Posted, { no: 1 })).toEqual([
      { subscription: 'dead', status: 'dead', attempts: 1, error, deadLetterId: expect.any(String) },
      { subscription: 'fine', status: 'handled', attempts: 1 },
      { subscription: 'skipped', status: 'skipped', attempts: 1, error },
    ]);
  });

  test('given an envelope, when it is delivered, then handlers get the very same', async () => {
    const bus = createEventBus();
    const seen: Envelope[] = [];
    bus.subscribe(Posted, ({ envelope }) => void seen.push(envelope));
    const envelope = posted(1, { metadata: { from: 'test' } });
    await bus.deliver(envelope);
    bus.deliverSync(envelope);
    await bus.enqueue(envelope);
    await bus.idle();
    expect(seen).toEqual([envelope, envelope, envelope]);
    expect(seen.every((one) => one === envelope)).toBe(true);
  });

  test('given data that breaks the schema, when it is sent by any verb, then it is refused and no handler called', async () => {
    const bus = createEventBus();
    const seen: number[] = [];
    bus.subscribe(Posted, ({ data }) => void seen.push(data.no));
    const data = { no: 'one' } as never;
    expect(await rejectionOf(bus.deliver(Posted, data))).toBe('MORTAR_DATA_INVALID');
    expect(await rejectionOf(bus.enqueue(Posted, data))).toBe('MORTAR_DATA_INVALID');
    expect(codeOf(() => bus.deliverSync(Posted, data))).toBe('MORTAR_DATA_INVALID');
    expect(seen).toEqual([]);
  });

  test('given a handler that delivers on its own bus and awaits it, when an event comes, then both are handled', async () => {
    const bus = createEventBus();
    const seen: string[] = [];
    bus.subscribe(Posted, async ({ data }) => {
      seen.push('posted');
      await bus.deliver(Lost, { no: data.no, reason: 'hail' });
      seen.push('after');
    });
    bus.subscribe(Lost, () => void seen.push('lost'));
    await bus.deliver(Posted, { no: 1 });
    expect(seen).toEqual(['posted', 'lost', 'after']);
  });
});

describe('deliverSync', () => {
  test('given synchronous handlers, when it returns, then all have run and the outcomes are there', () => {
    const bus = createEventBus();
    const seen: number[] = [];
    const { name } = bus.subscribe(Posted, ({ data }) => void seen.push(data.no));
    expect(bus.deliverSync(Posted, { no: 1 })).toEqual([
      { subscription: name, status: 'handled', attempts: 1 },
    ]);
    expect(seen).toEqual([1]);
  });

  test('given a handler that fails twice, when it may try three times, then retries follow at once', () => {
    const bus = createEventBus({ clock: new VirtualClock() });
    const attempts: number[] = [];
    bus.subscribe(Posted, { name: 'desk', retry: { attempts: 3, backoff: fixed } }, ({ attempt }) => {
      attempts.push(attempt);
      if (attempt < 3) throw new Error('jam');
    });
    expect(bus.deliverSync(Posted, { no: 1 })).toEqual([
      { subscription: 'desk', status: 'handled', attempts: 3 },
    ]);
    expect(attempts).toEqual([1, 2, 3]);
  });

  test.each([
    ['resolves', async () => undefined],
    ['rejects', async () => Promise.reject(new Error('late'))],
    ['is a thenable', () => thenable((_, reject) => reject?.(new Error('late')))],
  ])(
    'given a handler whose promise %s, then it has failed with MORTAR_HANDLER_ASYNC and nothing floats',
    async (_, handler) => {
      using floating = new FloatingRejections();
      const deadLetters = new MemoryDeadLetterStore();
      const bus = createEventBus({ deadLetters, logger: silentLogger });
      const seen: number[] = [];
      bus.subscribe(Posted, { name: 'late', retry: { attempts: 3 } }, handler as () => Promise<void>);
      bus.subscribe(Posted, { name: 'desk' }, ({ data }) => void seen.push(data.no));
      const [late, desk] = bus.deliverSync(Posted, { no: 1 });
      expect([late?.status, late?.attempts, codeOfOutcome(late)]).toEqual([
        'dead',
        1,
        'MORTAR_HANDLER_ASYNC',
      ]);
      expect(desk?.status).toBe('handled');
      expect(seen).toEqual([1]);
      await settled();
      expect(floating.reasons).toEqual([]);
      expect(await lettersOf(deadLetters)).toEqual(['1 late failed 1']);
    },
  );

  test('given what a synchronous handler publishes, when it returns, then it is on its way', async () => {
    const bus = createEventBus();
    const seen: number[] = [];
    bus.subscribe(Posted, ({ publish }) => void publish(LetterSent, { no: 7 }));
    bus.subscribe(LetterSent, ({ data }) => void seen.push(data.no));
    bus.deliverSync(Posted, { no: 1 });
    await bus.idle();
    expect(seen).toEqual([7]);
  });
});

describe('enqueue, deliverBatch, redeliver', () => {
  test('given a handler, when an event is enqueued, then it returns before the handler is called, and resolves before it ends', async () => {
    const bus = createEventBus();
    const desk = new Desk();
    bus.subscribe(Posted, desk.handle);
    const accepted = bus.enqueue(Posted, { no: 1 });
    expect(desk.started).toEqual([]);
    await accepted;
    await settled();
    expect(desk.started).toEqual([1]);
    expect(desk.ended).toEqual([]);
    desk.finish(1);
    await bus.idle();
    expect(desk.ended).toEqual([1]);
  });

  test('given more than one slice of events, when they are enqueued, then timers still get their turn', async () => {
    const bus = createEventBus();
    const seen: number[] = [];
    let seenAtImmediate = 0;
    bus.subscribe(Posted, ({ data }) => void seen.push(data.no));
    for (const no of upTo(2_000)) void bus.enqueue(Posted, { no });
    setImmediate(() => {
      seenAtImmediate = seen.length;
    });
    await bus.idle();
    expect(seen).toEqual(upTo(2_000));
    expect(seenAtImmediate).toBeLessThan(2_000);
    expect(seenAtImmediate).toBeGreaterThan(0);
  });

  test('given a batch of envelopes, when it is delivered, then they start in order and each has its outcomes', async () => {
    const deadLetters = new MemoryDeadLetterStore();
    const bus = createEventBus({ deadLetters, logger: silentLogger });
    const seen: number[] = [];
    bus.subscribe(Posted, { name: 'desk' }, async ({ data }) => {
      seen.push(data.no);
      if (data.no === 2) throw new Error('torn');
    });
    const outcomes = await bus.deliverBatch(upTo(3).map((no) => posted(no)));
    expect(seen).toEqual([1, 2, 3]);
    expect(outcomes.map(([outcome]) => outcome?.status)).toEqual(['handled', 'dead', 'handled']);
    expect(await bus.deliverBatch([])).toEqual([]);
  });

  test('given a batch with one that is no envelope, when it is delivered, then nothing of it is', async () => {
    const bus = createEventBus();
    const seen: number[] = [];
    bus.subscribe(Posted, ({ data }) => void seen.push(data.no));
    expect(await rejectionOf(bus.deliverBatch([posted(1), {} as Envelope]))).toBe('MORTAR_ENVELOPE_INVALID');
    expect(await rejectionOf(bus.deliverBatch(posted(1) as never))).toBe('MORTAR_ENVELOPE_INVALID');
    expect(seen).toEqual([]);
  });

  test('given two subscriptions, when an event is redelivered to one, then the other does not see it', async () => {
    const bus = createEventBus();
    const seen: string[] = [];
    bus.subscribe(Posted, { name: 'a' }, ({ data }) => void seen.push(`a ${data.no}`));
    const { name } = bus.subscribe(Posted, async ({ data }) => void seen.push(`b ${data.no}`));
    expect(await bus.redeliver(posted(1), 'a')).toEqual({
      subscription: 'a',
      status: 'handled',
      attempts: 1,
    });
    expect(await bus.redeliver(posted(2), name)).toEqual({
      subscription: name,
      status: 'handled',
      attempts: 1,
    });
    expect(await rejectionOf(bus.redeliver(posted(3), 'c'))).toBe('MORTAR_HANDLER_MISSING');
    expect(seen).toEqual(['a 1', 'b 2']);
  });
});

describe('order of each key', () => {
  test("given an asynchronous handler, when events of two keys come, then one a key runs at a time and keys don't wait for each other", async () => {
    const bus = createEventBus();
    const desk = new Desk();
    bus.subscribe(Sorted, desk.handle);
    const send = (no: number) => bus.deliver(Sorted, { no, belt: no % 2 === 0 ? 'even' : 'odd' });
    const deliveries = upTo(6).map(send);
    expect(desk.started).toEqual([1, 2]);
    desk.finish(2);
    await settled();
    expect(desk.started).toEqual([1, 2, 4]);
    desk.finish(4, 6, 3, 5);
    await settled();
    expect(desk.started).toEqual([1, 2, 4, 6]);
    desk.finish(1);
    await Promise.all(deliveries);
    expect(desk.started).toEqual([1, 2, 4, 6, 3, 5]);
    expect(desk.mostRunning).toBe(2);
  });

  test('given an attempt that rests, when later events of its key come, then they wait for it; another key does not', async () => {
    const clock = new VirtualClock();
    const bus = createEventBus({ clock });
    const calls: string[] = [];
    bus.subscribe(Sorted, { retry: { attempts: 3, backoff: fixed } }, ({ data, attempt }) => {
      calls.push(`${data.belt}${data.no}.${attempt}`);
      if (data.no === 1 && attempt < 3) throw new Error('jam');
    });
    const first = bus.deliver(Sorted, { no: 1, belt: 'a' });
    const second = bus.deliver(Sorted, { no: 2, belt: 'a' });
    await bus.deliver(Sorted, { no: 3, belt: 'b' });
    await bus.enqueue(Sorted, { no: 4, belt: 'a' });
    await clock.advance(200);
    await Promise.all([first, second]);
    await bus.idle();
    expect(calls).toEqual(['a1.1', 'b3.1', 'a1.2', 'a1.3', 'a2.1', 'a4.1']);
  });

  test('given a later event of higher priority, when it has the same key, then it still comes later', async () => {
    const bus = createEventBus({ concurrency: 1 });
    const desk = new Desk();
    bus.subscribe(Sorted, desk.handle);
    desk.finish(...upTo(4));
    void bus.enqueue(Sorted, { no: 1, belt: 'a' }, { priority: 'low' });
    void bus.enqueue(Sorted, { no: 2, belt: 'a' }, { priority: 'critical' });
    void bus.enqueue(Sorted, { no: 3, belt: 'b' }, { priority: 'high' });
    void bus.enqueue(Sorted, { no: 4, belt: 'a' });
    await bus.idle();
    expect(desk.started.filter((no) => no !== 3)).toEqual([1, 2, 4]);
    expect(desk.started[0]).toBe(3);
  });

  test('given one key on two subscriptions, when one is slow, then the other goes on', async () => {
    const bus = createEventBus();
    const desk = new Desk();
    const seen: number[] = [];
    bus.subscribe(Sorted, desk.handle);
    bus.subscribe(Sorted, async ({ data }) => void seen.push(data.no));
    const deliveries = upTo(3).map((no) => bus.deliver(Sorted, { no, belt: 'a' }));
    await settled();
    expect(seen).toEqual([1, 2, 3]);
    expect(desk.started).toEqual([1]);
    desk.finish(1, 2, 3);
    await Promise.all(deliveries);
  });
});

describe('recursion by publish', () => {
  test('given 100,000 links, when each handler publishes the next, then the stack holds and the last is handled', async () => {
    const bus = createEventBus({ maxPublishDepth: 200_000 });
    let last = 0;
    bus.subscribe(Posted, ({ data, publish }) => {
      last = data.no;
      if (data.no < 100_000) void publish(Posted, { no: data.no + 1 });
    });
    await bus.deliver(Posted, { no: 1 });
    await bus.idle();
    expect(last).toBe(100_000);
  });

  test('given a handler that delivers the next on its bus, when 20,000 follow, then the stack holds', async () => {
    const bus = createEventBus({ maxPublishDepth: 200_000 });
    let last = 0;
    bus.subscribe(Posted, ({ data }) => {
      last = data.no;
      if (data.no < 20_000) void bus.deliver(Posted, { no: data.no + 1 });
    });
    await bus.deliver(Posted, { no: 1 });
    await bus.idle();
    expect(last).toBe(20_000);
  });

  test("given no limit of one's own, when a handler feeds itself, then the 101st link is refused with MORTAR_PUBLISH_DEPTH", async () => {
    const deadLetters = new MemoryDeadLetterStore();
    const bus = createEventBus({ deadLetters, logger: silentLogger });
    const seen: number[] = [];
    bus.subscribe(Posted, { name: 'loop' }, async ({ data, publish }) => {
      seen.push(data.no);
      await publish(Posted, { no: data.no + 1 });
    });
    await bus.deliver(Posted, { no: 0 });
    await bus.idle();
    expect(seen).toEqual([0, ...upTo(100)]);
    const [letter] = await deadLetters.list();
    expect(letter && [numberOf(letter.envelope), letter.error.code]).toEqual([100, 'MORTAR_PUBLISH_DEPTH']);
  });

  test('given maxPublishDepth 2, when a handler calls the verbs of its bus on its stack, then they count as well', async () => {
    const bus = createEventBus({ maxPublishDepth: 2 });
    const codes: string[] = [];
    bus.subscribe(Posted, ({ data }) => {
      try {
        bus.deliverSync(Posted, { no: data.no + 1 });
      } catch (error) {
        codes.push(`${data.no} ${(error as MortarError).code}`);
      }
    });
    await bus.deliver(Posted, { no: 0 });
    expect(codes).toEqual(['2 MORTAR_PUBLISH_DEPTH']);
  });
});
