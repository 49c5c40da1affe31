import { describe, expect, it } from 'vitest';
import type { DeadLetterFilter, DeadLetterStore } from '../../src/delivery/index.js';
import { MortarError } from '../../src/errors/index.js';
import { filterCases } from './dead-letter-filter.cases.js';
import { sequenceCases } from './dead-letter-sequence.cases.js';
import { deadDelivery, invoiceSent, orderPlaced, rejectionOf } from './letters.js';
import { benchOf, type MakeStore } from './store-bench.js';

/** What every store of dead letters holds to. An adapter's own test runs it with a store of its own. */
export function deadLetterStoreCases(makeStore: MakeStore): void {
  describe('add', () => addCases(makeStore));
  describe('add, once more', () => addAgainCases(makeStore));
  describe('list', () => listCases(makeStore));
  describe('filters', () => filterCases(makeStore));
  describe('groups', () => groupCases(makeStore));
  describe('statistics', () => statisticsCases(makeStore));
  describe('change', () => changeCases(makeStore));
  describe('purge', () => purgeCases(makeStore));
  describe('any sequence', () => sequenceCases(makeStore));
}

async function idsOf(store: DeadLetterStore, filter?: DeadLetterFilter): Promise<readonly string[]> {
  return (await store.list(filter)).map(({ id }) => id);
}

async function claimed(store: DeadLetterStore, id: string): Promise<void> {
  await store.change(id, 'dead', 'replaying');
}

function addCases(makeStore: MakeStore): void {
  const bench = benchOf(makeStore);

  it('keeps all there is to know, and answers with the id', async () => {
    const { store, clock } = bench;
    const dead = deadDelivery();
    const id = await store.add(dead);
    const letter = await store.get(id);
    expect(letter).toEqual({
      id,
      state: 'dead',
      subscription: 'billing/shop.order-placed',
      envelope: dead.envelope,
      reason: 'failed',
      attempts: 3,
      error: {
        name: 'Error',
        message: 'no connection to 10.0.0.1',
        category: 'internal',
        code: undefined,
        stack: expect.stringContaining('no connection'),
      },
      fingerprint: 'Error: no connection to <n>',
      replays: 0,
      firstDeadAt: clock.now(),
      lastDeadAt: clock.now(),
      endedAt: undefined,
      note: undefined,
      actor: undefined,
      failures: [{ at: clock.now(), error: letter?.error }],
      entry: undefined,
      edited: undefined,
    });
  });

  it('keeps the code and the category of an error of Mortar', async () => {
    const error = new MortarError('MORTAR_CIRCUIT_OPEN', { rule: 'R.', expected: 'e', got: 'g' });
    const letter = await bench.store.get(await bench.store.add(deadDelivery({ error, reason: 'refused' })));
    expect(letter).toMatchObject({
      reason: 'refused',
      error: { name: 'MortarError', code: 'MORTAR_CIRCUIT_OPEN', category: 'unavailable' },
      fingerprint: 'MORTAR_CIRCUIT_OPEN: R. Expected e; got g.',
    });
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a NUL and half a pair', new Error('a\0b\ud800')],
  ])('keeps a delivery that failed with %s', async (_, error) => {
    const id = await bench.store.add(deadDelivery({ error }));
    expect(await bench.store.get(id)).toMatchObject({ id, state: 'dead' });
  });

  it('keeps one letter for each subscription of an event, and for each event of a subscription', async () => {
    const { store } = bench;
    const envelope = orderPlaced();
    const ids = [
      await store.add(deadDelivery({ envelope })),
      await store.add(deadDelivery({ envelope, subscription: 'mail/shop.order-placed' })),
      await store.add(deadDelivery({ envelope: orderPlaced() })),
    ];
    expect(new Set(ids).size).toBe(3);
    expect(await idsOf(store)).toEqual(ids);
  });
}

