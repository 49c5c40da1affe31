import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { createEventBus, createMessageBus } from '../../src/bus/index.js';
import { command, event, query } from '../../src/contracts/index.js';
import { caught, codeOf } from '../contracts/caught.js';
import { Desk, Latch, LetterSent, Lost, numberOf, Posted, Sorted, upTo } from '../support/parcels.js';
import { VirtualClock } from '../support/virtual-clock.js';

describe('subscribe', () => {
  test('given a contract, when events of two are delivered, then only its own come, with data and envelope', async () => {
    const bus = createEventBus();
    const seen: unknown[] = [];
    bus.subscribe(Posted, ({ type, data, envelope, attempt }) => {
      expectTypeOf(data).toEqualTypeOf<{ no: number }>();
      seen.push({ type, no: data.no, tenant: envelope.tenant, attempt });
    });
    await bus.deliver(Posted, { no: 1 }, { tenant: 'acme' });
    await bus.deliver(LetterSent, { no: 2 });
    expect(seen).toEqual([{ type: 'post.parcel-posted', no: 1, tenant: 'acme', attempt: 1 }]);
  });

  test('given several contracts, when each is delivered, then the context narrows on its type', async () => {
    const bus = createEventBus();
    const seen: string[] = [];
    const subscription = bus.subscribe([Posted, Lost], (context) => {
      if (context.type === 'post.parcel-lost') {
        expectTypeOf(context.data).toEqualTypeOf<{ no: number; reason: string }>();
        seen.push(`lost by ${context.data.reason}`);
      } else {
        expectTypeOf(context.data).toEqualTypeOf<{ no: number }>();
        seen.push(`posted ${context.data.no}`);
      }
    });
    await bus.deliver(Posted, { no: 1 });
    await bus.deliver(Lost, { no: 1, reason: 'flood' });
    await bus.deliver(LetterSent, { no: 2 });
    expect(seen).toEqual(['posted 1', 'lost by flood']);
    expect(subscription.events).toEqual(['post.parcel-posted', 'post.parcel-lost']);
  });

  test.each([
    ['post.*', ['post.parcel-posted', 'post.parcel-sorted', 'post.parcel-lost']],
    ['*.parcel-lost', ['post.parcel-lost']],
    ['*.*-sent', ['mail.letter-sent']],
    ['post.parcel-*ed', ['post.parcel-posted', 'post.parcel-sorted']],
    ['mail.letter-sent', ['mail.letter-sent']],
    ['p*t.parcel-lost', ['post.parcel-lost']],
    ['**', ['post.parcel-posted', 'post.parcel-sorted', 'post.parcel-lost', 'mail.letter-sent']],
    ['po.*', []],
    ['post.parcel-lostost*', []],
  ])(
    'given the pattern %s, when every event is delivered, then those come: %j',
    async (pattern, expected) => {
      const bus = createEventBus();
      const seen: string[] = [];
      bus.subscribe(pattern, ({ type }) => void seen.push(type));
      await bus.deliver(Posted, { no: 1 });
      await bus.deliver(Sorted, { no: 1, belt: 'a' });
      await bus.deliver(Lost, { no: 1, reason: 'rain' });
      await bus.deliver(LetterSent, { no: 1 });
      expect(seen).toEqual(expected);
    },
  );

  test('given a contract and patterns, when one event matches all, then each handler gets it once', async () => {
    const bus = createEventBus();
    const seen: string[] = [];
    bus.subscribe('post.*', { name: 'module' }, () => void seen.push('module'));
    bus.subscribe(Posted, { name: 'contract' }, () => void seen.push('contract'));
    bus.subscribe('**', { name: 'all' }, () => void seen.push('all'));
    const outcomes = await bus.deliver(Posted, { no: 1 });
    expect(seen.sort()).toEqual(['all', 'contract', 'module']);
    expect(outcomes.map(({ subscription }) => subscription).sort()).toEqual(['all', 'contract', 'module']);
  });

  test('given events that already flowed, when a pattern is added and removed, then the very next event knows', async () => {
    const bus = createEventBus();
    const seen: number[] = [];
    await bus.deliver(Posted, { no: 1 });
    const subscription = bus.subscribe('post.*', ({ envelope }) => void seen.push(numberOf(envelope)));
    await bus.deliver(Posted, { no: 2 });
    subscription[Symbol.dispose]();
    await bus.deliver(Posted, { no: 3 });
    expect(seen).toEqual([2]);
  });

  test('given a handler that subscribes another meanwhile, when it runs, then the new one gets later events only', async () => {
    const bus = createEventBus();
    const seen: string[] = [];
    bus.subscribe(Posted, ({ data: { no } }) => {
      if (no === 1) bus.subscribe(Posted, ({ data }) => void seen.push(`late ${data.no}`));
    });
    await bus.deliver(Posted, { no: 1 });
    await bus.deliver(Posted, { no: 2 });
    expect(seen).toEqual(['late 2']);
  });
});

