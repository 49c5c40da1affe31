import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  correlation,
  createEventBus,
  createMessageBus,
  deduplication,
  type HandleMiddleware,
  logging,
  type PublishMiddleware,
  timeout,
  validation,
} from '../../src/bus/index.js';
import { command, type Envelope, event, newId } from '../../src/contracts/index.js';
import { silentLogger } from '../../src/logging/logger.js';
import { MemoryDeadLetterStore } from '../../src/memory/index.js';
import { codeOf } from '../contracts/caught.js';
import { LogBook } from '../support/log-book.js';
import {
  Desk,
  errorOf,
  Latch,
  LetterSent,
  Lost,
  Posted,
  posted,
  rejectionOf,
  upTo,
} from '../support/parcels.js';
import { settled, VirtualClock } from '../support/virtual-clock.js';

const Stamp = command('post.stamp', { data: z.object({ no: z.number() }), result: z.number() });

/** A bus with publish middleware, and the numbers that reached its handler. */
function publishing(...publish: readonly PublishMiddleware[]) {
  const bus = createEventBus({ logger: silentLogger, middleware: { publish } });
  const seen: Envelope[] = [];
  bus.subscribe('**', { name: 'desk' }, ({ envelope }) => void seen.push(envelope));
  return { bus, seen };
}

describe('publish middleware', () => {
  test('given two, when an event is sent by any verb, then the first stands outermost', async () => {
    const steps: string[] = [];
    const step =
      (name: string): PublishMiddleware =>
      (envelope, next) => {
        steps.push(`${name} in`);
        const outcomes = next(envelope);
        steps.push(`${name} out`);
        return outcomes;
      };
    const { bus, seen } = publishing(step('a'), step('b'));
    for (const send of [
      () => bus.deliver(Posted, { no: 1 }),
      () => bus.deliverSync(Posted, { no: 1 }),
      () => bus.enqueue(Posted, { no: 1 }),
      () => bus.deliverBatch([posted(1)]),
    ]) {
      await send();
      await bus.idle();
      expect(steps.splice(0)).toEqual(['a in', 'b in', 'b out', 'a out']);
    }
    expect(seen).toHaveLength(4);
  });

  test('given one that throws or rejects, when an event is sent, then the sender gets its error and no handler the event', async () => {
    const error = new Error('not today');
    for (const refuse of [
      () => {
        throw error;
      },
      () => Promise.reject(error),
    ] as const) {
      const { bus, seen } = publishing(refuse);
      expect(await errorOf(bus.deliver(Posted, { no: 1 }))).toBe(error);
      expect(await errorOf(bus.enqueue(Posted, { no: 1 }))).toBe(error);
      await bus.idle();
      expect(seen).toEqual([]);
    }
  });

  test('given one that drops, when an event is sent, then there are no outcomes and no handler is called', async () => {
    const { bus, seen } = publishing((envelope, next) => (envelope.tenant === 'evil' ? [] : next(envelope)));
    expect(await bus.deliver(Posted, { no: 1 }, { tenant: 'evil' })).toEqual([]);
    expect(bus.deliverSync(Posted, { no: 1 }, { tenant: 'evil' })).toEqual([]);
    await bus.enqueue(Posted, { no: 2 }, { tenant: 'evil' });
    expect(await bus.deliver(Posted, { no: 3 })).toHaveLength(1);
    await bus.idle();
    expect(seen.map(({ data }) => data)).toEqual([{ no: 3 }]);
  });

  test('given one that replaces, when an event is sent, then handlers get the other, also of another type', async () => {
    const { bus, seen } = publishing((envelope, next) =>
      next(
        envelope.type === 'post.parcel-posted'
          ? { ...envelope, type: 'post.parcel-renamed', data: { no: 9 } }
          : envelope,
      ),
    );
    await bus.deliver(Posted, { no: 1 });
    expect(seen.map(({ type, data }) => ({ type, data }))).toEqual([
      { type: 'post.parcel-renamed', data: { no: 9 } },
    ]);
  });

  test('given one that passes on what is no envelope, when an event is sent, then MORTAR_ENVELOPE_INVALID', async () => {
    const { bus, seen } = publishing((_, next) => next({ type: 'post.parcel-posted' } as Envelope));
    expect(await rejectionOf(bus.deliver(Posted, { no: 1 }))).toBe('MORTAR_ENVELOPE_INVALID');
    expect(seen).toEqual([]);
  });

  test('given an asynchronous one, when an event is delivered, then it is waited for, and deliverSync is refused', async () => {
    const latch = new Latch();
    const { bus, seen } = publishing(async (envelope, next) => {
      await latch.opened;
      return next(envelope);
    });
    const delivery = bus.deliver(Posted, { no: 1 });
    await settled();
    expect(seen).toEqual([]);
    expect(codeOf(() => bus.deliverSync(Posted, { no: 2 }))).toBe('MORTAR_HANDLER_ASYNC');
    latch.open();
    expect(await delivery).toHaveLength(1);
    await settled();
  });

  test('given what a handler publishes, when middleware sees it, then it may refuse it to the handler', async () => {
    const refuseLetters: PublishMiddleware = (envelope, next) => {
      if (envelope.type === 'mail.letter-sent') throw new Error('no letters');
      return next(envelope);
    };
    const { bus, seen } = publishing(refuseLetters);
    const errors: unknown[] = [];
    bus.subscribe(Posted, async ({ publish }) => {
      errors.push(await errorOf(publish(LetterSent, { no: 1 })));
      await publish(Lost, { no: 1, reason: 'dust' });
    });
    await bus.deliver(Posted, { no: 1 });
    await bus.idle();
    expect(errors).toEqual([new Error('no letters')]);
    expect(seen.map(({ type }) => type)).toEqual(['post.parcel-posted', 'post.parcel-lost']);
  });
});

