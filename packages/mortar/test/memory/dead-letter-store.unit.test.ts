import { describe, expect, it } from 'vitest';
import { MemoryDeadLetterStore } from '../../src/memory/index.js';
import { codeOf } from '../contracts/caught.js';
import { deadLetterStoreCases } from '../delivery/dead-letter-store.cases.js';
import { deadDelivery, rejectionOf } from '../delivery/letters.js';
import { heapBytes } from '../support/heap.js';
import { VirtualClock } from '../support/virtual-clock.js';

deadLetterStoreCases((clock) => new MemoryDeadLetterStore({ clock }));

const WEEK_MS = 7 * 24 * 3_600_000;

describe('the options of a store in memory', () => {
  it.each([
    { maxLetters: 0 },
    { maxLetters: 1.5 },
    { maxLetters: 10_000_001 },
    { keepEndedMs: -1 },
    { keepEndedMs: Number.NaN },
    { keepEndedMs: '1' as unknown as number },
  ])('%o are refused', (options) => {
    expect(codeOf(() => new MemoryDeadLetterStore(options))).toBe('MORTAR_OPTIONS_INVALID');
  });
});

describe('a full store', () => {
  it('full of dead letters refuses more, and keeps what it has', async () => {
    const store = new MemoryDeadLetterStore({ maxLetters: 2 });
    const ids = [await store.add(deadDelivery()), await store.add(deadDelivery())];
    const error = await rejectionOf(store.add(deadDelivery()));
    expect(error).toMatchObject({ code: 'MORTAR_QUEUE_FULL', category: 'throttled' });
    expect((await store.list()).map(({ id }) => id)).toEqual(ids);
  });

  it('has room for what it has already', async () => {
    const store = new MemoryDeadLetterStore({ maxLetters: 1 });
    const dead = deadDelivery();
    const id = await store.add(dead);
    expect(await store.add(dead)).toBe(id);
    await store.change(id, 'dead', 'replaying');
    expect(await store.add(dead)).toBe(id);
    expect(await store.list()).toMatchObject([{ replays: 1 }]);
  });

  it('does not give up a letter that is being replayed', async () => {
    const store = new MemoryDeadLetterStore({ maxLetters: 1 });
    await store.change(await store.add(deadDelivery()), 'dead', 'replaying');
    expect((await rejectionOf(store.add(deadDelivery()))).code).toBe('MORTAR_QUEUE_FULL');
    expect((await store.statistics()).byState.replaying).toBe(1);
  });

  it('gives up what was over first, one letter for one', async () => {
    const store = new MemoryDeadLetterStore({ maxLetters: 3 });
    const [first = '', second = '', third = ''] = [
      await store.add(deadDelivery()),
      await store.add(deadDelivery()),
      await store.add(deadDelivery()),
    ];
    await store.change(third, 'dead', 'discarded');
    await store.change(first, 'dead', 'replayed');
    const fourth = await store.add(deadDelivery());
    expect(await store.get(third)).toBeUndefined();
    expect((await store.list({ state: 'replayed' })).map(({ id }) => id)).toEqual([first]);
    expect((await store.list()).map(({ id }) => id)).toEqual([second, fourth]);
    await store.add(deadDelivery());
    expect(await store.get(first)).toBeUndefined();
    expect((await rejectionOf(store.add(deadDelivery()))).code).toBe('MORTAR_QUEUE_FULL');
  });

  it('counts a letter that was over and died again among the dead', async () => {
    const store = new MemoryDeadLetterStore({ maxLetters: 1 });
    const dead = deadDelivery();
    const id = await store.add(dead);
    await store.change(id, 'dead', 'discarded');
    await store.add(dead);
    expect((await rejectionOf(store.add(deadDelivery()))).code).toBe('MORTAR_QUEUE_FULL');
    expect((await store.list()).map((letter) => letter.id)).toEqual([id]);
  });

  it('refuses 10,000 more in no time', async () => {
    const store = new MemoryDeadLetterStore({ maxLetters: 10_000 });
    const envelope = deadDelivery().envelope;
    const add = (index: number): Promise<string> =>
      store.add({ ...deadDelivery({ envelope }), subscription: `s ${index}` });
    for (let index = 0; index < 10_000; index += 1) await add(index);
    const start = performance.now();
    const refused = await Promise.allSettled(
      Array.from({ length: 10_000 }, (_, index) => add(10_000 + index)),
    );
    expect(refused.every(({ status }) => status === 'rejected')).toBe(true);
    // A scan of all letters for each would be 200 million steps.
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

describe('memory', () => {
  it('does not grow with letters that are gone', async () => {
    const store = new MemoryDeadLetterStore({ maxLetters: 10 });
    const { envelope, ...dead } = deadDelivery();
    const pass = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        const id = await store.add({ ...dead, envelope, subscription: `subscription ${index}` });
        await store.change(id, 'dead', 'discarded');
      }
    };
    await pass(1_000);
    const before = heapBytes();
    await pass(100_000);
    // Something of each, be it its id alone, would be 10 MB or more.
    expect(heapBytes() - before).toBeLessThan(4_000_000);
  });
});

describe('retention', () => {
  it('removes what has been over for a week', async () => {
    const clock = new VirtualClock();
    const store = new MemoryDeadLetterStore({ clock });
    const dead = await store.add(deadDelivery());
    const replayed = await store.add(deadDelivery());
    const discarded = await store.add(deadDelivery());
    await store.change(replayed, 'dead', 'replayed');
    await clock.advance(1_000);
    await store.change(discarded, 'dead', 'discarded');
    await clock.advance(WEEK_MS - 1_001);
    expect(await store.get(replayed)).toBeDefined();
    await clock.advance(1);
    expect(await store.get(replayed)).toBeUndefined();
    expect(await store.list({ state: 'discarded' })).toHaveLength(1);
    await clock.advance(1_000);
    expect((await store.statistics()).byState).toEqual({ dead: 1, replaying: 0, replayed: 0, discarded: 0 });
    await clock.advance(100 * WEEK_MS);
    expect((await store.list()).map(({ id }) => id)).toEqual([dead]);
    expect((await rejectionOf(store.change(discarded, 'discarded', 'dead'))).code).toBe(
      'MORTAR_DEAD_LETTER_MISSING',
    );
  });

  it.each(['get', 'list', 'groups', 'statistics', 'add', 'change', 'purge'] as const)(
    'is applied by %s',
    async (verb) => {
      const clock = new VirtualClock();
      const store = new MemoryDeadLetterStore({ clock, keepEndedMs: 100 });
      const kept = await store.add(deadDelivery());
      const id = await store.add(deadDelivery());
      await store.change(id, 'dead', 'discarded');
      await clock.advance(100);
      const calls = {
        get: () => store.get(id),
        list: () => store.list({ state: 'discarded' }),
        groups: () => store.groups({ state: 'discarded' }),
        statistics: async () => (await store.statistics()).byState.discarded,
        add: async () => (await store.add(deadDelivery())) === id,
        change: () => store.change(kept, 'dead', 'replaying'),
        purge: () => store.purge(Number.MAX_SAFE_INTEGER, ['discarded']),
      };
      const expected = { get: undefined, list: [], groups: [], statistics: 0, add: false, purge: 0 };
      const answer = await calls[verb]();
      if (verb !== 'change') expect(answer).toEqual(expected[verb]);
      // Time going back does not bring it back.
      clock.adjust(-100);
      expect(await store.get(id)).toBeUndefined();
    },
  );

  it('of 0 ms keeps nothing that is over', async () => {
    const store = new MemoryDeadLetterStore({ keepEndedMs: 0, clock: new VirtualClock() });
    const id = await store.add(deadDelivery());
    expect(await store.change(id, 'dead', 'discarded')).toMatchObject({ state: 'discarded' });
    expect(await store.get(id)).toBeUndefined();
  });

  it('begins anew with the letter’s next end', async () => {
    const clock = new VirtualClock();
    const store = new MemoryDeadLetterStore({ clock, keepEndedMs: 100 });
    const dead = deadDelivery();
    const id = await store.add(dead);
    await store.change(id, 'dead', 'discarded');
    await clock.advance(90);
    await store.add(dead);
    await store.change(id, 'dead', 'discarded');
    await clock.advance(90);
    expect(await store.get(id)).toBeDefined();
    await clock.advance(10);
    expect(await store.get(id)).toBeUndefined();
  });
});
