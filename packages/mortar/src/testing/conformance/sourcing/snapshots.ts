import assert from 'node:assert/strict';
import type { OpenStore } from '../../../delivery/index.js';
import { type Snapshot, streamId } from '../../../event-store/index.js';
import { aggregate, decider, repository } from '../../../sourcing/index.js';
import {
  type Account,
  type AccountEvent,
  account,
  accounts,
  accountWith,
  Deposited,
  Opened,
  PATIENT,
  Withdrawn,
} from './bank.js';
import {
  ANNA,
  ANNAS,
  CALLERS,
  deposit,
  depositEach,
  handleOf,
  inTurn,
  isAsTold,
  type SourcingCase,
  withEvents,
} from './subject.js';

/** Code that came later: the same events, in cents. */
const inCents = aggregate('account', {
  decider: decider({
    ...accounts,
    evolve: (state: Account, happened: AccountEvent) => {
      const { balance, ...rest } = accounts.evolve(state, happened);
      return { ...rest, balance: state.balance + 100 * (balance - state.balance) };
    },
  }),
  events: [Opened, Deposited, Withdrawn],
  snapshots: {},
});

export const snapshotCases: readonly SourcingCase[] = [
  {
    name: 'one is saved when so many events were folded, and another process begins with it',
    run: async (subject) => {
      const kept = accountWith({ snapshots: { everyEvents: 3 } });
      const repo = repository(subject.store, kept);
      const versions: (number | undefined)[] = [];
      for (let count = 1; count <= 7; count += 1) {
        await repo.handle(ANNA, deposit(count));
        await repo.idle();
        versions.push((await found(subject.second, kept.fingerprint))?.version);
      }
      assert.deepEqual(versions, [undefined, undefined, 3, 3, 3, 6, 6]);
      const { handle, read } = counted(subject.second);
      const { state } = await repository(handle, kept).load(ANNA);
      assert.deepEqual(state, await isAsTold(subject));
      assert.equal(read(), 2, 'the event of the snapshot, and the one after it');
    },
  },
  {
    name: 'one is saved by hand, of what is there by then',
    run: async (subject) => {
      const kept = accountWith({ snapshots: {} });
      await depositEach(subject, 10);
      const repo = repository(subject.store, kept);
      await repo.snapshot(ANNA);
      await repo.snapshot('nobody');
      const entries = await subject.store.events.readStream(ANNAS);
      const saved = await found(subject.second, kept.fingerprint);
      assert.deepEqual([saved?.version, saved?.eventId], [10, entries.at(-1)?.id]);
      assert.equal(
        await subject.store.snapshots.find(streamId('account-nobody'), kept.fingerprint),
        undefined,
      );
      await repository(subject.second, account).handle(ANNA, deposit(7));
      const { handle, read } = counted(subject.second);
      const [plain, quick] = await Promise.all([
        repository(subject.store, account).load(ANNA),
        repository(handle, kept).load(ANNA),
      ]);
      assert.deepEqual(quick, plain);
      assert.equal(read(), 2);
    },
  },
  {
    name: 'one carries all that the codec carries',
    run: async (subject) => {
      const kept = accountWith({ snapshots: {} });
      await repository(subject.store, account).handle(ANNA, { kind: 'open', owner: 'Änne 🚚' });
      await repository(subject.store, kept).snapshot(ANNA);
      const { handle, read } = counted(subject.second);
      const { state } = await repository(handle, kept).load(ANNA);
      assert.equal(read(), 1);
      assert.deepEqual(state, await isAsTold(subject));
    },
  },
  {
    name: 'old and new code have their own side by side, and neither uses the other one',
    run: async (subject) => {
      const old = accountWith({ snapshots: {} });
      const newer = accountWith({ snapshots: {}, stateVersion: 2 });
      await depositEach(subject, 4);
      await repository(subject.store, old).snapshot(ANNA);
      await repository(subject.second, inCents).snapshot(ANNA);
      await repository(subject.store, newer).snapshot(ANNA);
      await repository(subject.store, account).handle(ANNA, deposit(5));
      for (const handle of [subject.store, subject.second]) {
        assert.equal((await repository(handle, old).load(ANNA)).state.balance, 15);
        assert.equal((await repository(handle, newer).load(ANNA)).state.balance, 15);
        assert.equal((await repository(handle, inCents).load(ANNA)).state.balance, 1_500);
        for (const { fingerprint } of [old, newer, inCents])
          assert.equal((await found(handle, fingerprint))?.version, 4);
      }
      assert.equal(new Set([old, newer, inCents].map(({ fingerprint }) => fingerprint)).size, 3);
    },
  },
  {
    name: 'those that 16 callers save at once of an aggregate that changes are never wrong',
    run: async (subject) => {
      const eager = accountWith({ snapshots: { everyEvents: 1 }, retries: PATIENT });
      const repos = CALLERS.map((caller) => repository(handleOf(subject, caller), eager));
      await Promise.all(
        repos.map(async (repo, caller) => {
          const { state, version: at } = await repo.handle(ANNA, deposit(2 ** caller));
          assert.equal(state.amounts.length, at, 'a state is of its own version');
          await repo.snapshot(ANNA);
        }),
      );
      await inTurn(repos, (repo) => repo.idle());
      const saved = await found(subject.second, eager.fingerprint);
      assert.equal(saved?.version, CALLERS.length, 'the newest one is kept');
      const { state } = await repository(subject.second, eager).load(ANNA);
      assert.deepEqual(state, await isAsTold(subject));
    },
  },
  {
    name: 'without any a command comes to the same',
    run: async (subject) => {
      const eager = repository(subject.store, accountWith({ snapshots: { everyEvents: 1 } }));
      await inTurn([1, 2, 3], async (amount) => {
        const handled = await eager.handle(ANNA, deposit(amount));
        await eager.idle();
        await subject.second.snapshots.remove(ANNAS);
        assert.deepEqual(handled.state, await isAsTold(subject));
      });
    },
  },
];

async function found({ snapshots }: OpenStore, fingerprint: string): Promise<Snapshot | undefined> {
  return snapshots.find(ANNAS, fingerprint);
}

/** A handle that counts the entries of streams that are read by it. */
export interface CountedHandle {
  readonly handle: Pick<OpenStore, 'events' | 'snapshots'>;
  readonly read: () => number;
}

export function counted(store: OpenStore): CountedHandle {
  let read = 0;
  const handle = withEvents(store, (events) => ({
    readStream: async (stream, range) => {
      const entries = await events.readStream(stream, range);
      read += entries.length;
      return entries;
    },
  }));
  return { handle, read: () => read };
}