describe('handle middleware', () => {
  test('given two, when events, batches and commands are handled, then the first stands outermost and sees who is called', async () => {
    const steps: string[] = [];
    const step =
      (name: string): HandleMiddleware =>
      async (context, next) => {
        steps.push(`${name} ${context.handler.name}`);
        const result = await next(context);
        steps.push(`${name} end`);
        return result;
      };
    const { events, requests } = createMessageBus({ middleware: { handle: [step('a'), step('b')] } });
    events.subscribe(Posted, { name: 'desk' }, () => void steps.push('handler'));
    events.subscribe(
      Lost,
      { name: 'batch', batch: { size: 2, withinMs: 0 } },
      (batch) => void steps.push(`batch of ${batch.length}`),
    );
    requests.handle(Stamp, ({ data }) => data.no * 2);
    await events.deliver(Posted, { no: 1 });
    expect(steps.splice(0)).toEqual(['a desk', 'b desk', 'handler', 'b end', 'a end']);
    await Promise.all(upTo(2).map((no) => events.deliver(Lost, { no, reason: 'age' })));
    expect(steps.splice(0)).toEqual(['a batch', 'b batch', 'batch of 2', 'b end', 'a end']);
    expect(await requests.dispatch(Stamp, { no: 4 })).toBe(8);
    expect(steps.splice(0)).toEqual(['a post.stamp', 'b post.stamp', 'b end', 'a end']);
  });

  test('given one that throws, when an event comes, then it is a failed attempt, and the policy heeds it', async () => {
    let refusals = 0;
    const refuse: HandleMiddleware = (context, next) => {
      if (context.attempt === 1) {
        refusals += 1;
        throw new Error('not yet');
      }
      return next(context);
    };
    const bus = createEventBus({ middleware: { handle: [refuse] } });
    const seen: number[] = [];
    const retry = { attempts: 2, backoff: { kind: 'fixed', delayMs: 0 } } as const;
    bus.subscribe(Posted, { name: 'desk', retry }, ({ data }) => void seen.push(data.no));
    expect(await bus.deliver(Posted, { no: 1 })).toEqual([
      { subscription: 'desk', status: 'handled', attempts: 2 },
    ]);
    expect([refusals, seen]).toEqual([1, [1]]);
  });

  test('given one that answers by itself, when an event or a command comes, then the handler is not called', async () => {
    const { events, requests } = createMessageBus({ middleware: { handle: [() => 7] } });
    const seen: number[] = [];
    events.subscribe(Posted, ({ data }) => void seen.push(data.no));
    requests.handle(Stamp, ({ data }) => data.no);
    expect((await events.deliver(Posted, { no: 1 }))[0]?.status).toBe('handled');
    expect(await requests.dispatch(Stamp, { no: 1 })).toBe(7);
    expect(seen).toEqual([]);
  });
});

