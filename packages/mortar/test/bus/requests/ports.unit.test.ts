import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fail, type PortCallContext } from '../../../src/bus/index.js';
import { command, event, port, query } from '../../../src/contracts/index.js';
import { errorOf, Latch, rejectionOf, upTo } from '../../support/parcels.js';
import { settled } from '../../support/virtual-clock.js';
import { Opened, openShop, Pay, Refund } from './till.js';

const Scales = port('scales.weigh', {
  weigh: {
    data: z.object({ item: z.string().min(1) }),
    result: z.object({ grams: z.number() }),
    timeoutMs: 100,
  },
  reset: { data: z.object({}) },
});
const { weigh, reset } = Scales.methods;
const Weighed = event('scales.weighed', { data: z.object({ item: z.string() }) });
const Check = query('scales.check', { data: z.object({}), result: z.string() });
const Adjust = command('scales.adjust', { data: z.object({}) });

/** A shop with scales that publish what they weigh. */
function scalesShop() {
  const shop = openShop();
  const seen: PortCallContext<{ item: string }>[] = [];
  const weighed: string[] = [];
  shop.requests.serve(
    weigh,
    async (context) => {
      seen.push(context);
      await context.publish(Weighed, { item: context.data.item });
      return { grams: context.data.item.length };
    },
    { module: 'scales', name: 'scales/weigh' },
  );
  shop.events.subscribe(Weighed, ({ data }) => void weighed.push(data.item));
  return { ...shop, seen, weighed };
}

