import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createMessageBus, type IdempotencyKeys } from '../../../../src/bus/index.js';
import { MemoryIdempotencyKeys } from '../../../../src/bus/requests/idempotency-keys.js';
import { command, createEnvelope } from '../../../../src/contracts/index.js';
import { silentLogger } from '../../../../src/logging/logger.js';
import { upTo } from '../../../support/parcels.js';
import { settled, VirtualClock } from '../../../support/virtual-clock.js';
import { Opened, openShop, Pay, Refund } from '../till.js';

const ORDER = { order: 'a' };
const HOUR_MS = 3_600_000;
const retry = { attempts: 3, backoff: { kind: 'fixed', delayMs: 10, jitter: false } } as const;

const Names = command('till.names', { data: z.object({}), result: z.array(z.string()) });
const Visits = command('till.visits', {
  data: z.object({}),
  result: z.object({ at: z.date(), by: z.map(z.string(), z.array(z.string())) }),
});

describe('a command that the handler of an event dispatches', () => {
  test('given a result, when the handler changes it, then it may, and a repeated attempt gets what it was', async () => {
    const { requests, events, clock } = openShop();
    let calls = 0;
    requests.handle(Names, () => {
      calls += 1;
      return ['b', 'a'];
    });
    requests.handle(Visits, () => ({ at: new Date(5), by: new Map([['a', ['b']]]) }));
    const seen: unknown[] = [];
    events.subscribe(Opened, { name: 'desk', retry }, async ({ dispatch, attempt }) => {
      const names = await dispatch(Names, {});
      const visits = await dispatch(Visits, {});
      seen.push([...names], visits.at.getTime(), [...(visits.by.get('a') ?? [])]);
      names.sort();
      visits.at.setTime(9);
      visits.by.get('a')?.push('c');
      if (attempt === 1) throw new Error('again');
    });
    const delivery = events.deliver(Opened, { day: 1 });
    await clock.runOut();
    expect(await delivery).toMatchObject([{ status: 'handled', attempts: 2 }]);
    expect(seen).toEqual([['b', 'a'], 5, ['b'], ['b', 'a'], 5, ['b']]);
    expect(calls).toBe(1);
  });

  test('given more of them than keys are kept, when the key of a caller comes again, then that is still known', async () => {
    const { requests, events, till } = openShop({ idempotency: { maxKeys: 2 } });
    requests.handle(Refund, () => undefined);
    events.subscribe(Opened, async ({ dispatch }) => {
      for (const no of upTo(5)) await dispatch(Refund, { order: `${no}` });
    });
    const pay = (): Promise<unknown> => requests.dispatch(Pay, ORDER, { idempotencyKey: 'k' });
    const first = pay();
    till.finish(1);
    await first;
    await events.deliver(Opened, { day: 1 });
    expect(await pay()).toEqual(await first);
    expect(till.calls).toHaveLength(1);
  });

  test('given a redelivery, when it comes within the hour, then the command is known; later, it runs anew', async () => {
    const { requests, events, clock } = openShop();
    const refunds: string[] = [];
    const envelopes: Parameters<typeof events.redeliver>[0][] = [];
    requests.handle(Refund, ({ data }) => void refunds.push(data.order));
    events.subscribe(Opened, { name: 'desk' }, async ({ dispatch, envelope }) => {
      envelopes.push(envelope);
      await dispatch(Refund, ORDER);
    });
    await events.deliver(Opened, { day: 1 });
    const again = async (): Promise<void> => {
      for (const envelope of envelopes.slice(0, 1)) await events.redeliver(envelope, 'desk');
    };
    await clock.advance(HOUR_MS - 1);
    await again();
    expect(refunds).toEqual(['a']);
    await clock.advance(1);
    await again();
    expect(refunds).toEqual(['a', 'a']);
  });

  /** A shop with a desk that dispatches, and fails as long as it is broken; and what is replayed is another object. */
  function deskShop() {
    const shop = openShop();
    const refunds: string[] = [];
    const state = { isBroken: true };
    shop.requests.handle(Refund, ({ data }) => void refunds.push(data.order));
    shop.events.subscribe(Opened, { name: 'desk', retry }, async ({ dispatch }) => {
      await dispatch(Refund, ORDER);
      if (state.isBroken) throw new Error('broken');
    });
    const envelope = createEnvelope(Opened, { day: 1 });
    const send = async (): Promise<string | undefined> => {
      const delivery = shop.events.redeliver({ ...envelope }, 'desk');
      await shop.clock.runOut();
      return (await delivery).status;
    };
    return { ...shop, refunds, state, send };
  }

  test('given an event that failed, when it is replayed as another object within the hour, then the command is known', async () => {
    const { refunds, state, send, clock } = deskShop();
    expect(await send()).toBe('lost');
    state.isBroken = false;
    await clock.advance(HOUR_MS - 1_000);
    expect(await send()).toBe('handled');
    expect(refunds).toEqual(['a']);
    await clock.advance(HOUR_MS);
    await send();
    expect(refunds).toEqual(['a', 'a']);
  });

  test('given an event that was handled, when it comes again as another object, then nothing of it was kept', async () => {
    const { refunds, state, send } = deskShop();
    state.isBroken = false;
    await send();
    await send();
    expect(refunds).toEqual(['a', 'a']);
  });

  test('given a command that ends when its attempt has failed, when the event is replayed, then the command is known', async () => {
    const { requests, events, clock, till } = openShop();
    let isBroken = true;
    events.subscribe(Opened, { name: 'desk', timeoutMs: 5 }, async ({ dispatch }) => {
      const paying = dispatch(Pay, ORDER);
      if (!isBroken) await paying;
      else await new Promise(() => undefined);
    });
    const envelope = createEnvelope(Opened, { day: 1 });
    const first = events.redeliver(envelope, 'desk');
    await clock.advance(5);
    expect((await first).status).toBe('lost');
    till.finish(1);
    await settled();
    isBroken = false;
    expect((await events.redeliver({ ...envelope }, 'desk')).status).toBe('handled');
    expect(till.calls).toHaveLength(1);
    expect(requests.registrations()).toHaveLength(1);
  });

  test('given a batch that failed, when one of its events is replayed as another object, then its command is known', async () => {
    const { requests, events, clock } = openShop();
    const refunds: string[] = [];
    let isBroken = true;
    requests.handle(Refund, ({ data }) => void refunds.push(data.order));
    events.subscribe(Opened, { name: 'desk', batch: { size: 2, withinMs: 5 } }, async (batch) => {
      for (const { data, dispatch } of batch) await dispatch(Refund, { order: `${data.day}` });
      if (isBroken) throw new Error('broken');
    });
    const envelopes = [1, 2].map((day) => createEnvelope(Opened, { day }));
    await Promise.all(envelopes.map((envelope) => events.redeliver(envelope, 'desk')));
    isBroken = false;
    const again = envelopes.map((envelope) => events.redeliver({ ...envelope }, 'desk'));
    await clock.runOut();
    expect((await Promise.all(again)).map(({ status }) => status)).toEqual(['handled', 'handled']);
    expect(refunds).toEqual(['1', '2']);
  });

  test('given a store, when an attempt fails, then it is told of the event; of one that succeeds it is not', async () => {
    const told: unknown[] = [];
    const keys: IdempotencyKeys = {
      claim: (_key, _digest, _origin, event) => {
        told.push(event);
        return { kind: 'free' };
      },
      keep: (_key, _digest, _result, _origin, event) => void told.push(event),
      forget: () => undefined,
      attemptFailed: (event) => void told.push(['failed', event]),
    };
    const { requests, events } = openShop({}, keys);
    requests.handle(Refund, () => undefined);
    events.subscribe(Opened, async ({ dispatch, data }) => {
      await dispatch(Refund, ORDER);
      await dispatch(Refund, ORDER, { idempotencyKey: 'k' });
      if (data.day === 2) throw new Error('broken');
    });
    const [good, bad] = [1, 2].map((day) => createEnvelope(Opened, { day }));
    for (const envelope of [good, bad]) if (envelope !== undefined) await events.deliver(envelope);
    const derived = (event: unknown): unknown[] => [event, event, undefined, undefined];
    expect(told).toEqual([...derived(good), ...derived(bad), ['failed', bad]]);
  });

  test('given a store, when a key is claimed, kept or given back, then the store is told who made it', async () => {
    const told: string[] = [];
    const keys: IdempotencyKeys = {
      claim: (_key, _digest, origin) => {
        told.push(`claim ${origin}`);
        return { kind: 'free' };
      },
      keep: (_key, _digest, _result, origin) => void told.push(`keep ${origin}`),
      forget: (_key, origin) => void told.push(`forget ${origin}`),
    };
    const { requests, events } = createMessageBus({ logger: silentLogger }, keys);
    requests.handle(Refund, ({ data }) => {
      if (data.order === 'bad') throw new Error('no');
    });
    events.subscribe(Opened, async ({ dispatch }) => {
      await dispatch(Refund, ORDER);
      await dispatch(Refund, { order: 'bad' });
    });
    await requests.dispatch(Refund, ORDER, { idempotencyKey: 'k' });
    await events.deliver(Opened, { day: 1 });
    expect(told).toEqual([
      'claim given',
      'keep given',
      'claim derived',
      'keep derived',
      'claim derived',
      'forget derived',
    ]);
  });
});