describe('logging', () => {
  test('given handlers that succeed and fail, when they end, then there is a line for each, with its duration', async () => {
    const clock = new VirtualClock();
    const log = new LogBook();
    const bus = createEventBus({
      clock,
      logger: silentLogger,
      middleware: { handle: [logging(log, clock)] },
    });
    const desk = new Desk();
    const error = new Error('torn');
    bus.subscribe(Posted, { name: 'slow' }, desk.handle);
    bus.subscribe(Posted, { name: 'bad' }, () => {
      throw error;
    });
    const envelope = posted(1, { correlationId: 'request-7' });
    const delivery = bus.deliver(envelope);
    await clock.advance(25);
    desk.finish(1);
    await delivery;
    const bound = {
      type: 'post.parcel-posted',
      messageId: envelope.id,
      correlationId: 'request-7',
      attempt: 1,
    };
    expect(log.lines).toEqual([
      { level: 'warn', message: 'failed', fields: { ...bound, handler: 'bad', durationMs: 0, error } },
      { level: 'debug', message: 'handled', fields: { ...bound, handler: 'slow', durationMs: 25 } },
    ]);
  });
});

describe('validation', () => {
  const Weighed = event('post.parcel-weighed', {
    data: z.object({ grams: z.number().positive() }),
    schemaVersion: 2,
    upcasters: { 1: (data) => ({ grams: (data as { kilos: number }).kilos * 1_000 }) },
  });

  test('given an old envelope from outside, when it is let in, then handlers get it up to date', async () => {
    const { bus, seen } = publishing(validation([Weighed]));
    const old = { ...posted(1), type: 'post.parcel-weighed', schemaVersion: 1, data: { kilos: 2 } };
    await bus.deliver(old);
    expect(seen.map(({ schemaVersion, data }) => ({ schemaVersion, data }))).toEqual([
      { schemaVersion: 2, data: { grams: 2_000 } },
    ]);
  });

  test.each([
    ['data that breaks the schema', { schemaVersion: 2, data: { grams: -1 } }, 'MORTAR_UPCAST_FAILED'],
    ['an upcast that gives such data', { schemaVersion: 1, data: { kilos: -1 } }, 'MORTAR_UPCAST_FAILED'],
    ['an unknown event', { type: 'post.parcel-eaten' }, 'MORTAR_ENVELOPE_INVALID'],
    ['a schema version from the future', { schemaVersion: 3, data: { grams: 1 } }, 'MORTAR_UPCAST_MISSING'],
  ])('given %s, when it comes, then it is refused', async (_, difference, code) => {
    const { bus, seen } = publishing(validation([Weighed]));
    const envelope = { ...posted(1), type: 'post.parcel-weighed', ...difference };
    expect(await rejectionOf(bus.deliver(envelope))).toBe(code);
    expect(seen).toEqual([]);
  });
});

describe('correlation', () => {
  const known = { correlationId: 'request-7', actor: 'ann', tenant: 'acme' };

  test('given an event that says nothing, when it is sent, then it gets what the surroundings know', async () => {
    const { bus, seen } = publishing(correlation(() => known));
    await bus.deliver(Posted, { no: 1 });
    expect(seen[0]).toMatchObject({ ...known, causationId: undefined, traceparent: undefined });
  });

  test('given an event that says something itself, when it is sent, then that stays', async () => {
    const { bus, seen } = publishing(correlation(() => known));
    await bus.deliver(Posted, { no: 1 }, { correlationId: 'own', actor: 'bob' });
    expect(seen[0]).toMatchObject({ correlationId: 'own', actor: 'bob', tenant: 'acme' });
  });

  test('given what a handler publishes, when it is sent, then it carries on, and the surroundings add nothing', async () => {
    const { bus, seen } = publishing(correlation(() => ({ tenant: 'wrong', actor: 'wrong' })));
    bus.subscribe(Posted, async ({ publish }) => publish(LetterSent, { no: 1 }));
    const origin = posted(1, { tenant: 'acme' });
    await bus.deliver({ ...origin, causationId: origin.id });
    await bus.idle();
    expect(seen.map(({ tenant, actor }) => ({ tenant, actor }))).toEqual([
      { tenant: 'acme', actor: undefined },
      { tenant: 'acme', actor: undefined },
    ]);
  });
});

