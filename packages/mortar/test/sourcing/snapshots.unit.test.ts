import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MortarError } from '../../src/errors/index.js';
import {
  type EncodedEvent,
  type EventStore,
  position,
  type Snapshot,
  type SnapshotStore,
  type StreamId,
  streamId,
  type Version,
  version,
} from '../../src/event-store/index.js';
import { MemoryEventStore, MemoryLog, MemorySnapshotStore } from '../../src/memory/index.js';
import {
  AggregateLoader,
  aggregate,
  type DomainEventOf,
  decider,
  repository,
  SnapshotSaver,
} from '../../src/sourcing/index.js';
import { anEvent } from '../../src/testing/conformance/event-store/subject.js';
import {
  type Account,
  account,
  accounts,
  accountWith,
  contracts,
  Deposited,
  Opened,
  openBank,
} from './bank.js';

const stream = streamId('account-1');

function deposits(count: number, amount = 1): readonly EncodedEvent[] {
  return Array.from({ length: count }, () =>
    anEvent({ type: Deposited.name, payload: `{"amount":${amount}}` }),
  );
}

async function fill(events: EventStore, count: number, amount = 1): Promise<void> {
  for (let left = count; left > 0; left -= 5_000)
    await events.append([{ streamId: stream, events: deposits(Math.min(left, 5_000), amount) }]);
}

/** An account of ten deposits with a snapshot of it, and what can be done to that. */
async function openWithSnapshot(mine = accountWith({})) {
  const bank = openBank();
  const repo = repository(bank, mine);
  await fill(bank.stored, 10);
  await repo.snapshot('1');
  const saved = await bank.snapshots.find(stream, mine.fingerprint);
  if (saved === undefined) throw new Error('There is no snapshot.');
  bank.reads.reset();
  return { ...bank, repo, mine, saved };
}

/** The same store, in which one snapshot lies that nobody has saved. */
function holding(store: SnapshotStore, snapshot: () => Promise<Snapshot | undefined>): SnapshotStore {
  return {
    find: snapshot,
    save: (given) => store.save(given),
    remove: (given) => store.remove(given),
  };
}

/** What has been deposited in all. */
const counter = aggregate('account', {
  decider: decider({
    initialState: () => 0,
    decide: () => [],
    evolve: (state, { data }: DomainEventOf<typeof Deposited>) => state + data.amount,
  }),
  events: [Deposited],
  snapshots: { everyEvents: 100 },
});

describe('a snapshot', () => {
  it('is what a load begins with', async () => {
    const { repo, reads, stored, book } = await openWithSnapshot();
    await fill(stored, 2, 5);
    expect(await repo.load('1')).toMatchObject({ version: 12, state: { balance: 20 } });
    expect(reads.events).toBe(3);
    expect(book.lines).toEqual([]);
  });

  it('says of the state what its event says: position and time', async () => {
    const { repo, stored } = await openWithSnapshot();
    const plain = repository({ events: stored }, account);
    expect(await repo.load('1')).toEqual(await plain.load('1'));
  });

  it('carries everything that the codec carries', async () => {
    const wide = aggregate('account', {
      decider: decider({
        initialState: (): unknown => ({
          at: new Date(7),
          sums: new Map([[1n, new Set(['a'])]]),
          nothing: undefined,
        }),
        decide: () => [],
        evolve: (
          state,
          _event: { readonly type: 'bank.money-deposited'; readonly data: { amount: number } },
        ) => state,
      }),
      events: [Deposited],
      snapshots: {},
    });
    const { events, stored, snapshots, reads } = openBank();
    await fill(stored, 10);
    const repo = repository({ events, snapshots }, wide);
    await repo.snapshot('1');
    reads.reset();
    expect((await repo.load('1')).state).toEqual(wide.decider.initialState());
    expect(reads.events).toBe(1);
  });

  it('makes an aggregate of 100,000 events cost no more than twice one of 100', async () => {
    const bank = openBank();
    const repo = repository(bank, counter);
    await fill(bank.stored, 100);
    bank.reads.reset();
    await repo.load('1');
    const few = { ...bank.reads };
    await fill(bank.stored, 99_850);
    await repo.load('1');
    await repo.idle();
    await fill(bank.stored, 50);
    bank.reads.reset();
    expect(await repo.load('1')).toMatchObject({ version: 100_000, state: 100_000 });
    expect(few.events).toBe(100);
    expect(bank.reads.events).toBeLessThanOrEqual(2 * few.events);
    expect(bank.reads.calls).toBeLessThanOrEqual(2 * few.calls);
    await repo.idle();
  });

  it('serves the past only where it is old enough', async () => {
    const { repo, stored, book } = await openWithSnapshot();
    await fill(stored, 5);
    for (const point of [{ version: version(9) }, { position: position(9) }])
      expect((await repo.load('1', point)).state.balance).toBe(9);
    for (const point of [{ version: version(12) }, { position: position(12) }, { version: version(10) }])
      expect((await repo.load('1', point)).version).toBe(point.version ?? point.position);
    expect((await repo.load('1', { at: 999_999 })).version).toBe(0);
    expect(book.lines).toEqual([]);
  });

  it('is not looked for where the aggregate has no snapshots', async () => {
    const { events, snapshots } = await openWithSnapshot();
    const asked: string[] = [];
    const store = { ...holding(snapshots, async () => void asked.push('find')) };
    await repository({ events, snapshots: store }, account).load('1');
    expect(asked).toEqual([]);
  });
});