function addAgainCases(makeStore: MakeStore): void {
  const bench = benchOf(makeStore);

  it('is idempotent: one letter for an event and a subscription, the same after the second time', async () => {
    const { store, clock } = bench;
    const dead = deadDelivery();
    const id = await store.add(dead);
    const first = await store.get(id);
    await clock.advance(50);
    expect(await store.add(dead)).toBe(id);
    const { failures, ...rest } = { ...first, lastDeadAt: clock.now() };
    expect(failures).toHaveLength(1);
    expect(await store.list()).toEqual([{ ...rest, failures: [{ ...failures?.[0], at: clock.now() }] }]);
  });

  it('16 at once of one delivery make one letter', async () => {
    const dead = deadDelivery();
    const ids = await Promise.all(Array.from({ length: 16 }, () => bench.store.add(dead)));
    expect(new Set(ids).size).toBe(1);
    expect(await bench.store.list()).toHaveLength(1);
  });

  it('100 at once of different events are all kept', async () => {
    const ids = await Promise.all(Array.from({ length: 100 }, () => bench.store.add(deadDelivery())));
    expect(new Set(await idsOf(bench.store))).toEqual(new Set(ids));
  });

  it('after a replay in vain, updates the letter, adds the attempts and counts the replay', async () => {
    const { store, clock } = bench;
    const dead = deadDelivery();
    const id = await store.add(dead);
    const firstDeadAt = clock.now();
    for (const replays of [1, 2]) {
      await claimed(store, id);
      await clock.advance(1_000);
      expect(
        await store.add({ ...dead, attempts: 2, error: new TypeError('other'), reason: 'stopped' }),
      ).toBe(id);
      expect(await store.list()).toMatchObject([
        {
          id,
          state: 'dead',
          attempts: 3 + 2 * replays,
          replays,
          reason: 'stopped',
          error: { name: 'TypeError', message: 'other' },
          fingerprint: 'TypeError: other',
          firstDeadAt,
          lastDeadAt: clock.now(),
        },
      ]);
    }
  });

  it.each(['replayed', 'discarded'] as const)('wakes a letter that was %s', async (state) => {
    const { store } = bench;
    const dead = deadDelivery();
    const id = await store.add(dead);
    await claimed(store, id);
    await store.change(id, 'replaying', state, { note: 'over' });
    expect(await store.add(dead)).toBe(id);
    expect(await store.get(id)).toMatchObject({
      state: 'dead',
      attempts: 6,
      replays: 0,
      endedAt: undefined,
      note: 'over',
    });
  });
}

function listCases(makeStore: MakeStore): void {
  const bench = benchOf(makeStore);

  async function fill(count: number): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) ids.push(await bench.store.add(deadDelivery()));
    return ids;
  }

  it('an empty store has nothing to list, to group or to get', async () => {
    expect(await bench.store.list()).toEqual([]);
    expect(await bench.store.groups()).toEqual([]);
    expect(await bench.store.get('no such letter')).toBeUndefined();
  });

  it('has the letters in the order of their ids, which is that of their first death', async () => {
    const ids = await fill(20);
    expect([...ids].sort()).toEqual(ids);
    const [first] = await bench.store.list();
    await bench.store.add(deadDelivery({ envelope: first?.envelope ?? orderPlaced() }));
    expect(await idsOf(bench.store)).toEqual(ids);
  });

  it('has 100 unless a limit is given', async () => {
    const ids = await fill(103);
    expect(await idsOf(bench.store)).toEqual(ids.slice(0, 100));
    const three = await bench.store.list({}, { limit: 3 });
    expect(three.map(({ id }) => id)).toEqual(ids.slice(0, 3));
    expect(await bench.store.list({}, { limit: 10_000 })).toHaveLength(103);
  });

  it('goes on after a letter, also one that is gone', async () => {
    const ids = await fill(5);
    const rest = async (): Promise<readonly string[]> =>
      (await bench.store.list({}, { after: ids[1] ?? '' })).map(({ id }) => id);
    expect(await rest()).toEqual(ids.slice(2));
    await bench.store.change(ids[1] ?? '', 'dead', 'discarded');
    await bench.store.purge(Number.MAX_SAFE_INTEGER, ['discarded']);
    expect(await rest()).toEqual(ids.slice(2));
    expect(await bench.store.list({}, { after: ids[4] ?? '' })).toEqual([]);
  });

  it.each([0, -1, 1.5, 10_001, Number.NaN, '10'])('refuses the limit %s', async (limit) => {
    const error = await rejectionOf(bench.store.list({}, { limit: limit as number }));
    expect(error.code).toBe('MORTAR_OPTIONS_INVALID');
  });

  it('page by page, has each letter once, while letters come and go', async () => {
    const { store } = bench;
    const ids = await fill(30);
    const seen: string[] = [];
    for (let after = ''; ; ) {
      const page = await store.list({}, { after, limit: 4 });
      if (page.length === 0) break;
      seen.push(...page.map(({ id }) => id));
      after = page.at(-1)?.id ?? '';
      if (seen.length < 24) await fill(1);
      await store.change(seen.at(-2) ?? '', 'dead', 'discarded');
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.slice(0, 30)).toEqual(ids);
    expect(seen).toHaveLength(35);
  });
}