describe('timeout', () => {
  test('given a handler that takes too long, when the time is up, then its signal is aborted and the attempt has failed', async () => {
    const clock = new VirtualClock();
    const deadLetters = new MemoryDeadLetterStore();
    const handle = [timeout(100, clock)];
    const bus = createEventBus({ clock, deadLetters, logger: silentLogger, middleware: { handle } });
    const signals: AbortSignal[] = [];
    const desk = new Desk();
    bus.subscribe(Posted, (context) => {
      signals.push(context.signal);
      return desk.handle(context);
    });
    bus.subscribe(Lost, () => undefined);
    await bus.deliver(Lost, { no: 2, reason: 'ice' });
    const delivery = bus.deliver(Posted, { no: 1 });
    await clock.advance(99);
    expect(signals[0]?.aborted).toBe(false);
    await clock.advance(1);
    expect((await delivery)[0]).toMatchObject({ status: 'dead', error: { code: 'MORTAR_HANDLER_TIMEOUT' } });
    expect(signals[0]?.aborted).toBe(true);
    expect(clock.pending).toBe(0);
    desk.finish(1);
  });

  test('given a bad number, when it is made, then MORTAR_OPTIONS_INVALID', () => {
    for (const bad of [0, -1, 1.5, Number.NaN, 2 ** 31])
      expect(codeOf(() => timeout(bad))).toBe('MORTAR_OPTIONS_INVALID');
    for (const window of [0, 0.5])
      expect(codeOf(() => deduplication({ window }))).toBe('MORTAR_OPTIONS_INVALID');
  });
});

describe('deduplication', () => {
  test('given one id twice, when it is sent by different verbs, then it is handled once', async () => {
    const { bus, seen } = publishing(deduplication());
    const envelope = posted(1);
    expect(await bus.deliver(envelope)).toHaveLength(1);
    expect(await bus.deliver(envelope)).toEqual([]);
    expect(bus.deliverSync(envelope)).toEqual([]);
    await bus.enqueue(envelope);
    await bus.idle();
    expect(seen).toHaveLength(1);
  });

  test('given a window of 3, when an id is older than that, then it is let through again', async () => {
    const { bus, seen } = publishing(deduplication({ window: 3 }));
    const envelopes = upTo(4).map((no) => posted(no));
    for (const envelope of [...envelopes.slice(0, 3), ...envelopes.slice(0, 3)]) await bus.deliver(envelope);
    expect(seen).toHaveLength(3);
    await bus.deliver(envelopes[3] as Envelope);
    await bus.deliver(envelopes[0] as Envelope);
    await bus.deliver(envelopes[2] as Envelope);
    expect(seen.map(({ data }) => data)).toEqual([{ no: 1 }, { no: 2 }, { no: 3 }, { no: 4 }, { no: 1 }]);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('full');
      },
    ],
    ['rejects', () => Promise.reject(new Error('full'))],
  ])(
    'given what stands behind it %s, when the event is sent again, then it is let through',
    async (_, refuse) => {
      let isRefusing = true;
      const { bus, seen } = publishing(deduplication(), (envelope, next) =>
        isRefusing ? refuse() : next(envelope),
      );
      const envelope = posted(1);
      await errorOf(bus.deliver(envelope));
      await errorOf(bus.enqueue(envelope));
      isRefusing = false;
      expect(await bus.deliver(envelope)).toHaveLength(1);
      expect(await bus.deliver(envelope)).toEqual([]);
      expect(seen).toHaveLength(1);
    },
  );

  test('given a queue that refuses, when there is room again, then the event may be sent again', async () => {
    const queue = { maxSize: 1, whenFull: 'reject' } as const;
    const bus = createEventBus({ queue, middleware: { publish: [deduplication()] } });
    const seen: number[] = [];
    bus.subscribe(Posted, ({ data }) => void seen.push(data.no));
    const refused = posted(2);
    const first = bus.enqueue(posted(1));
    expect(await rejectionOf(bus.enqueue(refused))).toBe('MORTAR_QUEUE_FULL');
    await first;
    await bus.idle();
    await bus.enqueue(refused);
    await bus.idle();
    expect(seen).toEqual([1, 2]);
  });

  test('given an event that a failed attempt published, when the next attempt publishes it again, then it is sent once', async () => {
    const { bus, seen } = publishing(deduplication());
    const id = newId();
    const retry = { attempts: 3, backoff: { kind: 'fixed', delayMs: 0 } } as const;
    bus.subscribe(Posted, { retry }, async ({ attempt, publish }) => {
      await publish(LetterSent, { no: attempt }, { id });
      await publish(LetterSent, { no: attempt * 10 }, { id });
      if (attempt < 3) throw new Error('jam');
    });
    await bus.deliver(Posted, { no: 1 });
    await bus.idle();
    expect(seen.filter(({ type }) => type === 'mail.letter-sent').map(({ data }) => data)).toEqual([
      { no: 3 },
    ]);
  });
});