const other = anEvent({}).id;

/** What is wrong with the snapshot that lies there, and whether that can be said before the log is looked at. */
const lies: readonly (readonly [string, Partial<Snapshot>])[] = [
  ['of another fingerprint', { fingerprint: 'f'.repeat(64) }],
  ['of another stream', { streamId: streamId('account-2') }],
  ['newer than the stream', { version: version(11) }],
  ['far newer than the stream', { version: version(1_000_000) }],
  ['of another event of the same version, as of another log', { eventId: other }],
  ['of an older version than its event', { version: version(9) }],
  ['of no version', { version: version(0) }],
  ['of a negative version', { version: -1 as Version }],
  ['of half a version', { version: 9.5 as Version }],
  ['of a version that is no number', { version: Number.NaN as Version }],
  ['of text that is no JSON', { state: '{"balance":' }],
  ['of no text', { state: '' }],
  ['of a tag that is none', { state: '{"$what":1}' }],
  ['nested without end', { state: '['.repeat(1_000) + ']'.repeat(1_000) }],
  ['of a state that does not follow its schema', { state: '{"balance":"10"}' }],
  ['of nothing', { state: 'null' }],
];

const checkedAccount = aggregate('account', {
  decider: accounts,
  events: contracts,
  snapshots: {},
  state: z
    .object({ owner: z.string().optional(), balance: z.number(), deposits: z.array(z.number()) })
    .transform(
      // What is checked is the state itself, and it is not changed by that.
      (state): Account => ({ ...state, owner: 'somebody else' }),
    ),
});

