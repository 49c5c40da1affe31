import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { event } from '../../../src/contracts/index.js';
import { type DeadLetter, DeadLetters, type DurableSubscription } from '../../../src/delivery/index.js';
import { rejectionOf } from '../letters.js';
import { anEvent, Bench, NAME, subscription } from './bench.js';
import { mortal } from './mortal-store.js';

const OrderPlaced = event('shop.order-placed', { data: z.object({ total: z.number() }) });

let bench: Bench;
let letters: DeadLetters;
/** What the handler was called with, and what it fails for. */
let calls: {
  readonly id: string;
  readonly causationId: string | undefined;
  readonly total: number;
  readonly attempt: number;
}[];
let bad: Set<number>;

beforeEach(async () => {
  bench = await Bench.open();
  calls = [];
  bad = new Set([1]);
  letters = new DeadLetters({
    store: bench.store.deadLetters,
    bus: { redeliver: () => Promise.reject(new Error('Not by the bus.')) },
    contractOf: (type) => (type === OrderPlaced.name ? OrderPlaced : undefined),
  });
});
afterEach(() => bench.close());

function handling(parts: Partial<DurableSubscription> = {}): DurableSubscription {
  return subscription(([one]) => {
    if (one === undefined) return undefined;
    const { id, causationId, data } = one.event;
    const { total } = data as { readonly total: number };
    calls.push({ id, causationId, total, attempt: one.attempt });
    if (bad.has(total)) throw new Error(`no ${total}`);
    return undefined;
  }, parts);
}

function orders(key: string, ...totals: readonly number[]) {
  return totals.map((total) => anEvent({ key, payload: JSON.stringify({ total }) }));
}

async function theLetter(): Promise<DeadLetter> {
  await bench.until(async () => (await bench.letters()).length > 0, 'a dead letter');
  const [letter] = await bench.letters();
  if (letter === undefined) throw new Error('Expected a letter.');
  return letter;
}

const totals = (): readonly number[] => calls.map(({ total }) => total);

