import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createEventBus, createMessageBus } from '../../src/bus/index.js';
import { command, query } from '../../src/contracts/index.js';
import type { MortarError } from '../../src/errors/index.js';
import { silentLogger } from '../../src/logging/logger.js';
import { MemoryDeadLetterStore } from '../../src/memory/index.js';
import { LogBook } from '../support/log-book.js';
import { Desk, errorOf, LetterSent, Lost, Posted, posted, rejectionOf, upTo } from '../support/parcels.js';
import { settled, VirtualClock } from '../support/virtual-clock.js';

const Send = command('mail.send-letter', {
  data: z.object({ to: z.string().min(2), stamps: z.number().int().positive().default(1) }),
  result: z.object({ price: z.number() }),
});
const Burn = command('mail.burn-letter', { data: z.object({ no: z.number() }) });
const Find = query('mail.find-letter', { data: z.object({ no: z.number() }), result: z.string() });
const Count = query('mail.count-letters', { data: z.object({}), result: z.number() });

/** A message bus, and the numbers of the letters that were sent on it. */
function mailing(options: Parameters<typeof createMessageBus>[0] = {}) {
  const { events, requests } = createMessageBus({ logger: silentLogger, ...options });
  const sent: number[] = [];
  events.subscribe(LetterSent, ({ data }) => void sent.push(data.no));
  return { events, requests, sent };
}

describe('the context of an event', () => {
  test('given no origin, when handlers publish down a chain, then the first id correlates all, and each names its cause', async () => {
    const bus = createEventBus();
    const seen: string[] = [];
    const ids: string[] = [];
    bus.subscribe(Posted, ({ data, envelope, publish }) => {
      ids.push(envelope.id);
      seen.push(`${ids.indexOf(envelope.correlationId)} ${ids.indexOf(envelope.causationId ?? '')}`);
      if (data.no < 4) void publish(Posted, { no: data.no + 1 });
    });
    await bus.deliver(Posted, { no: 1 });
    await bus.idle();
    expect(seen).toEqual(['0 -1', '0 0', '0 1', '0 2']);
    expect(new Set(ids).size).toBe(4);
  });

  test('given 1,000 interleaved handlers of 7 tenants, when each publishes after some awaits, then no tenant is mixed up', async () => {
    const bus = createEventBus();
    const mixed: number[] = [];
    let count = 0;
    bus.subscribe(LetterSent, ({ data, envelope }) => {
      count += 1;
      if (envelope.tenant !== `tenant-${data.no % 7}`) mixed.push(data.no);
    });
    bus.subscribe(Posted, async ({ data, publish }) => {
      for (let turn = 0; turn < data.no % 5; turn += 1) await undefined;
      await publish(LetterSent, { no: data.no });
    });
    await Promise.all(upTo(1_000).map((no) => bus.deliver(Posted, { no }, { tenant: `tenant-${no % 7}` })));
    await bus.idle();
    expect([count, mixed]).toEqual([1_000, []]);
  });

  test("given options of its own, when a handler publishes, then priority, time and metadata are the event's", async () => {
    const bus = createEventBus();
    const seen: unknown[] = [];
    const options = { priority: 'low', occurredAt: 5, metadata: { from: 'desk' } } as const;
    bus.subscribe(LetterSent, ({ envelope: { priority, occurredAt, metadata } }) => {
      seen.push({ priority, occurredAt, metadata });
    });
    bus.subscribe(Posted, ({ publish }) => publish(LetterSent, { no: 1 }, options));
    await bus.deliver(Posted, { no: 1 });
    await bus.idle();
    expect(seen).toEqual([options]);
  });

  test('given attempts and a redelivery, when they are made, then the idempotency key stays, and each subscription has its own', async () => {
    const bus = createEventBus();
    const calls: string[] = [];
    const retry = { attempts: 2, backoff: { kind: 'fixed', delayMs: 0 } } as const;
    bus.subscribe(Posted, { name: 'a', retry }, ({ idempotencyKey, attempt }) => {
      calls.push(`${attempt} ${idempotencyKey}`);
      if (attempt < 2) throw new Error('jam');
    });
    bus.subscribe(Posted, { name: 'b' }, async ({ idempotencyKey, attempt }) => {
      calls.push(`${attempt} ${idempotencyKey}`);
    });
    const envelope = posted(1);
    const [a, b] = [`${envelope.id}:a`, `${envelope.id}:b`];
    await bus.deliver(envelope);
    await bus.redeliver(envelope, 'a');
    expect(calls.sort()).toEqual([`1 ${a}`, `1 ${a}`, `1 ${b}`, `2 ${a}`, `2 ${a}`]);
  });

  test("given no module of its own, when a handler logs, then the event's module is bound", async () => {
    const logger = new LogBook();
    const bus = createEventBus({ logger });
    bus.subscribe(Posted, { name: 'desk', module: 'depot' }, (context) =>
      context.logger.info({ shelf: 4 }, 'stored'),
    );
    bus.subscribe(Posted, { name: 'other' }, (context) => context.logger.debug('seen'));
    const envelope = posted(1, { correlationId: 'request-7' });
    await bus.deliver(envelope);
    const bound = { correlationId: 'request-7', messageId: envelope.id };
    expect(logger.lines).toEqual([
      { level: 'info', message: 'stored', fields: { ...bound, module: 'depot', handler: 'desk', shelf: 4 } },
      { level: 'debug', message: 'seen', fields: { ...bound, module: 'post', handler: 'other' } },
    ]);
  });

  test('given a bus that gives up what runs, when it stops, then signals are aborted with MORTAR_HANDLER_ABORTED', async () => {
    const bus = createEventBus({ deadLetters: new MemoryDeadLetterStore(), logger: silentLogger });
    const desk = new Desk();
    const signals: AbortSignal[] = [];
    bus.subscribe(Posted, (context) => {
      signals.push(context.signal);
      return desk.handle(context);
    });
    const delivery = bus.deliver(Posted, { no: 1 });
    expect(signals[0]?.aborted).toBe(false);
    await bus.stop({ timeoutMs: 0 });
    expect(signals[0]?.reason).toMatchObject({ code: 'MORTAR_HANDLER_ABORTED' });
    desk.finish(1);
    expect((await delivery)[0]?.status).toBe('dead');
  });
});