describe('a snapshot is never trusted that is', () => {
  it.each(lies)('%s', async (_, lie) => {
    const { events, snapshots, saved, reads, logger, book, mine } = await openWithSnapshot(checkedAccount);
    let lying: Snapshot = { ...saved, ...lie };
    const repo = repository({ events, logger, snapshots: holding(snapshots, async () => lying) }, mine);
    for (const time of [1, 2]) {
      reads.reset();
      expect(await repo.load('1')).toMatchObject({ version: 10, state: { owner: undefined, balance: 10 } });
      expect(reads.events, `${time}`).toBeGreaterThanOrEqual(10);
    }
    // Said once.
    expect(book.lines).toMatchObject([
      { level: 'warn', fields: { aggregate: 'account', streamId: 'account-1' } },
    ]);
    // The same way, the good one is used.
    lying = saved;
    reads.reset();
    expect(await repo.load('1')).toMatchObject({ version: 10, state: { owner: undefined, balance: 10 } });
    expect(reads.events).toBe(1);
  });

  it('of another log', async () => {
    const { snapshots, mine } = await openWithSnapshot();
    const restored = new MemoryEventStore(new MemoryLog());
    await fill(restored, 20, 3);
    expect((await repository({ events: restored, snapshots }, mine).load('1')).state.balance).toBe(60);
  });

  it('of a log that has lost its tail', async () => {
    const { snapshots, mine, saved, stored } = await openWithSnapshot();
    const restored = new MemoryEventStore(new MemoryLog());
    const entries = await stored.readStream(stream, { limit: 9 });
    await restored.append([
      {
        streamId: stream,
        events: entries.map(({ position: _, streamId: of, version: at, recordedAt, ...event }) => event),
      },
    ]);
    const repo = repository({ events: restored, snapshots }, mine);
    expect(saved.version).toBe(10);
    expect((await repo.load('1')).state.balance).toBe(9);
    await fill(restored, 5, 7);
    expect((await repo.load('1')).state.balance).toBe(44);
  });

  it('a row that the store itself can not read', async () => {
    const { events, snapshots, mine, logger, book, reads } = await openWithSnapshot();
    const broken = holding(snapshots, async () => {
      throw new MortarError('MORTAR_STORE_CORRUPT', { rule: '.', expected: '.', got: '.' });
    });
    expect((await repository({ events, snapshots: broken, logger }, mine).load('1')).state.balance).toBe(10);
    expect(reads.events).toBe(10);
    expect(book.lines).toHaveLength(1);
  });

  it('of other code: another text, another version of the state', async () => {
    const { events, snapshots, reads } = await openWithSnapshot();
    const double = decider({
      ...accounts,
      evolve: (state: Account, happened: Parameters<typeof accounts.evolve>[1]) => {
        const next = accounts.evolve(state, happened);
        return { ...next, balance: state.balance + 2 * (next.balance - state.balance) };
      },
    });
    const mine = aggregate('account', { decider: double, events: contracts, snapshots: {} });
    expect((await repository({ events, snapshots }, mine).load('1')).state.balance).toBe(20);
    await repository({ events, snapshots }, accountWith({}, 2)).load('1');
    expect(reads.events).toBe(20);
  });
});

it('a store of snapshots that can not be reached is told of', async () => {
  const { events, snapshots, mine } = await openWithSnapshot();
  const away = holding(snapshots, async () => {
    throw new MortarError('MORTAR_STORE_UNAVAILABLE', { rule: '.', expected: '.', got: '.' });
  });
  await expect(repository({ events, snapshots: away }, mine).load('1')).rejects.toMatchObject({
    code: 'MORTAR_STORE_UNAVAILABLE',
  });
});

describe('the fingerprint of an aggregate', () => {
  const base = { decider: accounts, events: contracts };
  const of = (more: object) => aggregate('account', { ...base, ...more }).fingerprint;

  it('is the same for the same code', () => {
    expect(of({})).toBe(account.fingerprint);
    expect(of({ events: [...contracts].reverse(), retries: 3, snapshots: { everyEvents: 5 } })).toBe(of({}));
    expect(of({})).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is another one for another aggregate, which may be about the same streams', () => {
    expect(aggregate('purse', { ...base, streamId: (id) => `account-${id}` }).fingerprint).not.toBe(of({}));
  });

  it('is another one for whatever a state depends on', () => {
    const newer = (upcast: (data: unknown) => unknown) => ({
      ...Opened,
      schemaVersion: 2,
      upcasters: { 1: upcast },
    });
    const gone = (fingerprint?: string) => ({ type: 'bank.gone', into: () => [], fingerprint });
    const different = [
      {},
      { stateVersion: 2 },
      { decider: { ...accounts, evolve: (state: Account) => state } },
      { decider: { ...accounts, initialState: () => ({ ...accounts.initialState(), balance: 1 }) } },
      { state: z.object({ balance: z.number() }) },
      { state: z.object({ balance: z.string() }) },
      { events: [newer((data) => data), contracts[1], contracts[2]] },
      { events: [newer((data) => [data]), contracts[1], contracts[2]] },
      { retired: [gone()] },
      { retired: [gone('otherwise')] },
      { retired: [{ type: 'bank.gone', into: () => [{ type: Opened.name, data: {} }] }] },
    ].map(of);
    expect(new Set(different).size).toBe(different.length);
  });
});