describe('a dead letter of the log', () => {
  it('is replayed as the head of its key, whose tail then follows in order', async () => {
    await bench.deliver(handling());
    await bench.publish(...orders('a', 1, 2, 3), ...orders('b', 7));
    const { id } = await theLetter();
    bad.clear();
    calls = [];
    expect(await letters.replay(id, { actor: 'ada', note: 'mended' })).toEqual({
      subscription: NAME,
      status: 'handled',
      attempts: 1,
    });
    await bench.until(async () => (await bench.held()).length === 0, 'a key that flows');
    expect(totals()).toEqual([1, 2, 3]);
    expect(await letters.get(id)).toMatchObject({ state: 'replayed', actor: 'ada', note: 'mended' });
    expect(await letters.audit()).toMatchObject([{ action: 'replay', actor: 'ada', letterId: id }]);
  });

  it('comes back with its history when it fails again, under the same policy, and holds its key as before', async () => {
    await bench.deliver(
      handling({
        decide: (_, attempt) => (attempt < 2 ? { kind: 'retry', afterMs: 0 } : { kind: 'deadLetter' }),
      }),
    );
    await bench.publish(...orders('a', 1, 2));
    const { id } = await theLetter();
    calls = [];
    const replayed = letters.replay(id);
    await bench.until(async () => (await letters.get(id))?.state === 'dead', 'its second death');
    expect(await replayed).toMatchObject({ status: 'dead', attempts: 2, deadLetterId: id });
    expect(calls.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(await letters.get(id)).toMatchObject({ state: 'dead', attempts: 4, replays: 1 });
    expect((await letters.get(id))?.failures).toHaveLength(4);
    expect(await bench.held()).toMatchObject([{ state: 'dead', first: 1, last: 2 }]);
  });

  it('is delivered with other data under an id of its own, when it was edited', async () => {
    await bench.deliver(handling());
    await bench.publish(...orders('a', 1, 2));
    const { id, envelope } = await theLetter();
    calls = [];
    expect((await rejectionOf(letters.editAndReplay(id, { total: 'much' }))).code).toBe(
      'MORTAR_DATA_INVALID',
    );
    expect(await letters.editAndReplay(id, { total: 5 }, { actor: 'ada' })).toMatchObject({
      status: 'handled',
    });
    await bench.until(() => calls.length === 2, 'the tail');
    expect(calls[0]).toMatchObject({ total: 5, causationId: envelope.id });
    expect(calls[0]?.id).not.toBe(envelope.id);
    expect(totals()).toEqual([5, 2]);
    expect(await letters.get(id)).toMatchObject({
      state: 'replayed',
      envelope: { data: { total: 1 } },
      edited: { id: calls[0]?.id, payload: '{"total":5}' },
      note: `edited as ${calls[0]?.id}`,
    });
    expect(await letters.audit()).toMatchObject([{ action: 'editAndReplay', actor: 'ada' }]);
  });

  it('that is discarded lets the tail of its key go on without it', async () => {
    await bench.deliver(handling());
    await bench.publish(...orders('a', 1, 2, 3));
    const { id } = await theLetter();
    await letters.discard(id, 'no use', { actor: 'ada' });
    await bench.until(async () => (await bench.held()).length === 0, 'a key that flows');
    expect(totals()).toEqual([1, 2, 3]);
    expect(await letters.get(id)).toMatchObject({ state: 'discarded', note: 'no use', actor: 'ada' });
  });

  it('that is purged lets the tail of its key go on without it', async () => {
    await bench.deliver(handling());
    await bench.publish(...orders('a', 1, 2));
    await theLetter();
    await letters.purge(Number.MAX_SAFE_INTEGER, ['dead']);
    await bench.until(() => calls.length === 2, 'the tail');
  });

  it('of a key that flows is replayed when nothing of the key is under way', async () => {
    const deliveries = await bench.deliver(handling({ onDead: 'continue' }));
    await bench.publish(...orders('a', 1, 2));
    const { id } = await theLetter();
    bad.clear();
    await Promise.all([letters.replay(id), bench.publish(...orders('a', 3, 4, 5))]);
    await deliveries.idle();
    expect(totals().filter((total) => total > 1)).toEqual([2, 3, 4, 5]);
    expect(totals().filter((total) => total === 1)).toHaveLength(2);
    expect(await letters.get(id)).toMatchObject({ state: 'replayed' });
  });

  it('that is skipped in its replay is over', async () => {
    const first = await bench.deliver(handling());
    await bench.publish(...orders('a', 1, 2));
    const { id } = await theLetter();
    await first.stop();
    await bench.deliver(handling({ decide: () => ({ kind: 'skip' }) }));
    expect(await letters.replay(id)).toMatchObject({ status: 'handled' });
    await bench.until(() => totals().includes(2), 'the tail');
  });

  it('is replayed by another process when the one that has begun is killed, and is never stuck', async () => {
    const own = mortal(await bench.handle());
    let isHanging = false;
    const hanging = subscription(async ([one]) => {
      if (isHanging) await new Promise(() => undefined);
      throw new Error(`no ${one?.event.position}`);
    });
    await bench.deliver(hanging, { store: own.store });
    await bench.publish(...orders('a', 1, 2));
    const { id } = await theLetter();
    isHanging = true;
    await bench.store.deadLetters.change(id, 'dead', 'replaying');
    await bench.until(async () => {
      const [work] = await bench.store.deadLetters.replaying(
        NAME,
        { of: 16, among: [...Array(16).keys()] },
        1,
      );
      return work?.isRunning === true;
    }, 'a replay that has begun');
    own.kill();
    bad.clear();
    await bench.deliver(handling());
    await bench.until(async () => (await letters.get(id))?.state === 'replayed', 'the end of the replay');
    await bench.until(async () => (await bench.held()).length === 0, 'a key that flows');
    expect(totals()).toEqual([1, 2]);
    expect(calls[0]?.attempt).toBe(2);
  });

  it('waits for its outcome no longer than is said, and the replay goes on', async () => {
    const first = await bench.deliver(handling());
    await bench.publish(...orders('a', 1));
    const { id } = await theLetter();
    await first.stop();
    expect((await rejectionOf(letters.replay(id, { timeoutMs: 20 }))).code).toBe('MORTAR_WAIT_TIMEOUT');
    bad.clear();
    await bench.deliver(handling());
    await bench.until(async () => (await letters.get(id))?.state === 'replayed', 'the end of the replay');
  });
});

describe('replays of many', () => {
  it('replay what matches, each once, and tell what became of it', async () => {
    await bench.deliver(handling());
    bad = new Set([1, 2, 3]);
    await bench.publish(...orders('a', 1), ...orders('b', 2), ...orders('c', 3), ...orders('d', 4));
    await bench.until(async () => (await bench.letters()).length === 3, 'three dead letters');
    bad = new Set([3]);
    calls = [];
    expect(await letters.replayAll({ subscription: NAME })).toEqual({
      replayed: 2,
      failed: 1,
      passedOver: 0,
    });
    expect([...totals()].sort()).toEqual([1, 2, 3]);
  });

  it('run at a rate, by the clock, and can be cancelled', async () => {
    await bench.deliver(handling());
    bad = new Set([1, 2, 3, 4, 5]);
    await bench.publish(...[1, 2, 3, 4, 5].flatMap((total) => orders(`k${total}`, total)));
    await bench.until(async () => (await bench.letters()).length === 5, 'five dead letters');
    bad.clear();
    calls = [];
    const { id, total } = await letters.startReplay({}, { ratePerSecond: 1, actor: 'ada' });
    expect(total).toBe(5);
    await bench.clock.advance(2_500);
    expect(calls.length).toBeGreaterThanOrEqual(2);
    expect(calls.length).toBeLessThanOrEqual(4);
    const { waiting } = await letters.cancelReplay(id, { actor: 'bob' });
    await bench.clock.advance(10_000);
    expect(calls).toHaveLength(5 - waiting);
    expect(await letters.replayJob(id)).toMatchObject({ state: 'cancelled', replayed: 5 - waiting, waiting });
    expect(await letters.replayJobs('running')).toEqual([]);
  });
});