describe('ownership', () => {
  test("given a handler of a module, when it publishes another module's event, then MORTAR_NOT_OWNER, and its own is sent", async () => {
    const { events, sent } = mailing();
    const errors: unknown[] = [];
    events.subscribe(Posted, { module: 'mail' }, async ({ publish }) => {
      errors.push(await errorOf(publish(Lost, { no: 1, reason: 'heat' })));
      await publish(LetterSent, { no: 2 });
    });
    await events.deliver(Posted, { no: 1 });
    await events.idle();
    expect(errors).toEqual([expect.objectContaining({ code: 'MORTAR_NOT_OWNER', category: 'permission' })]);
    expect((errors[0] as MortarError).message).toContain('post.parcel-lost');
    expect(sent).toEqual([2]);
  });

  test('given a command, when a handler of another module is registered, then MORTAR_NOT_OWNER', () => {
    const { requests } = mailing();
    expect(() => requests.handle(Burn, () => undefined, { module: 'post' })).toThrow('MORTAR_NOT_OWNER');
    requests.handle(Burn, () => undefined, { module: 'mail' });
    expect(requests.registrations().map(({ name, module }) => [name, module])).toEqual([
      ['mail.burn-letter', 'mail'],
    ]);
  });

  test('given a query, when its handler publishes or dispatches, then MORTAR_QUERY_WRITES; it may ask', async () => {
    const { events, requests, sent } = mailing();
    const codes: string[] = [];
    requests.handle(Burn, ({ data }) => void sent.push(data.no));
    requests.answer(Count, () => 3);
    requests.answer(Find, async ({ publish, dispatch, ask }) => {
      codes.push(
        await rejectionOf(publish(LetterSent, { no: 1 })),
        await rejectionOf(dispatch(Burn, { no: 2 })),
      );
      return `one of ${await ask(Count, {})}`;
    });
    expect(await requests.ask(Find, { no: 1 })).toBe('one of 3');
    await events.idle();
    expect(codes).toEqual(['MORTAR_QUERY_WRITES', 'MORTAR_QUERY_WRITES']);
    expect(sent).toEqual([]);
  });
});