function groupCases(makeStore: MakeStore): void {
  const bench = benchOf(makeStore);

  it('puts letters of one error together, the largest group first', async () => {
    const { store, clock } = bench;
    await store.add(deadDelivery({ error: new TypeError('other') }));
    const firstDeadAt = clock.now();
    await store.add(deadDelivery({ error: new Error('order 17 not found') }));
    await clock.advance(5);
    await store.add(deadDelivery({ error: new Error('order 4711 not found'), subscription: 'mail' }));
    await clock.advance(5);
    const error = new Error('order 3 not found');
    await store.add(deadDelivery({ error, envelope: invoiceSent() }));
    const groups = await store.groups();
    expect(groups).toMatchObject([
      {
        fingerprint: 'Error: order <n> not found',
        count: 3,
        error: { message: 'order 3 not found' },
        firstDeadAt,
        lastDeadAt: clock.now(),
      },
      { fingerprint: 'TypeError: other', count: 1 },
    ]);
    expect(new Set(groups[0]?.subscriptions)).toEqual(new Set(['billing/shop.order-placed', 'mail']));
    expect(new Set(groups[0]?.types)).toEqual(new Set(['shop.order-placed', 'billing.invoice-sent']));
    expect(groups[0]?.subscriptions).toHaveLength(2);
  });

  it('holds the dead only, unless another state is asked for', async () => {
    const { store } = bench;
    const id = await store.add(deadDelivery());
    await store.change(id, 'dead', 'discarded');
    expect(await store.groups()).toEqual([]);
    expect(await store.groups({ state: 'discarded' })).toMatchObject([{ count: 1 }]);
  });
}

