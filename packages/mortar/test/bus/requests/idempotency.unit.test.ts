import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createMessageBus } from '../../../src/bus/index.js';
import { command } from '../../../src/contracts/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import type { Guard } from '../../../src/resilience/index.js';
import { errorOf, rejectionOf, watched } from '../../support/parcels.js';
import { settled } from '../../support/virtual-clock.js';
import { Opened, openShop, Pay, Refund } from './till.js';

const KEY = { idempotencyKey: 'k' };
const ORDER = { order: 'a' };

describe('a key', () => {
  test('given a command that has run, when it comes again, then the first result is the answer, and nothing runs or is sent', async () => {
    const { requests, events, till, paid } = openShop();
    const first = requests.dispatch(Pay, ORDER, KEY);
    till.finish(1);
    const again = await requests.dispatch(Pay, { cents: 100, order: 'a' }, KEY);
    expect(again).toEqual(await first);
    await events.idle();
    expect(await requests.dispatch(Pay, ORDER, KEY)).toEqual({ receipt: 'a 1' });
    expect([till.calls.length, paid]).toEqual([1, ['a']]);
  });

  test('given a key with other data, when its command runs or has run, then MORTAR_IDEMPOTENCY_CONFLICT', async () => {
    const { requests, till } = openShop();
    const first = requests.dispatch(Pay, ORDER, KEY);
    const other = (): Promise<unknown> => errorOf(requests.dispatch(Pay, { order: 'b' }, KEY));
    expect(await other()).toMatchObject({ code: 'MORTAR_IDEMPOTENCY_CONFLICT', category: 'conflict' });
    till.finish(1);
    await first;
    expect(await other()).toMatchObject({ code: 'MORTAR_IDEMPOTENCY_CONFLICT' });
    expect(till.calls).toHaveLength(1);
  });

  test('given several at once, when they have one key, then the command runs once, and all get its result', async () => {
    const { requests, till, paid } = openShop();
    const all = [1, 2, 3].map(() => requests.dispatch(Pay, ORDER, KEY));
    await settled();
    till.finish(1);
    expect(await Promise.all(all)).toEqual(all.map(() => ({ receipt: 'a 1' })));
    await settled();
    expect([till.calls.length, paid]).toEqual([1, ['a']]);
  });

  test('given a command that fails, when others wait for it, then all get its error, and the next one runs it again', async () => {
    const { requests, till } = openShop();
    const all = [1, 2].map(() => errorOf(requests.dispatch(Pay, ORDER, KEY)));
    const error = new Error('no change');
    till.fail(1, error);
    expect(await Promise.all(all)).toEqual([error, error]);
    expect((await all[0]) === (await all[1])).toBe(true);
    const again = requests.dispatch(Pay, { order: 'other data' }, KEY);
    till.finish(2);
    expect(await again).toEqual({ receipt: 'other data 2' });
  });

  test('given another command, tenant or actor, when it has the same key, then it runs, and none sees the result of another', async () => {
    const { requests, till } = openShop();
    const refunds: string[] = [];
    requests.handle(Refund, ({ data }) => void refunds.push(data.order));
    const speakers = [
      {},
      { tenant: 'north' },
      { tenant: 'south' },
      { actor: 'north' },
      { tenant: 'north', actor: 'eve' },
    ];
    const all = speakers.map((speaker, no) =>
      requests.dispatch(Pay, { order: `${no}` }, { ...KEY, ...speaker }),
    );
    await requests.dispatch(Refund, ORDER, KEY);
    for (const no of [1, 2, 3, 4, 5]) till.finish(no);
    const receipts = await Promise.all(all);
    expect(receipts.map(({ receipt }) => receipt)).toEqual(['0 1', '1 2', '2 3', '3 4', '4 5']);
    expect(refunds).toEqual(['a']);
    const again = await Promise.all(
      speakers.map((speaker, no) => requests.dispatch(Pay, { order: `${no}` }, { ...KEY, ...speaker })),
    );
    expect(again).toEqual(receipts);
  });

  test('given a result that a caller changes, when it is asked for again, then it is what it was', async () => {
    const Pack = command('till.pack', {
      data: z.object({}),
      result: z.object({ items: z.array(z.string()), at: z.date() }),
    });
    const { requests } = openShop();
    const own = { items: ['apple'], at: new Date(5) };
    requests.handle(Pack, () => own);
    const first = await requests.dispatch(Pack, {}, KEY);
    first.items.push('pear');
    first.at.setTime(9);
    expect(await requests.dispatch(Pack, {}, KEY)).toEqual({ items: ['apple'], at: new Date(5) });
    expect(own).toEqual({ items: ['apple'], at: new Date(5) });
  });

  test('given a handler that dispatches the same by the bus before it goes on, when it does not wait for that, then both get one result', async () => {
    const { requests } = openShop();
    const inner: unknown[] = [];
    let calls = 0;
    requests.handle(Refund, () => {
      calls += 1;
      for (const terms of [{}, { timeoutMs: 5 }, { signal: new AbortController().signal }])
        inner.push(requests.tryDispatch(Refund, ORDER, { ...KEY, ...terms }));
    });
    await requests.dispatch(Refund, ORDER, KEY);
    expect(await Promise.all(inner)).toEqual([1, 2, 3].map(() => ({ ok: true, value: undefined })));
    expect(calls).toBe(1);
  });
});