describe('handlers', () => {
  test('given a class with a method handle, when it is called, then `this` is the object', async () => {
    class Counter {
      count = 0;
      handle({ data }: { data: { no: number } }): void {
        this.count += data.no;
      }
    }
    const bus = createEventBus();
    const counter = new Counter();
    bus.subscribe(Posted, counter);
    await bus.deliver(Posted, { no: 2 });
    await bus.deliver(Posted, { no: 3 });
    expect(counter.count).toBe(5);
  });

  test('given an object whose method is replaced later, when an event comes, then the present method is called', async () => {
    const bus = createEventBus();
    const seen: string[] = [];
    const handler = { handle: () => void seen.push('old') };
    bus.subscribe(Posted, handler);
    handler.handle = () => void seen.push('new');
    await bus.deliver(Posted, { no: 1 });
    expect(seen).toEqual(['new']);
  });

  const handler = (): void => undefined;
  const object = { handle: handler };

  test.each([
    ['one function for one event', Posted, Posted, handler],
    ['one object for one event', Posted, Posted, object],
    ['one function for a list that holds the event', Posted, [Lost, Posted] as const, handler],
    ['one function for one pattern', 'post.*', 'post.*', handler],
  ])(
    'given %s twice, when it is registered, then MORTAR_HANDLER_DUPLICATE',
    async (_, first, second, twice) => {
      const bus = createEventBus();
      bus.subscribe(first, twice);
      expect(codeOf(() => bus.subscribe(second, twice))).toBe('MORTAR_HANDLER_DUPLICATE');
      expect(await bus.deliver(Posted, { no: 1 })).toHaveLength(1);
    },
  );

  test('given one function under two names, when an event comes, then it is called for each', async () => {
    const bus = createEventBus();
    bus.subscribe(Posted, { name: 'a' }, handler);
    bus.subscribe(Posted, { name: 'b' }, handler);
    const outcomes = await bus.deliver(Posted, { no: 1 });
    expect(outcomes.map(({ subscription }) => subscription)).toEqual(['a', 'b']);
  });

  test('given a name that is taken, when another uses it, then the error names it and who has it', async () => {
    const bus = createEventBus();
    const first = bus.subscribe(Posted, { name: 'desk' }, () => undefined);
    const error = caught(() => bus.subscribe(Lost, { name: 'desk' }, () => undefined));
    expect(error.code).toBe('MORTAR_HANDLER_DUPLICATE');
    expect(error.got).toContain('desk');
    expect(error.got).toContain('post.parcel-posted');
    first[Symbol.dispose]();
    expect(bus.subscribe(Lost, { name: 'desk' }, () => undefined).name).toBe('desk');
  });

  test('given many handlers of one event, when one of them comes again, then it is a duplicate until disposed of', () => {
    const bus = createEventBus();
    const handlers = upTo(40).map((no) => () => void no);
    const subscriptions = handlers.map((one) => bus.subscribe(Posted, one));
    for (const one of handlers) {
      expect(codeOf(() => bus.subscribe(Posted, one))).toBe('MORTAR_HANDLER_DUPLICATE');
    }
    subscriptions[20]?.[Symbol.dispose]();
    bus.subscribe(Posted, handlers[20] as () => void);
    expect(codeOf(() => bus.subscribe(Posted, handlers[20] as () => void))).toBe('MORTAR_HANDLER_DUPLICATE');
    expect(bus.subscriptions()).toHaveLength(40);
  });
});

describe('dispose', () => {
  test('given deliveries that wait behind a key, when the subscription is disposed of, then they are still handled', async () => {
    const bus = createEventBus();
    const desk = new Desk();
    const subscription = bus.subscribe(Sorted, desk.handle);
    const deliveries = upTo(3).map((no) => bus.deliver(Sorted, { no, belt: 'a' }));
    subscription[Symbol.dispose]();
    expect(subscription.isClosed).toBe(true);
    expect(await bus.deliver(Sorted, { no: 4, belt: 'a' })).toEqual([]);
    desk.finish(1, 2, 3);
    const outcomes = (await Promise.all(deliveries)).flat();
    expect(outcomes.map(({ status }) => status)).toEqual(['handled', 'handled', 'handled']);
    expect(desk.ended).toEqual([1, 2, 3]);
  });

  test('given an attempt that rests, when the subscription is disposed of, then it is tried again', async () => {
    const clock = new VirtualClock();
    const bus = createEventBus({ clock });
    let calls = 0;
    const retry = { attempts: 2, backoff: { kind: 'fixed', delayMs: 50, jitter: false } } as const;
    const subscription = bus.subscribe(Posted, { retry }, () => {
      calls += 1;
      if (calls === 1) throw new Error('jam');
    });
    const delivery = bus.deliver(Posted, { no: 1 });
    subscription[Symbol.dispose]();
    await clock.advance(50);
    expect(await delivery).toEqual([{ subscription: subscription.name, status: 'handled', attempts: 2 }]);
  });

  test('given a handler that disposes of itself and of the next, when an event comes, then the present event reaches both', async () => {
    const bus = createEventBus();
    const seen: string[] = [];
    const first = bus.subscribe(Posted, ({ data }) => {
      seen.push(`first ${data.no}`);
      first[Symbol.dispose]();
      second[Symbol.dispose]();
      second[Symbol.dispose]();
    });
    const second = bus.subscribe(Posted, ({ data }) => void seen.push(`second ${data.no}`));
    await bus.deliver(Posted, { no: 1 });
    await bus.deliver(Posted, { no: 2 });
    expect(seen).toEqual(['first 1', 'second 1']);
  });

  test('given the keyword `using`, when its block ends, then the subscription ends', async () => {
    const bus = createEventBus();
    {
      using subscription = bus.subscribe(Posted, () => undefined);
      expect(bus.subscriptions()).toEqual([subscription]);
    }
    expect(bus.subscriptions()).toEqual([]);
  });
});

