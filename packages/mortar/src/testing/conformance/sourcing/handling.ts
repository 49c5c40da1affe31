import assert from 'node:assert/strict';
import { newId } from '../../../contracts/index.js';
import { version } from '../../../event-store/index.js';
import { type HistoryEntry, repository } from '../../../sourcing/index.js';
import {
  type Account,
  type AccountEvent,
  account,
  accounts,
  accountWith,
  counting,
  PATIENT,
} from './bank.js';
import {
  ANNA,
  ANNAS,
  CALLERS,
  deposit,
  depositEach,
  endings,
  entriesOf,
  handleOf,
  inTurn,
  isAsTold,
  refusesAll,
  type SourcingCase,
  withdraw,
  withEvents,
} from './subject.js';

export const handlingCases: readonly SourcingCase[] = [
  {
    name: 'what a command decides is found again by another process, with all that its data holds',
    run: async (subject) => {
      const opened = await repository(subject.store, account).handle(ANNA, {
        kind: 'open',
        owner: 'Änne 🚚',
      });
      assert.equal(opened.version, 1);
      const { state, version: at } = await repository(subject.second, account).load(ANNA);
      assert.deepEqual({ state, at }, { state: opened.state, at: 1 });
      assert.equal(state.opened?.owner, 'Änne 🚚');
      await isAsTold(subject);
    },
  },
  {
    name: '16 callers over two handles on one aggregate lose no update and leave no hole',
    run: async (subject) => {
      // Each has a repository of its own, so that none of them wait for each other.
      const patient = accountWith({ retries: PATIENT });
      await Promise.all(
        CALLERS.map((caller) =>
          repository(handleOf(subject, caller), patient).handle(ANNA, deposit(2 ** caller)),
        ),
      );
      const { balance, amounts } = await isAsTold(subject);
      assert.equal(balance, 2 ** CALLERS.length - 1);
      assert.equal(amounts.length, CALLERS.length);
    },
  },
  {
    name: 'callers that do not try again succeed or get a conflict, and nothing of those is appended',
    run: async (subject) => {
      const impatient = accountWith({ retries: 0 });
      const { succeeded, codes } = await endings(
        CALLERS.map((caller) => repository(handleOf(subject, caller), impatient).handle(ANNA, deposit(1))),
      );
      assert.ok(succeeded > 0, 'one of them succeeds at least');
      assert.ok(
        codes.every((code) => code === 'MORTAR_VERSION_CONFLICT'),
        codes.join(', '),
      );
      assert.equal((await isAsTold(subject)).balance, succeeded);
    },
  },
  {
    name: 'a command that always loses is decided anew as often as the aggregate allows, and no more',
    run: async (subject) => {
      const rival = repository(subject.second, account);
      let appends = 0;
      const contested = withEvents(subject.store, (events) => ({
        append: async (appended, condition) => {
          appends += 1;
          await rival.handle(ANNA, deposit(1));
          return events.append(appended, condition);
        },
      }));
      await assert.rejects(repository(contested, accountWith({ retries: 3 })).handle(ANNA, deposit(100)), {
        code: 'MORTAR_VERSION_CONFLICT',
      });
      assert.equal(appends, 4, 'the first attempt and three more');
      assert.equal((await isAsTold(subject)).balance, 4);
    },
  },
  {
    name: 'what is decided anew is decided from what has come meanwhile',
    run: async (subject) => {
      await repository(subject.store, account).handle(ANNA, deposit(5));
      const { succeeded, codes } = await endings(
        CALLERS.map((caller) => repository(handleOf(subject, caller), account).handle(ANNA, withdraw(1))),
      );
      assert.equal(succeeded, 5);
      assert.deepEqual(new Set(codes), new Set(['MORTAR_REQUEST_REFUSED']));
      assert.equal((await isAsTold(subject)).balance, 0);
    },
  },
  {
    name: 'a failure and a decision for nothing append nothing',
    run: async (subject) => {
      const repo = repository(subject.store, account);
      await refusesAll(subject, 'MORTAR_REQUEST_REFUSED', [() => repo.handle(ANNA, withdraw(1))]);
      const handled = await repo.handle(ANNA, { kind: 'depositEach', account: ANNA, amounts: [] });
      assert.deepEqual({ version: handled.version, events: handled.events }, { version: 0, events: [] });
      assert.deepEqual(await entriesOf(subject), []);
    },
  },
  {
    name: 'aggregates are kept apart',
    run: async (subject) => {
      await Promise.all(
        CALLERS.map((caller) =>
          repository(handleOf(subject, caller), account).handle(`${caller}`, deposit(caller, `${caller}`)),
        ),
      );
      await inTurn(CALLERS, async (caller) =>
        assert.deepEqual((await isAsTold(subject, `${caller}`)).amounts, [caller]),
      );
      const nobody = await repository(subject.store, account).load('nobody');
      assert.deepEqual(nobody, {
        streamId: 'account-nobody',
        state: accounts.initialState(),
        version: 0,
        position: undefined,
        recordedAt: undefined,
      });
    },
  },
  {
    name: 'an aggregate of many pages is folded as a whole',
    run: async (subject) => {
      await depositEach(subject, 2_600);
      assert.equal((await isAsTold(subject)).amounts.length, 2_600);
    },
  },
  {
    name: 'history tells what, when, who and why, each event with the state after it',
    run: async (subject) => {
      const causationId = newId();
      const repo = repository(subject.store, account);
      await repo.handle(ANNA, { kind: 'open', owner: 'anna' }, { actor: 'clerk', occurredAt: 7 });
      await repo.handle(
        ANNA,
        { kind: 'depositEach', account: ANNA, amounts: [1, 2] },
        { actor: 'anna', correlationId: 'request-1', causationId },
      );
      const [first, second, third, ...more] = await historyOf(subject);
      const entries = await entriesOf(subject);
      assert.deepEqual(more, []);
      assert.deepEqual(
        [first?.actor, first?.occurredAt, first?.causationId, first?.correlationId],
        ['clerk', 7, undefined, first?.eventId],
      );
      for (const one of [second, third])
        assert.deepEqual(
          [one?.actor, one?.correlationId, one?.causationId],
          ['anna', 'request-1', causationId],
        );
      assert.deepEqual(third?.state.amounts, [1, 2]);
      assert.deepEqual(
        [first, second, third].map((one) => [one?.version, one?.position, one?.recordedAt, one?.eventId]),
        entries.map((entry) => [entry.version, entry.position, entry.recordedAt, entry.id]),
      );
    },
  },
  {
    name: 'a diff tells what has changed between two points, and which events did it',
    run: async (subject) => {
      await depositEach(subject, 3);
      const repo = repository(subject.second, account);
      const { before, after, changes, events } = await repo.diff(ANNA, { version: version(1) });
      assert.deepEqual([before.state.balance, after.state.balance], [1, 6]);
      assert.deepEqual(changes, [
        { path: 'balance', before: 1, after: 6 },
        { path: 'amounts[1]', after: 2 },
        { path: 'amounts[2]', after: 3 },
      ]);
      assert.deepEqual(
        events.map((one) => one.version),
        [2, 3],
      );
      const backwards = () => repo.diff(ANNA, { version: version(3) }, { version: version(1) });
      await refusesAll(subject, 'MORTAR_OPTIONS_INVALID', [backwards]);
    },
  },
  {
    name: 'a replay folds by other rules, up to any point, and writes nothing',
    run: async (subject) => {
      const repo = repository(subject.store, account);
      await repo.handle(ANNA, { kind: 'open', owner: 'anna' });
      await depositEach(subject, 4);
      const head = await subject.store.events.head();
      assert.equal((await repo.replay(ANNA, counting)).state, 4);
      assert.equal((await repo.replay(ANNA, counting, { version: version(3) })).state, 2);
      assert.deepEqual(await repo.replay(ANNA, accounts), await repo.load(ANNA));
      assert.equal(await subject.store.events.head(), head);
    },
  },
  {
    name: 'an archived stream is read and takes no commands',
    run: async (subject) => {
      await depositEach(subject, 3);
      await subject.store.events.setStreamState(ANNAS, 'archived');
      const repo = repository(subject.second, account);
      await refusesAll(subject, 'MORTAR_STREAM_CLOSED', [() => repo.handle(ANNA, deposit(1))]);
      assert.equal((await isAsTold(subject)).balance, 6);
      await subject.store.events.setStreamState(ANNAS, 'open');
      assert.equal((await repo.handle(ANNA, deposit(1))).state.balance, 7);
    },
  },
  {
    name: 'a tombstoned stream is neither read nor appended to, also with a snapshot',
    run: async (subject) => {
      await depositEach(subject, 3);
      const kept = repository(subject.store, accountWith({ snapshots: {} }));
      await kept.snapshot(ANNA);
      await subject.store.events.setStreamState(ANNAS, 'tombstoned');
      const repo = repository(subject.second, account);
      await refusesAll(subject, 'MORTAR_STREAM_CLOSED', [
        () => repo.load(ANNA),
        () => kept.load(ANNA),
        () => repo.load(ANNA, { version: version(1) }),
        () => repo.handle(ANNA, deposit(1)),
        () => kept.handle(ANNA, deposit(1)),
        () => historyOf(subject),
      ]);
    },
  },
];

async function historyOf({
  second,
}: Parameters<SourcingCase['run']>[0]): Promise<readonly HistoryEntry<Account, AccountEvent>[]> {
  const found: HistoryEntry<Account, AccountEvent>[] = [];
  for await (const entry of repository(second, account).history(ANNA)) found.push(entry);
  return found;
}