describe('commands and queries', () => {
  test("given a command, when it is dispatched, then the handler gets the schema's output and the caller the result", async () => {
    const { requests } = mailing();
    requests.handle(Send, ({ data }) => ({ price: data.stamps * 80 }));
    requests.handle(Burn, { handle: () => undefined });
    expect(await requests.dispatch(Send, { to: 'bob' })).toEqual({ price: 80 });
    expect(await requests.dispatch(Send, { to: 'bob', stamps: 2 })).toEqual({ price: 160 });
    expect(await requests.dispatch(Burn, { no: 1 })).toBeUndefined();
  });

  test('given data with several faults, when it is dispatched, then the error lists each, and no handler is called', async () => {
    const { requests } = mailing();
    let calls = 0;
    requests.handle(Send, () => {
      calls += 1;
      return { price: 1 };
    });
    const error = (await errorOf(requests.dispatch(Send, { to: 'b', stamps: -1.5 }))) as MortarError;
    expect(error.code).toBe('MORTAR_DATA_INVALID');
    expect(new Set(error.issues.map(({ path }) => path))).toEqual(new Set(['to', 'stamps']));
    expect(calls).toBe(0);
  });

  test('given a result that breaks its schema, when the handler returns, then MORTAR_RESULT_INVALID, and nothing is published', async () => {
    const { events, requests, sent } = mailing();
    requests.handle(Send, async ({ publish }) => {
      await publish(LetterSent, { no: 1 });
      return { price: 'dear' } as never;
    });
    expect(await rejectionOf(requests.dispatch(Send, { to: 'bob' }))).toBe('MORTAR_RESULT_INVALID');
    await events.idle();
    expect(sent).toEqual([]);
  });

  const error = new Error('no ink');
  const failures: readonly (readonly [string, () => never | Promise<never>])[] = [
    [
      'throws',
      () => {
        throw error;
      },
    ],
    ['rejects', () => Promise.reject(error)],
  ];

  test.each(failures)(
    'given a handler that publishes and then %s, when it is dispatched, then its very error comes back, and nothing is published',
    async (_, fail) => {
      const { events, requests, sent } = mailing();
      requests.handle(Burn, ({ data, publish }) => {
        void publish(LetterSent, { no: data.no });
        return fail();
      });
      expect(await errorOf(requests.dispatch(Burn, { no: 1 }))).toBe(error);
      await events.idle();
      expect(sent).toEqual([]);
    },
  );

  test('given a handler that publishes, when its dispatch has resolved, then the event is accepted, after the handler has ended', async () => {
    const { events, requests, sent } = mailing();
    const sentAtEnd: number[] = [];
    requests.handle(Burn, async ({ data, publish }) => {
      await publish(LetterSent, { no: data.no });
      await settled();
      sentAtEnd.push(sent.length);
    });
    await requests.dispatch(Burn, { no: 1 });
    await events.idle();
    expect([sentAtEnd, sent]).toEqual([[0], [1]]);
  });

  test('given no handler, a second one, or the wrong verb, when it is used, then each is refused by its code', async () => {
    const { requests } = mailing();
    expect(await rejectionOf(requests.dispatch(Burn, { no: 1 }))).toBe('MORTAR_HANDLER_MISSING');
    expect(await rejectionOf(requests.ask(Find, { no: 1 }))).toBe('MORTAR_HANDLER_MISSING');
    requests.handle(Burn, () => undefined);
    expect(() => requests.handle(Burn, () => undefined)).toThrow('MORTAR_HANDLER_DUPLICATE');
    expect(await rejectionOf(requests.ask(Burn as never, { no: 1 } as never))).toBe('MORTAR_HANDLER_INVALID');
    expect(await rejectionOf(requests.dispatch(Find as never, { no: 1 } as never))).toBe(
      'MORTAR_HANDLER_INVALID',
    );
  });

  test("given a command that fails inside an event's handler, when the handler passes it on, then its attempt has failed", async () => {
    const clock = new VirtualClock();
    const { events, requests } = mailing({ clock });
    const calls: number[] = [];
    requests.handle(Burn, ({ data }) => {
      calls.push(data.no);
      if (calls.length === 1) throw new Error('wet');
    });
    const retry = { attempts: 2, backoff: { kind: 'fixed', delayMs: 10, jitter: false } } as const;
    events.subscribe(Posted, { name: 'desk', retry }, ({ data, dispatch }) =>
      dispatch(Burn, { no: data.no }),
    );
    const delivery = events.deliver(Posted, { no: 4 });
    await clock.runOut();
    expect(await delivery).toEqual([{ subscription: 'desk', status: 'handled', attempts: 2 }]);
    expect(calls).toEqual([4, 4]);
  });

  test('given an event bus of its own, when a handler dispatches or asks, then MORTAR_HANDLER_MISSING', async () => {
    const bus = createEventBus();
    const codes: string[] = [];
    bus.subscribe(Posted, async ({ dispatch, ask }) => {
      codes.push(await rejectionOf(dispatch(Burn, { no: 1 })), await rejectionOf(ask(Find, { no: 1 })));
    });
    await bus.deliver(Posted, { no: 1 });
    expect(codes).toEqual(['MORTAR_HANDLER_MISSING', 'MORTAR_HANDLER_MISSING']);
  });
});