describe('a snapshot is saved', () => {
  it('when so many events were folded, after the answer', async () => {
    const bank = openBank();
    const mine = accountWith({ everyEvents: 3 });
    const repo = repository(bank, mine);
    const saved = async () => (await bank.snapshots.find(stream, mine.fingerprint))?.version;
    for (let count = 1; count <= 2; count += 1) await repo.handle('1', { kind: 'deposit', amount: 1 });
    await repo.idle();
    expect(await saved()).toBeUndefined();
    await repo.handle('1', { kind: 'deposit', amount: 1 });
    expect(await saved()).toBeUndefined();
    await repo.idle();
    expect(await saved()).toBe(3);
    for (let count = 1; count <= 2; count += 1) await repo.handle('1', { kind: 'deposit', amount: 1 });
    await repo.idle();
    expect(await saved()).toBe(3);
    await repo.handle('1', { kind: 'deposit', amount: 1 });
    await repo.idle();
    expect(await saved()).toBe(6);
  });

  it('by work that does not begin before the answer', async () => {
    const bank = openBank();
    const asked: string[] = [];
    const mine = accountWith({ everyEvents: 1 });
    const find = (stream: StreamId, fingerprint: string) => {
      asked.push(stream);
      return bank.snapshots.find(stream, fingerprint);
    };
    const snapshots = { ...holding(bank.snapshots, async () => undefined), find };
    const repo = repository({ ...bank, snapshots }, mine);
    await repo.handle('1', { kind: 'deposit', amount: 1 });
    expect(asked).toHaveLength(1);
    await repo.idle();
    expect(asked).toHaveLength(2);
  });

  it('when loading took so long', async () => {
    const bank = openBank();
    const mine = accountWith({ afterMs: 50 });
    const slow = {
      ...bank,
      events: {
        ...bank.events,
        readStream: async (...args: Parameters<EventStore['readStream']>) => {
          await bank.clock.advance(49);
          return bank.events.readStream(...args);
        },
      },
    };
    await fill(bank.stored, 10);
    const quick = repository(slow, mine);
    await quick.load('1');
    await quick.idle();
    expect(await bank.snapshots.find(stream, mine.fingerprint)).toBeUndefined();
    await fill(bank.stored, 500);
    await quick.load('1');
    await quick.idle();
    expect((await bank.snapshots.find(stream, mine.fingerprint))?.version).toBe(510);
  });

  it('of the events, whatever was done to the state meanwhile', async () => {
    const bank = openBank();
    const repo = repository(bank, accountWith({ everyEvents: 1 }));
    const { state } = await repo.handle('1', { kind: 'deposit', amount: 1 });
    Object.assign(state, { balance: 1_000_000 });
    await repo.idle();
    expect((await repo.load('1')).state.balance).toBe(1);
  });

  it('in place of one that is wrong, also where that claims to be newer', async () => {
    const { repo, saved, snapshots, mine, events, logger, reads } = await openWithSnapshot(
      accountWith({ everyEvents: 5 }),
    );
    await snapshots.remove(stream);
    await snapshots.save({ ...saved, version: version(1_000) });
    const mended = repository({ events, snapshots, logger }, mine);
    await mended.load('1');
    await mended.idle();
    expect((await snapshots.find(stream, mine.fingerprint))?.version).toBe(10);
    reads.reset();
    await repo.load('1');
    expect(reads.events).toBe(1);
  });

  it('one after the other, and once for a stream however many ask', async () => {
    const bank = openBank();
    let running = 0;
    const versions: number[] = [];
    const counted: SnapshotStore = {
      ...holding(bank.snapshots, async () => undefined),
      save: async (snapshot) => {
        running += 1;
        expect(running).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        versions.push(snapshot.version);
        running -= 1;
      },
    };
    const repo = repository({ ...bank, snapshots: counted }, accountWith({ everyEvents: 1 }));
    await fill(bank.stored, 5);
    await Promise.all(
      [1, 2, 3, 4].flatMap(() => [repo.load('1'), repo.handle('2', { kind: 'deposit', amount: 1 })]),
    );
    await repo.idle();
    expect(versions.length).toBeLessThan(6);
    expect(new Set(versions)).toContain(5);
    expect(running).toBe(0);
  });

  it('not at all where there is no event, and not twice of the same', async () => {
    const { repo, snapshots, mine } = await openWithSnapshot();
    await repo.snapshot('2');
    expect(await snapshots.find(streamId('account-2'), mine.fingerprint)).toBeUndefined();
    await repo.snapshot('1');
    expect((await snapshots.find(stream, mine.fingerprint))?.version).toBe(10);
  });
});