describe('what is kept', () => {
  test('given a key that is older than its time, when it comes again, then it runs anew, also with other data', async () => {
    const { requests, clock, till } = openShop({ idempotency: { ttlMs: 1_000 } });
    for (const no of [1, 2]) till.finish(no);
    const first = requests.dispatch(Pay, ORDER, KEY);
    await settled();
    till.finish(1);
    await first;
    await clock.advance(999);
    expect(await rejectionOf(requests.dispatch(Pay, { order: 'b' }, KEY))).toBe(
      'MORTAR_IDEMPOTENCY_CONFLICT',
    );
    await clock.advance(1);
    const second = requests.dispatch(Pay, { order: 'b' }, KEY);
    till.finish(2);
    expect(await second).toEqual({ receipt: 'b 2' });
  });

  test('given more keys than are kept, when they come again, then the least recently used have gone, never one under way', async () => {
    const { requests, till } = openShop({ idempotency: { maxKeys: 2 } });
    const slow = watched(requests.dispatch(Pay, { order: 'slow' }, { idempotencyKey: 'slow' }));
    const pay = (key: string): Promise<{ receipt: string }> => {
      const answer = requests.dispatch(Pay, { order: key }, { idempotencyKey: key });
      till.finish(till.calls.length);
      return answer;
    };
    await pay('a');
    // The library that knows which was used least recently comes with the first key.
    await import('lru-cache');
    await settled();
    await pay('b');
    await pay('a');
    await pay('c');
    expect(till.calls.map(({ data }) => data.order)).toEqual(['slow', 'a', 'b', 'c']);
    await pay('a');
    await pay('b');
    expect(till.calls.map(({ data }) => data.order)).toEqual(['slow', 'a', 'b', 'c', 'b']);
    const joined = requests.dispatch(Pay, { order: 'slow' }, { idempotencyKey: 'slow' });
    till.finish(1);
    expect(await joined).toEqual(await slow.promise);
    expect(till.calls).toHaveLength(5);
  });
});

describe('callers who give up', () => {
  test('given two who wait, when one gives up, then the handler goes on for the other', async () => {
    const { requests, clock, till } = openShop();
    const controller = new AbortController();
    const first = errorOf(requests.dispatch(Pay, ORDER, { ...KEY, timeoutMs: 10 }));
    const second = requests.dispatch(Pay, ORDER, { ...KEY, signal: controller.signal });
    await clock.advance(10);
    expect(await first).toMatchObject({ code: 'MORTAR_REQUEST_TIMEOUT' });
    expect(till.calls[0]?.signal.aborted).toBe(false);
    till.finish(1);
    expect(await second).toEqual({ receipt: 'a 1' });
    expect(clock.pending).toBe(0);
  });
});