describe('a clock that is set back', () => {
  test.each(['given', 'derived'] as const)(
    'given a %s key that was kept, when it comes before the time it was kept at, then the command runs anew',
    (origin) => {
      const clock = new VirtualClock();
      const keys = new MemoryIdempotencyKeys(clock, { ttlMs: 20 });
      keys.keep('k', 'digest', 1, origin);
      expect(keys.claim('k', 'digest', origin)).toMatchObject({ kind: 'kept' });
      clock.adjust(-HOUR_MS);
      expect(keys.claim('k', 'digest', origin)).toEqual({ kind: 'free' });
      clock.adjust(HOUR_MS);
      expect(keys.claim('k', 'digest', origin)).toEqual({ kind: 'free' });
    },
  );
});

describe('the idempotency key of a context', () => {
  test('given a key of the caller, when the command is tried again, then it is the same; without one, it is new', async () => {
    const { requests } = openShop();
    const keys: string[] = [];
    requests.handle(Refund, ({ idempotencyKey }) => {
      keys.push(idempotencyKey);
      throw new Error('no');
    });
    const send = (options: object): Promise<unknown> =>
      requests.dispatch(Refund, ORDER, options).catch(() => undefined);
    const given = [{ idempotencyKey: 'k' }, { idempotencyKey: 'k' }];
    const others = [{ idempotencyKey: 'l' }, { idempotencyKey: 'k', actor: 'eve' }, {}, {}];
    for (const options of [...given, ...others]) await send(options);
    expect(keys[0]).toBe(keys[1]);
    expect(new Set(keys).size).toBe(5);
    expect(keys.filter((key) => !key.endsWith(':till.refund'))).toEqual([]);
  });

  test('given a command by the handler of an event, when the attempt is repeated, then it is the same', async () => {
    const { requests, events, clock } = openShop();
    const keys: string[] = [];
    requests.handle(Refund, ({ idempotencyKey }) => {
      keys.push(idempotencyKey);
      throw new Error('no');
    });
    events.subscribe(Opened, { name: 'desk', retry }, ({ dispatch }) => dispatch(Refund, ORDER));
    const delivery = events.deliver(Opened, { day: 1 });
    await clock.runOut();
    await delivery;
    expect([keys.length, new Set(keys).size]).toEqual([3, 1]);
  });
});
