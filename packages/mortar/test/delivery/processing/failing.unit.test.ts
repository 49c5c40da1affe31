import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FailureDecision } from '../../../src/bus/index.js';
import type { DurableSubscription } from '../../../src/delivery/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { anEvent, Bench, type Handler, NAME, subscription } from './bench.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

const retryThrice = (_: unknown, attempt: number): FailureDecision =>
  attempt < 3 ? { kind: 'retry', afterMs: 1_000 } : { kind: 'deadLetter' };

/** A handler that fails for some payloads until it is mended, and notes what it was called for. */
function failingFor(...bad: readonly string[]) {
  const calls: [data: unknown, attempt: number, at: number][] = [];
  const state = { calls, isMended: false };
  const handler: Handler = (several) => {
    for (const { event, attempt } of several) {
      calls.push([event.data, attempt, bench.clock.now()]);
      if (!state.isMended && bad.includes(String(event.data))) throw new Error(`no ${event.data}`);
    }
    return undefined;
  };
  return { ...state, state, handler };
}

function keyed(key: string, ...data: readonly string[]) {
  return data.map((text) => anEvent({ key, payload: JSON.stringify(text) }));
}

async function deliver(handler: Handler, parts: Partial<DurableSubscription> = {}) {
  return bench.deliver(subscription(handler, { decide: retryThrice, ...parts }));
}

describe('a delivery that fails', () => {
  it('is tried again at its time, with its attempts counted, then is dead with its history', async () => {
    const { handler, calls } = failingFor('bad');
    await deliver(handler);
    await bench.publish(...keyed('k', 'bad'));
    await bench.until(async () => (await bench.letters()).length === 1, 'a dead letter');
    expect(calls.map(([, attempt]) => attempt)).toEqual([1, 2, 3]);
    const times = calls.map(([, , at]) => at);
    for (const [index, at] of times.slice(1).entries())
      expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(1_000);
    const [letter] = await bench.letters();
    expect(letter).toMatchObject({ subscription: NAME, reason: 'failed', attempts: 3 });
    expect(letter?.failures.map(({ error }) => error.message)).toEqual(['no bad', 'no bad', 'no bad']);
    expect(letter?.entry?.payload).toBe('"bad"');
  });

  it('holds the later events of its key, while other keys flow', async () => {
    const { handler, calls, state } = failingFor('a1');
    const deliveries = await deliver(handler);
    await bench.publish(...keyed('a', 'a1', 'a2'), ...keyed('b', 'b1', 'b2'));
    await bench.clock.advance(100);
    expect(calls.map(([data]) => data)).toEqual(expect.arrayContaining(['a1', 'b1', 'b2']));
    expect(calls.map(([data]) => data)).not.toContain('a2');
    expect(await bench.held()).toMatchObject([
      { orderKey: 'a', first: 1, last: 2, state: 'retrying', attempts: 1 },
    ]);
    state.isMended = true;
    await bench.publish(...keyed('a', 'a3'));
    await bench.until(async () => (await bench.held()).length === 0, 'a key that flows');
    await deliveries.idle();
    expect(calls.map(([data]) => data).filter((data) => String(data).startsWith('a'))).toEqual([
      'a1',
      'a1',
      'a2',
      'a3',
    ]);
  });

  it('holds its key when it is dead, and every event of it that comes later', async () => {
    const { handler, calls } = failingFor('a1');
    const deliveries = await deliver(handler, { decide: () => ({ kind: 'deadLetter' }) });
    await bench.publish(...keyed('a', 'a1', 'a2'));
    await deliveries.idle();
    await bench.publish(...keyed('a', ...Array.from({ length: 40 }, (_, index) => `later ${index}`)));
    await deliveries.idle();
    expect(calls).toHaveLength(1);
    expect(await bench.held()).toMatchObject([{ state: 'dead', first: 1, last: 42 }]);
    await deliveries.stop();
    expect((await bench.store.deliveries.checkpoints()).every(({ low }) => low === 42)).toBe(true);
  });

  it('holds nothing where the policy is to continue', async () => {
    const { handler, calls } = failingFor('a1');
    const deliveries = await deliver(handler, { decide: () => ({ kind: 'deadLetter' }), onDead: 'continue' });
    await bench.publish(...keyed('a', 'a1', 'a2', 'a3'));
    await deliveries.idle();
    expect(calls.map(([data]) => data)).toEqual(['a1', 'a2', 'a3']);
    expect(await bench.held()).toEqual([]);
    expect(await bench.letters()).toHaveLength(1);
  });

  it('goes on with the tail after its last retry, where the policy is to continue', async () => {
    const { handler, calls } = failingFor('a1');
    await deliver(handler, { onDead: 'continue' });
    await bench.publish(...keyed('a', 'a1', 'a2'));
    await bench.until(() => calls.length === 4, 'the tail');
    expect(calls.map(([data]) => data)).toEqual(['a1', 'a1', 'a1', 'a2']);
  });

  it('is left out where the policy skips it', async () => {
    const { handler, calls } = failingFor('a1');
    const deliveries = await deliver(handler, { decide: () => ({ kind: 'skip' }) });
    await bench.publish(...keyed('a', 'a1', 'a2'));
    await deliveries.idle();
    expect(calls.map(([data]) => data)).toEqual(['a1', 'a2']);
    expect(await bench.letters()).toEqual([]);
  });

  it('pauses its subscription in the store where the policy is to stop', async () => {
    const { handler, calls } = failingFor('a1');
    const deliveries = await deliver(handler, { decide: () => ({ kind: 'stop' }), concurrency: 1 });
    await bench.publish(...keyed('a', 'a1'));
    await bench.until(
      async () => (await bench.store.deliveries.subscriptions())[0]?.paused !== undefined,
      'a pause',
    );
    await bench.publish(...keyed('b', 'b1'));
    await bench.clock.advance(3_000);
    expect(calls).toHaveLength(1);
    expect(await bench.letters()).toHaveLength(1);
    expect((await deliveries.status()).subscriptions[0]?.state).toBe('paused');
    await deliveries.resume(NAME, 'ada');
    await bench.until(() => calls.length === 2, 'what waited');
  });

  it('with a policy that throws is a dead letter', async () => {
    const { handler } = failingFor('a1');
    const deliveries = await deliver(handler, {
      decide: () => {
        throw new Error('a bad policy');
      },
    });
    await bench.publish(...keyed('a', 'a1'));
    await deliveries.idle();
    expect(await bench.letters()).toHaveLength(1);
  });

  it('with a delay that is out of bounds waits for the longest one, and does not run hot', async () => {
    const { handler, calls } = failingFor('a1');
    const deliveries = await deliver(handler, { decide: () => ({ kind: 'retry', afterMs: 1e15 }) });
    await bench.publish(...keyed('a', 'a1'));
    await deliveries.idle();
    await bench.clock.advance(60_000);
    expect(calls).toHaveLength(1);
    expect((await bench.held())[0]?.dueAt).toBeGreaterThan(2 ** 31 - 10);
  });

  it('of 1,000 tries keeps the last 20 failures', async () => {
    const { handler, calls } = failingFor('a1');
    await deliver(handler, { decide: () => ({ kind: 'retry', afterMs: 1 }) });
    await bench.publish(...keyed('a', 'a1'));
    await bench.until(() => calls.length > 30, 'many tries');
    expect((await bench.held())[0]?.failures).toHaveLength(20);
  });
});