describe('a circle', () => {
  test('given a handler that dispatches its own command with its own key, then MORTAR_IDEMPOTENCY_CYCLE, and nothing waits forever', async () => {
    const { requests } = openShop();
    requests.handle(Refund, async ({ dispatch, data }) => void (await dispatch(Refund, data, KEY)));
    const error = await errorOf(requests.dispatch(Refund, ORDER, KEY));
    expect(error).toMatchObject({ code: 'MORTAR_IDEMPOTENCY_CYCLE', category: 'validation' });
    expect(await errorOf(requests.dispatch(Refund, ORDER, KEY))).toMatchObject({
      code: 'MORTAR_IDEMPOTENCY_CYCLE',
    });
  });

  test('given a command that waits for one that others began, when there is no way back, then it gets its result', async () => {
    const Chain = command('till.chain', { data: z.object({}), result: z.string() });
    const { requests, till } = openShop();
    requests.handle(Chain, async ({ dispatch }) => (await dispatch(Pay, ORDER, KEY)).receipt);
    const first = requests.dispatch(Pay, ORDER, KEY);
    const chained = [1, 2].map((no) => requests.dispatch(Chain, {}, { idempotencyKey: `${no}` }));
    await settled();
    till.finish(1);
    expect(await Promise.all(chained)).toEqual(['a 1', 'a 1']);
    expect(await first).toEqual({ receipt: 'a 1' });
    expect(till.calls).toHaveLength(1);
  });

  test('given two commands under way that dispatch each other, when both join, then one of them is refused at once', async () => {
    const Left = command('till.left', { data: z.object({ order: z.string() }) });
    const Right = command('till.right', { data: z.object({ order: z.string() }) });
    const { requests } = openShop();
    requests.handle(Left, async ({ dispatch, data }) => {
      await settled();
      await dispatch(Right, data, { idempotencyKey: 'right' });
    });
    requests.handle(Right, async ({ dispatch, data }) => {
      await settled();
      await dispatch(Left, data, { idempotencyKey: 'left' });
    });
    const ends = await Promise.allSettled([
      requests.dispatch(Left, ORDER, { idempotencyKey: 'left' }),
      requests.dispatch(Right, ORDER, { idempotencyKey: 'right' }),
    ]);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(ends[0]).toMatchObject({ reason: { code: 'MORTAR_IDEMPOTENCY_CYCLE' } });
  });
});