describe('a snapshot that can not be saved', () => {
  it.each([
    ['MORTAR_OPTIONS_INVALID', account, 'with'],
    ['MORTAR_STORE_MISSING', accountWith({}), 'without'],
  ] as const)('is refused by hand: %s', async (code, mine, store) => {
    const { events, snapshots } = openBank();
    const repo = repository(store === 'with' ? { events, snapshots } : { events }, mine);
    await expect(repo.snapshot('1')).rejects.toMatchObject({ code });
  });

  it('is told of once, and tried again after a minute', async () => {
    const bank = openBank();
    let tries = 0;
    const full: SnapshotStore = {
      ...holding(bank.snapshots, async () => undefined),
      save: async () => {
        tries += 1;
        throw new MortarError('MORTAR_STORE_FULL', { rule: '.', expected: '.', got: '.' });
      },
    };
    const repo = repository({ ...bank, snapshots: full }, accountWith({ everyEvents: 1 }));
    const handle = async () => {
      await repo.handle('1', { kind: 'deposit', amount: 1 });
      await repo.idle();
    };
    await handle();
    await handle();
    expect(tries).toBe(1);
    await bank.clock.advance(60_000);
    await handle();
    expect(tries).toBe(2);
    expect(bank.book.lines.map(({ level }) => level)).toEqual(['error']);
    await expect(repo.snapshot('1')).rejects.toMatchObject({ code: 'MORTAR_STORE_FULL' });
  });

  it.each([
    ['no text can carry it', { state: undefined }, 'MORTAR_CODEC_UNSUPPORTED'],
    ['it does not follow its own schema', { state: z.number() }, 'MORTAR_DATA_INVALID'],
  ])('since %s, is refused', async (_, more, code) => {
    const mine = aggregate('account', {
      decider: { initialState: () => Object(() => 1), decide: () => [], evolve: (state: unknown) => state },
      events: [Deposited],
      snapshots: {},
      ...(more.state === undefined ? {} : { state: more.state }),
    } as never);
    const { events, snapshots, stored } = openBank();
    await fill(stored, 1);
    await expect(repository({ events, snapshots }, mine).snapshot('1')).rejects.toMatchObject({ code });
  });

  it('a saver without a store has nothing to do', async () => {
    const { events } = openBank();
    const saver = new SnapshotSaver(new AggregateLoader({ events }), {});
    saver.consider(accountWith({ everyEvents: 1 }), stream, {
      foldedEvents: 9,
      foldMs: 9,
      isSnapshotWrong: false,
    });
    await saver.idle();
  });
});

it('snapshots of a store in memory are those of its log', async () => {
  const log = new MemoryLog();
  const events = new MemoryEventStore(log);
  await fill(events, 10);
  await repository({ events, snapshots: new MemorySnapshotStore(log) }, accountWith({})).snapshot('1');
  expect(await new MemorySnapshotStore(log).find(stream, accountWith({}).fingerprint)).toMatchObject({
    version: 10,
  });
});
