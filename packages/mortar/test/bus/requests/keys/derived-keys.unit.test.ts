import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { IdempotencyKeys } from '../../../../src/bus/index.js';
import { createMessageBus } from '../../../../src/bus/index.js';
import { command } from '../../../../src/contracts/index.js';
import { silentLogger } from '../../../../src/logging/logger.js';
import { upTo } from '../../../support/parcels.js';
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