describe('a command dispatched by the handler of an event', () => {
  const retry = { attempts: 3, backoff: { kind: 'fixed', delayMs: 10, jitter: false } } as const;

  test('given a handler that dispatches and then throws once, when it is called again, then the command has run once', async () => {
    const { events, clock, till, paid } = openShop();
    const receipts: string[] = [];
    events.subscribe(Opened, { name: 'desk', retry }, async ({ attempt, dispatch }) => {
      const answer = dispatch(Pay, ORDER);
      till.finish(1);
      receipts.push((await answer).receipt);
      if (attempt === 1) throw new Error('power cut');
    });
    const delivery = events.deliver(Opened, { day: 1 });
    await clock.runOut();
    expect(await delivery).toEqual([{ subscription: 'desk', status: 'handled', attempts: 2 }]);
    expect(receipts).toEqual(['a 1', 'a 1']);
    await events.idle();
    expect(paid).toEqual(['a']);
  });

  test('given a redelivery, an attempt that was given up, and equal commands, then each of the equal ones runs once', async () => {
    const { requests, events, clock } = openShop();
    const refunds: string[] = [];
    requests.handle(Refund, ({ data }) => void refunds.push(data.order));
    events.subscribe(Opened, { name: 'desk', retry, timeoutMs: 5 }, async ({ attempt, dispatch }) => {
      await Promise.all([dispatch(Refund, ORDER), dispatch(Refund, ORDER), dispatch(Refund, { order: 'b' })]);
      if (attempt === 1) await new Promise(() => undefined);
    });
    const delivery = events.deliver(Opened, { day: 1 });
    await clock.runOut();
    await delivery;
    expect(refunds).toEqual(['a', 'a', 'b']);
    const another = events.deliver(Opened, { day: 1 });
    await clock.runOut();
    await another;
    expect(refunds).toEqual(['a', 'a', 'b', 'a', 'a', 'b']);
  });

  test('given a dead letter, when the same event is delivered to its subscription again, then what succeeded does not run again', async () => {
    const { requests, events } = openShop();
    const refunds: string[] = [];
    requests.handle(Refund, ({ data }) => void refunds.push(data.order));
    let isBroken = true;
    const envelopes: Parameters<typeof events.redeliver>[0][] = [];
    events.subscribe(Opened, { name: 'desk' }, async ({ dispatch, envelope }) => {
      envelopes.push(envelope);
      await dispatch(Refund, ORDER);
      if (isBroken) throw new Error('wet');
    });
    const [outcome] = await events.deliver(Opened, { day: 1 });
    expect(outcome?.status).not.toBe('handled');
    isBroken = false;
    const [envelope] = envelopes;
    if (envelope === undefined) throw new Error('The handler was not called.');
    expect(await events.redeliver(envelope, 'desk')).toMatchObject({ status: 'handled' });
    expect(refunds).toEqual(['a']);
  });

  test('given a command that fails, when the attempt is repeated, then it runs again', async () => {
    const { requests, events, clock } = openShop();
    let calls = 0;
    requests.handle(Refund, () => {
      calls += 1;
      if (calls < 3) throw new Error('jam');
    });
    events.subscribe(Opened, { name: 'desk', retry }, ({ dispatch }) => dispatch(Refund, ORDER));
    const delivery = events.deliver(Opened, { day: 1 });
    await clock.runOut();
    expect((await delivery)[0]).toMatchObject({ status: 'handled', attempts: 3 });
    expect(calls).toBe(3);
  });

  test('given two subscriptions, when each dispatches the same, then it runs for each; and commands by commands have no key', async () => {
    const { requests, events } = openShop();
    const refunds: string[] = [];
    requests.handle(Refund, ({ data }) => void refunds.push(data.order));
    requests.handle(command('till.twice', { data: z.object({}) }), () => undefined);
    for (const name of ['a', 'b'])
      events.subscribe(Opened, { name }, ({ dispatch }) => dispatch(Refund, ORDER));
    await events.deliver(Opened, { day: 1 });
    expect(refunds).toEqual(['a', 'a']);
  });

  test('given a guard that calls the handler again within one attempt, then what succeeded does not run again', async () => {
    const { requests, events } = openShop();
    const refunds: string[] = [];
    let calls = 0;
    requests.handle(Refund, ({ data }) => void refunds.push(data.order));
    const twice: Guard = {
      execute: async (work, signal = new AbortController().signal) => {
        await Promise.resolve(work(signal)).catch(() => undefined);
        return work(signal);
      },
      describe: () => ({ kind: 'retry', settings: {} }),
    };
    events.subscribe(Opened, { name: 'desk', guards: [twice] }, async ({ dispatch }) => {
      calls += 1;
      await dispatch(Refund, ORDER);
      await dispatch(Refund, ORDER);
      if (calls === 1) throw new Error('again');
    });
    expect((await events.deliver(Opened, { day: 1 }))[0]?.status).toBe('handled');
    expect([calls, refunds]).toEqual([2, ['a', 'a']]);
  });

  test('given data that the codec can not carry, when it is dispatched twice, then it runs, without a key', async () => {
    class Coin {}
    const Toss = command('till.toss', { data: z.object({ coin: z.instanceof(Coin) }) });
    const bus = createMessageBus({ logger: silentLogger });
    let calls = 0;
    bus.requests.handle(Toss, () => {
      calls += 1;
    });
    bus.events.subscribe(Opened, { name: 'desk', retry: { attempts: 2 } }, async ({ dispatch, attempt }) => {
      await dispatch(Toss, { coin: new Coin() });
      if (attempt === 1) throw new Error('again');
    });
    await bus.events.deliver(Opened, { day: 1 });
    expect(calls).toBe(2);
    expect(await rejectionOf(bus.requests.dispatch(Toss, { coin: new Coin() }, KEY))).toBe(
      'MORTAR_CODEC_UNSUPPORTED',
    );
  });
});