describe('a method of a port', () => {
  test('given its handler, when it is called, then data and result are checked, and what it publishes is sent', async () => {
    const { requests, events, weighed } = scalesShop();
    expect(await requests.call(weigh, { item: 'apple' })).toEqual({ grams: 5 });
    await events.idle();
    expect(weighed).toEqual(['apple']);
    expect(await rejectionOf(requests.call(weigh, { item: '' }))).toBe('MORTAR_DATA_INVALID');
    expect(await rejectionOf(requests.call(reset, {}))).toBe('MORTAR_HANDLER_MISSING');
    requests.serve(reset, { handle: () => undefined });
    expect(await requests.call(reset, {})).toBeUndefined();
  });

  test('given a result that breaks its schema, when it is called, then MORTAR_RESULT_INVALID', async () => {
    const { requests } = openShop();
    requests.serve(weigh, () => ({ grams: 'heavy' }) as never);
    expect(await rejectionOf(requests.call(weigh, { item: 'a' }))).toBe('MORTAR_RESULT_INVALID');
  });

  test('given its time or less, when it is over, then MORTAR_REQUEST_TIMEOUT; more than the contract says is not given', async () => {
    const { requests, clock } = openShop();
    requests.serve(weigh, () => new Promise(() => undefined));
    for (const [timeoutMs, due] of [
      [undefined, 100],
      [7, 7],
      [5_000, 100],
    ] as const) {
      const options = timeoutMs === undefined ? {} : { timeoutMs };
      let isOver = false;
      const waiting = rejectionOf(requests.call(weigh, { item: 'a' }, options)).finally(() => {
        isOver = true;
      });
      await clock.advance(due - 1);
      expect(isOver).toBe(false);
      await clock.advance(1);
      expect(await waiting).toBe('MORTAR_REQUEST_TIMEOUT');
    }
  });

  test('given a context it is called from, when it runs, then correlation, actor and tenant carry on, and the depth counts', async () => {
    const { requests, events, seen } = scalesShop();
    events.subscribe(Opened, async (context) => {
      await requests.call(weigh, { item: 'a' }, { from: context });
      await requests.call(weigh, { item: 'b' }, { from: context });
    });
    await events.deliver(Opened, { day: 1 }, { correlationId: 'r-7', tenant: 'n', actor: 'eve' });
    const origin = { correlationId: 'r-7', tenant: 'n', actor: 'eve' };
    expect(seen.map(({ envelope }) => envelope)).toMatchObject([origin, origin]);
    expect(seen[0]?.envelope.causationId).toBe(seen[1]?.envelope.causationId);
  });

  test('given a method that calls itself from its context, when it is called, then the chain comes to its end', async () => {
    const { requests } = openShop({ maxPublishDepth: 7 });
    let calls = 0;
    requests.serve(weigh, (context) => {
      calls += 1;
      return requests.call(weigh, context.data, { from: context });
    });
    expect(await rejectionOf(requests.call(weigh, { item: 'a' }))).toBe('MORTAR_PUBLISH_DEPTH');
    expect(calls).toBe(8);
  });

  test('given the handler of a query, when it calls, then the method may neither publish nor dispatch; from a command it may', async () => {
    const { requests, weighed, events } = scalesShop();
    const codes: string[] = [];
    requests.handle(Adjust, () => undefined);
    requests.serve(reset, async ({ dispatch, ask }) => {
      codes.push(
        await dispatch(Adjust, {}).then(
          () => 'done',
          ({ code }) => code,
        ),
      );
      codes.push(
        await ask(Check, {}).then(
          (text) => text,
          ({ code }) => code,
        ),
      );
    });
    requests.answer(Check, () => 'checked');
    requests.answer(query('scales.all', { data: z.object({}), result: z.string() }), async (context) => {
      codes.push(await rejectionOf(requests.call(weigh, { item: 'a' }, { from: context })));
      await requests.call(reset, {}, { from: context });
      return 'all';
    });
    await requests.ask(query('scales.all', { data: z.object({}), result: z.string() }), {});
    expect(codes).toEqual(['MORTAR_QUERY_WRITES', 'MORTAR_QUERY_WRITES', 'checked']);
    requests.handle(Refund, async (context) => {
      await requests.call(weigh, { item: 'b' }, { from: context });
      await requests.call(reset, {}, { from: context });
    });
    await requests.dispatch(Refund, { order: 'a' });
    await events.idle();
    expect(codes.slice(3)).toEqual(['done', 'checked']);
    expect(weighed).toEqual(['b']);
  });

  test('given a bus that drains, when a handler calls, with its context or without, then it is served; once it has stopped, it is not', async () => {
    const { bus, requests, events, seen } = scalesShop();
    const latch = new Latch();
    events.subscribe(Opened, async (context) => {
      await latch.opened;
      await requests.call(weigh, { item: 'late' }, { from: context });
    });
    const delivery = events.deliver(Opened, { day: 1 });
    const stopping = bus.stop();
    expect(await requests.call(weigh, { item: 'early' })).toEqual({ grams: 5 });
    latch.open();
    expect((await delivery)[0]?.status).toBe('handled');
    expect(await stopping).toEqual({ isDrained: true, givenUp: 0 });
    expect(seen.map(({ data }) => data.item)).toEqual(['early', 'late']);
    expect(await rejectionOf(requests.call(weigh, { item: 'outside' }))).toBe('MORTAR_BUS_STOPPED');
  });

  test('given a handler that has ended, when it calls from its context, then MORTAR_CONTEXT_CLOSED', async () => {
    const { requests, events } = scalesShop();
    const contexts: object[] = [];
    events.subscribe(Opened, (context) => {
      void context.logger;
      contexts.push(context);
    });
    await events.deliver(Opened, { day: 1 });
    await settled();
    expect(await rejectionOf(requests.call(weigh, { item: 'a' }, { from: contexts[0] ?? {} }))).toBe(
      'MORTAR_CONTEXT_CLOSED',
    );
  });

  test('given a key, when it is called again, then that is handed to the handler each time, and nothing is kept for it', async () => {
    const { requests, seen } = scalesShop();
    const call = (item: string, idempotencyKey?: string): Promise<{ grams: number }> =>
      requests.call(weigh, { item }, idempotencyKey === undefined ? {} : { idempotencyKey });
    const results = await Promise.all([call('a', 'k'), call('a', 'k'), call('b', 'k'), call('a', 'l')]);
    expect(results.map((result) => Object.isFrozen(result))).toEqual([false, false, false, false]);
    await Promise.all([call('a'), call('a')]);
    const keys = seen.map(({ idempotencyKey }) => idempotencyKey);
    expect(keys.slice(0, 3)).toEqual([keys[0], keys[0], keys[0]]);
    expect(new Set(keys).size).toBe(4);
    expect(keys[0]).toMatch(/^[\w-]{43}:scales\/weigh$/);
  });

  test('given calls with keys, when there are more than are kept, then the key of a command is kept all the same', async () => {
    const { requests, till } = openShop({ idempotency: { maxKeys: 2 } });
    requests.serve(weigh, () => ({ grams: 1 }));
    const pay = (): Promise<unknown> => requests.dispatch(Pay, { order: 'a' }, { idempotencyKey: 'k' });
    const first = pay();
    till.finish(1);
    await first;
    for (const no of upTo(5)) await requests.call(weigh, { item: 'a' }, { idempotencyKey: `${no}` });
    expect(await pay()).toEqual(await first);
    expect(till.calls).toHaveLength(1);
  });

  test.each<readonly [string, (context: PortCallContext) => object]>([
    ['its envelope', ({ envelope }) => ({ envelope })],
    ['a copy of it', (context) => ({ ...context, envelope: context.envelope })],
    ['one that inherits from it', (context) => Object.create(context)],
    ['a proxy of it', (context) => new Proxy(context, {})],
    ['a forged one', () => ({ envelope: { id: 'x', correlationId: 'y', actor: 'admin' } })],
  ])(
    'given %s instead of a context, when it is called from that, then MORTAR_OPTIONS_INVALID',
    async (_, forge) => {
      const { requests, seen } = scalesShop();
      requests.serve(reset, async (context) => {
        await requests.call(weigh, { item: 'a' }, { from: forge(context) });
      });
      expect(await rejectionOf(requests.call(reset, {}))).toBe('MORTAR_OPTIONS_INVALID');
      expect(seen).toEqual([]);
    },
  );

  test('given a handler that answers with fail(), then MORTAR_RESULT_INVALID, which says where a "no" belongs', async () => {
    const { requests } = openShop();
    requests.serve(weigh, () => fail('too-heavy', {}) as never);
    expect(await errorOf(requests.call(weigh, { item: 'a' }))).toMatchObject({
      code: 'MORTAR_RESULT_INVALID',
      expected: 'a result, whose schema has room for every answer that is a "no"',
      got: 'fail("too-heavy")',
    });
  });

  test('given data that is checked already, when it is called, then the schema is not run again; commands know no such option', async () => {
    const Lengths = port('scales.lengths', {
      of: { data: z.string().transform((text) => text.length), result: z.number() },
    });
    const { requests } = openShop();
    requests.serve(Lengths.methods.of, ({ data }) => data);
    expect(await requests.call(Lengths.methods.of, 'four')).toBe(4);
    expect(await requests.call(Lengths.methods.of, 7 as never, { isChecked: true })).toBe(7);
    expect(await rejectionOf(requests.call(Lengths.methods.of, 7 as never))).toBe('MORTAR_DATA_INVALID');
    for (const isChecked of [true, false])
      expect(await rejectionOf(requests.dispatch(Pay, { order: 'a' }, { isChecked } as never))).toBe(
        'MORTAR_OPTIONS_INVALID',
      );
  });

  test('given a middleware, when it is called, then the middleware stands around it; and it is listed', async () => {
    const types: string[] = [];
    const { bus, requests } = openShop({
      middleware: {
        handle: [
          (context, next) => {
            types.push(context.type);
            return next(context);
          },
        ],
      },
    });
    requests.serve(weigh, () => ({ grams: 1 }), { module: 'scales' });
    await requests.call(weigh, { item: 'a' });
    expect(types).toEqual(['scales.weigh.weigh']);
    expect(bus.handlers.of('scales.weigh.weigh')).toEqual([
      {
        kind: 'port',
        name: 'scales.weigh.weigh',
        module: 'scales',
        messages: ['scales.weigh.weigh'],
        options: {},
      },
    ]);
  });
});

describe('the context of a handler', () => {
  test('given its handler, when that looks for a way to call a method by itself, then there is none', async () => {
    const { requests } = scalesShop();
    const ways: unknown[] = [];
    requests.handle(Refund, (context) => {
      const names = new Set<string | symbol>();
      for (let one: object | null = context; one !== null; one = Object.getPrototypeOf(one)) {
        for (const name of Reflect.ownKeys(one)) names.add(name);
        ways.push(Reflect.get(one.constructor, 'callFrom'));
      }
      ways.push(names.has('call') ? 'call' : undefined);
    });
    await requests.dispatch(Refund, { order: 'a' });
    expect(ways.filter((way) => way !== undefined)).toEqual([]);
  });

  test('given its envelope, when its handler writes another actor into it, then it may not', async () => {
    const { requests, seen } = scalesShop();
    requests.handle(Refund, async (context) => {
      expect(() => Object.assign(context.envelope, { actor: 'eve' })).toThrow(TypeError);
      await requests.call(weigh, { item: 'a' }, { from: context });
    });
    await requests.dispatch(Refund, { order: 'a' }, { actor: 'ada' });
    expect(seen.map(({ envelope }) => envelope.actor)).toEqual(['ada']);
  });
});