function statisticsCases(makeStore: MakeStore): void {
  const bench = benchOf(makeStore);

  it('of an empty store are zeros', async () => {
    expect(await bench.store.statistics()).toEqual({
      byState: { dead: 0, replaying: 0, replayed: 0, discarded: 0 },
      bySubscription: {},
      byType: {},
      byCategory: {},
      oldestDeadAt: undefined,
    });
  });

  it('count by state, and of the dead by subscription, type and category', async () => {
    const { store, clock } = bench;
    const ids: string[] = [];
    for (const subscription of ['mail', 'mail', 'audit', '__proto__', 'mail', 'mail']) {
      ids.push(await store.add(deadDelivery({ subscription, envelope: orderPlaced() })));
      await clock.advance(1);
    }
    const [replaying = '', replayed = ''] = ids;
    await store.change(replaying, 'dead', 'replaying');
    await store.change(replayed, 'dead', 'replayed');
    await store.change(ids[4] ?? '', 'dead', 'discarded');
    const { bySubscription, ...statistics } = await store.statistics();
    expect(statistics).toEqual({
      byState: { dead: 3, replaying: 1, replayed: 1, discarded: 1 },
      byType: { 'shop.order-placed': 3 },
      byCategory: { internal: 3 },
      oldestDeadAt: 1_000_002,
    });
    expect(Object.entries(bySubscription).sort()).toEqual([
      ['__proto__', 1],
      ['audit', 1],
      ['mail', 1],
    ]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
}

function changeCases(makeStore: MakeStore): void {
  const bench = benchOf(makeStore);

  it('of 16 at once, one succeeds and the others are told why', async () => {
    const id = await bench.store.add(deadDelivery());
    const results = await Promise.allSettled(
      Array.from({ length: 16 }, () => bench.store.change(id, 'dead', 'replaying')),
    );
    const won = results.filter(({ status }) => status === 'fulfilled');
    const codes = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []));
    expect(won).toHaveLength(1);
    expect(codes).toEqual(Array.from({ length: 15 }, () => 'MORTAR_DEAD_LETTER_STATE'));
    expect(await bench.store.get(id)).toMatchObject({ state: 'replaying' });
  });

  it('answers with the changed letter, and nothing else of it changes', async () => {
    const { store, clock } = bench;
    const id = await store.add(deadDelivery());
    const before = await store.get(id);
    await clock.advance(7);
    const replaying = await store.change(id, 'dead', 'replaying');
    expect(replaying).toEqual({ ...before, state: 'replaying' });
    await clock.advance(7);
    const over = await store.change(id, 'replaying', 'replayed', { note: 'by ada' });
    expect(over).toEqual({ ...before, state: 'replayed', endedAt: clock.now(), note: 'by ada' });
    expect(await store.get(id)).toEqual(over);
    expect(await store.change(id, 'replayed', 'dead')).toEqual({ ...before, note: 'by ada' });
  });

  it('refuses a letter that is not kept', async () => {
    const error = await rejectionOf(bench.store.change('nope', 'dead', 'discarded'));
    expect(error).toMatchObject({ code: 'MORTAR_DEAD_LETTER_MISSING', got: '"nope"' });
  });

  it.each(['replaying', 'replayed', 'discarded'] as const)('refuses a letter that is %s', async (state) => {
    const { store } = bench;
    const id = await store.add(deadDelivery());
    await store.change(id, 'dead', state, { note: 'as it is' });
    const before = await store.get(id);
    const error = await rejectionOf(store.change(id, 'dead', 'discarded', { note: 'changed' }));
    expect(error).toMatchObject({ code: 'MORTAR_DEAD_LETTER_STATE', got: state });
    expect(error.expected).toContain(id);
    expect(await store.get(id)).toEqual(before);
  });
}

function purgeCases(makeStore: MakeStore): void {
  const bench = benchOf(makeStore);

  it('removes what last changed before a time, by state', async () => {
    const { store, clock } = bench;
    const old = { dead: await store.add(deadDelivery()), over: await store.add(deadDelivery()) };
    const young = await store.add(deadDelivery());
    await clock.advance(10);
    await store.change(old.over, 'dead', 'discarded');
    await clock.advance(10);
    await store.change(young, 'dead', 'replayed');
    expect(await store.purge(1_000_010, ['replayed', 'discarded'])).toBe(0);
    expect(await store.purge(1_000_011, ['replayed'])).toBe(0);
    expect(await store.purge(1_000_011, ['replayed', 'discarded'])).toBe(1);
    expect(await store.get(old.over)).toBeUndefined();
    expect(await store.get(young)).toBeDefined();
    expect(await store.purge(1_000_000, ['dead'])).toBe(0);
    expect(await store.purge(1_000_001, ['dead'])).toBe(1);
    expect(await store.get(old.dead)).toBeUndefined();
    expect(await store.purge(2_000_000, [])).toBe(0);
  });

  it('forgets: the same delivery then makes a new letter', async () => {
    const { store, clock } = bench;
    const dead = deadDelivery();
    const id = await store.add(dead);
    await clock.advance(1);
    expect(await store.purge(clock.now(), ['dead'])).toBe(1);
    const next = await store.add(dead);
    expect(next).not.toBe(id);
    expect(await store.get(next)).toMatchObject({ attempts: 3, firstDeadAt: clock.now() });
  });
}
