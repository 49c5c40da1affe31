import assert from 'node:assert/strict';
import { encode, newId } from '../../../contracts/index.js';
import { type Snapshot, version } from '../../../event-store/index.js';
import { repository } from '../../../sourcing/index.js';
import { account, accountWith } from './bank.js';
import { counted } from './snapshots.js';
import {
  ANNA,
  ANNAS,
  deposit,
  depositEach,
  inTurn,
  isAsTold,
  refusesAll,
  type SourcingCase,
  type SourcingSubject,
  withdraw,
} from './subject.js';

const kept = accountWith({ snapshots: {} });
const DEPOSITS = 10;
const BALANCE = 55;
/** Of an account that has a fortune which no event gave it. */
const RICH = encode({ opened: undefined, balance: 1_000_000, amounts: [1_000_000] });

/** What is wrong with the snapshot that lies there. */
const LIES: readonly (readonly [what: string, lie: Partial<Snapshot>])[] = [
  ['newer than the stream', { version: version(DEPOSITS + 1), state: RICH }],
  ['far newer than the stream', { version: version(1_000_000), state: RICH }],
  ['of another event, as of another log', { eventId: newId(), state: RICH }],
  ['of an older version than its event has', { version: version(DEPOSITS - 1), state: RICH }],
  ['garbage', { state: '\u{1f69a} no state at all' }],
  ['truncated', { state: RICH.slice(0, -1) }],
  ['of a tag that is none', { state: '{"$nothing":1}' }],
  ['nested without end', { state: '['.repeat(1_000) + ']'.repeat(1_000) }],
  ['of a state of another shape', { state: '{"total":1000000}' }],
  ['of a state whose balance is a text', { state: '{"opened":null,"balance":"1000000","amounts":[]}' }],
  ['of nothing', { state: 'null' }],
];

export const distrustCases: readonly SourcingCase[] = [
  ...LIES.map(
    ([what, lie]): SourcingCase => ({
      name: `that is ${what}`,
      run: async (subject) => {
        await depositEach(subject, DEPOSITS);
        await keepInstead(subject, lie);
        await isFoldedFromEvents(subject);
        await isMendedByAnother(subject);
      },
    }),
  ),
  {
    name: 'that a log which was restored has outlived',
    run: async (subject) => {
      await depositEach(subject, DEPOSITS);
      const theirs = await saved(subject);
      // The tail of the log was lost, and other events have come in its place.
      await depositEach(subject, DEPOSITS - 1, 'restored');
      await repository(subject.store, account).handle('restored', deposit(500, 'restored'));
      const there = repository(subject.second, kept);
      await there.snapshot('restored');
      const { streamId } = await there.load('restored');
      await subject.store.snapshots.remove(streamId);
      await subject.store.snapshots.save({ ...theirs, streamId });
      assert.equal((await there.load('restored')).state.balance, 545);
      assert.equal((await repository(subject.store, kept).load('restored')).state.balance, 545);
    },
  },
  {
    name: 'that was saved under another fingerprint',
    run: async (subject) => {
      await depositEach(subject, DEPOSITS);
      await keepInstead(subject, { fingerprint: 'f'.repeat(64), state: RICH });
      await isFoldedFromEvents(subject);
    },
  },
  {
    name: 'of the past, where the point asked for comes before it',
    run: async (subject) => {
      await depositEach(subject, DEPOSITS);
      await keepInstead(subject, {});
      const repo = repository(subject.second, kept);
      assert.deepEqual((await repo.load(ANNA, { version: version(4) })).state.amounts, [1, 2, 3, 4]);
      assert.equal((await repo.load(ANNA)).state.balance, BALANCE);
    },
  },
];

/** A good snapshot of the account. */
async function saved({ store }: SourcingSubject): Promise<Snapshot> {
  await repository(store, kept).snapshot(ANNA);
  const snapshot = await store.snapshots.find(ANNAS, kept.fingerprint);
  assert.ok(snapshot !== undefined, 'a snapshot is saved');
  return snapshot;
}

/** Puts a snapshot in place of a good one, which differs from it in what is said. */
async function keepInstead(subject: SourcingSubject, lie: Partial<Snapshot>): Promise<void> {
  const good = await saved(subject);
  await subject.store.snapshots.remove(ANNAS);
  await subject.store.snapshots.save({ ...good, ...lie });
}

/** On both handles, and what is decided is decided from that. */
async function isFoldedFromEvents(subject: SourcingSubject): Promise<void> {
  const expected = await isAsTold(subject);
  await inTurn([subject.store, subject.second], async (handle) => {
    const repo = repository(handle, kept);
    const loaded = await repo.load(ANNA);
    assert.deepEqual([loaded.state, loaded.version], [expected, DEPOSITS]);
    await refusesAll(subject, 'MORTAR_REQUEST_REFUSED', [() => repo.handle(ANNA, withdraw(BALANCE + 1))]);
  });
}

/** The next snapshot takes the place of the wrong one, also where that claims to be newer. */
async function isMendedByAnother(subject: SourcingSubject): Promise<void> {
  await repository(subject.store, kept).snapshot(ANNA);
  const { handle, read } = counted(subject.second);
  const { state } = await repository(handle, kept).load(ANNA);
  assert.deepEqual(state, await isAsTold(subject));
  assert.equal(read(), 1, 'the event of the snapshot alone is read');
}