describe('an event that can not be read', () => {
  const unreadable: Partial<DurableSubscription> = {
    read: () => {
      throw new MortarError('MORTAR_UPCAST_MISSING', { rule: 'R.', expected: 'e', got: 'schema version 9' });
    },
  };

  it('is a dead letter with its bytes, without a call of the handler', async () => {
    const { handler, calls } = failingFor();
    const deliveries = await deliver(handler, unreadable);
    await bench.publish(anEvent({ payload: '{"$date":"nonsense"}' }));
    await deliveries.idle();
    expect(calls).toEqual([]);
    expect(await bench.letters()).toMatchObject([
      {
        reason: 'unreadable',
        attempts: 0,
        entry: { payload: '{"$date":"nonsense"}' },
        error: { code: 'MORTAR_UPCAST_MISSING' },
      },
    ]);
  });

  it('holds its key until there is code that can read it, by policy', async () => {
    const { handler, calls } = failingFor();
    const first = await deliver(handler, { ...unreadable, onUnreadable: 'hold' });
    await bench.publish(...keyed('a', 'a1', 'a2'));
    await first.idle();
    expect(await bench.letters()).toEqual([]);
    expect(await bench.held()).toMatchObject([{ state: 'retrying', first: 1, last: 2, attempts: 0 }]);
    await first.stop();
    await deliver(handler);
    await bench.until(() => calls.length === 2, 'newer code');
    expect(calls.map(([data]) => data)).toEqual(['a1', 'a2']);
  });
});

describe('effects that can not be committed', () => {
  it('are the failure of their own delivery, and of no other', async () => {
    const deliveries = await bench.deliver(
      subscription(
        ([one]) => ({
          writes: [
            () => {
              if (one?.event.data === 'bad') throw new Error('a constraint');
            },
          ],
          appends: [
            { events: [anEvent({ type: 'billing.sent', payload: JSON.stringify(one?.event.data) })] },
          ],
        }),
        { types: ['shop.order-placed'] },
      ),
    );
    await bench.publish(
      ...Array.from({ length: 30 }, (_, index) => anEvent({ payload: index === 7 ? '"bad"' : `${index}` })),
    );
    await deliveries.idle();
    expect(await bench.letters()).toMatchObject([{ error: { message: 'a constraint' }, attempts: 1 }]);
    const sent = await bench.store.events.readAll({ filter: { types: ['billing.sent'] } });
    expect(sent.entries.map(({ payload }) => Number(payload)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 30 }, (_, index) => index).filter((index) => index !== 7),
    );
  });
});

describe('a batch that fails', () => {
  it('is taken apart: each of its events is tried alone, in order', async () => {
    const { handler, calls } = failingFor('a2');
    await deliver(handler, { batch: { size: 4, withinMs: 10 }, concurrency: 1 });
    await bench.publish(...keyed('a', 'a1', 'a2', 'a3'), ...keyed('b', 'b1'));
    await bench.until(async () => (await bench.letters()).length === 1, 'a dead letter');
    const alone = calls.slice(2).map(([data, attempt]) => `${data} ${attempt}`);
    expect(alone).toEqual(['a1 1', 'a2 1', 'b1 1', 'a2 2', 'a2 3']);
    expect(await bench.held()).toMatchObject([{ orderKey: 'a', first: 2, last: 3, state: 'dead' }]);
  });
});