describe('lists', () => {
  test('given registrations of all kinds, when they are listed, then each is there once with its name, events and options', () => {
    const bus = createEventBus();
    bus.subscribe([Posted, Lost], { name: 'both', concurrency: 2 }, () => undefined);
    bus.subscribe('mail.*', () => undefined);
    bus.subscribe(Posted, () => undefined);
    const lines = bus.subscriptions().map(({ name, events, options, isClosed }) => ({
      name,
      events,
      options,
      isClosed,
    }));
    expect(lines).toHaveLength(3);
    expect(lines).toContainEqual({
      name: 'both',
      events: ['post.parcel-posted', 'post.parcel-lost'],
      options: { name: 'both', concurrency: 2 },
      isClosed: false,
    });
    expect(lines).toContainEqual({ name: 'mail.*#2', events: ['mail.*'], options: {}, isClosed: false });
    expect(lines).toContainEqual({
      name: 'post.parcel-posted#3',
      events: ['post.parcel-posted'],
      options: {},
      isClosed: false,
    });
  });

  test('given options that the caller changes later, when they are listed, then they are as they were', () => {
    const bus = createEventBus();
    const options = { name: 'desk', concurrency: 2 };
    const subscription = bus.subscribe(Posted, options, () => undefined);
    options.concurrency = 9;
    expect(subscription.options).toEqual({ name: 'desk', concurrency: 2 });
    expect(Object.isFrozen(subscription.options)).toBe(true);
  });

  test('given events, commands and queries, when the registry is asked, then it says who handles what', () => {
    const Send = command('mail.send-letter', { data: z.object({}) });
    const Find = query('mail.find-letters', { data: z.object({}) });
    const Found = event('mail.letter-found', { data: z.object({}) });
    const { events, requests, handlers } = createMessageBus();
    const byPattern = events.subscribe('mail.*', { name: 'audit', module: 'audit' }, () => undefined);
    events.subscribe(Found, { name: 'finder' }, () => undefined);
    requests.handle(Send, () => undefined, { name: 'sender', module: 'mail' });
    requests.answer(Find, { handle: () => undefined });
    const options = { name: 'audit', module: 'audit' };
    const audit = { kind: 'event', name: 'audit', module: 'audit', messages: ['mail.*'], options };
    expect(handlers.list()).toEqual([
      { kind: 'command', name: 'sender', module: 'mail', messages: ['mail.send-letter'], options: {} },
      audit,
      {
        kind: 'event',
        name: 'finder',
        module: undefined,
        messages: ['mail.letter-found'],
        options: { name: 'finder' },
      },
      {
        kind: 'query',
        name: 'mail.find-letters',
        module: undefined,
        messages: ['mail.find-letters'],
        options: {},
      },
    ]);
    expect(handlers.of('mail.letter-found').map(({ name }) => name)).toEqual(['finder', 'audit']);
    expect(handlers.of('mail.letter-torn')).toEqual([audit]);
    expect(handlers.of('mail.find-letters').filter(({ kind }) => kind === 'query')).toHaveLength(1);
    byPattern[Symbol.dispose]();
    expect(handlers.of('mail.letter-torn')).toEqual([]);
    expect(handlers.list()).toHaveLength(3);
  });

  test('given a stream and a wait, when they are open, then they are listed; when they are over, no more', async () => {
    const bus = createEventBus();
    const latch = new Latch();
    const stream = bus.stream(Posted);
    const found = bus.waitFor(Lost).finally(latch.open);
    expect(bus.subscriptions().flatMap(({ events }) => events)).toEqual([
      'post.parcel-posted',
      'post.parcel-lost',
    ]);
    await stream.return?.();
    await bus.deliver(Lost, { no: 1, reason: 'wind' });
    await Promise.all([found, latch.opened]);
    expect(bus.subscriptions()).toEqual([]);
  });
});
