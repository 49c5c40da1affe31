import assert from 'node:assert/strict';
import { streamId } from '../../../../event-store/index.js';
import { numbersFrom } from '../../projections/subject.js';
import { account, naively } from '../bank.js';
import {
  CALLERS,
  deposit,
  endings,
  entriesOf,
  inTurn,
  refusesAll,
  type SourcingCase,
  type SourcingSubject,
} from '../subject.js';
import { Deposit, Transfer, Withdraw, withApps } from './bank-app.js';

const CLIENTS = ['a', 'b', 'c'] as const;
const START = 100;
const TRANSFERS = 5;

export const commandingCases: readonly SourcingCase[] = [
  {
    name: 'a command with a key that two apps are sent again and again is decided once',
    run: (subject) =>
      withApps(subject, 2, async (apps) => {
        const answers = await Promise.all(
          CALLERS.map((caller) =>
            apps[caller % 2]?.dispatch(Deposit, { account: 'a', amount: 5 }, { idempotencyKey: 'click' }),
          ),
        );
        assert.deepEqual(
          answers,
          CALLERS.map(() => ({ balance: 5 })),
        );
        await apps[0]?.dispatch(Deposit, { account: 'a', amount: 1 });
        const again = { idempotencyKey: 'click' };
        assert.deepEqual(await apps[1]?.dispatch(Deposit, { account: 'a', amount: 5 }, again), {
          balance: 5,
        });
        assert.deepEqual(await amountsOf(subject, 'a'), [5, 1]);
      }),
  },
  {
    name: '16 callers of two apps on one aggregate lose no update',
    run: (subject) =>
      withApps(subject, 2, async (apps) => {
        await Promise.all(
          CALLERS.map((caller) => apps[caller % 2]?.dispatch(Deposit, { account: 'a', amount: 2 ** caller })),
        );
        const amounts = await amountsOf(subject, 'a');
        assert.deepEqual(
          amounts.toSorted((one, other) => one - other),
          CALLERS.map((caller) => 2 ** caller),
        );
      }),
  },
  {
    name: 'what an aggregate refuses is the failure of the command, and nothing is appended',
    run: (subject) =>
      withApps(subject, 1, async ([app]) => {
        assert.ok(app !== undefined);
        const answer = await app.tryDispatch(Withdraw, { account: 'a', amount: 5 });
        assert.ok(!answer.ok);
        assert.deepEqual([answer.failure.name, answer.failure.data], ['too-little', { balance: 0 }]);
        const again = () =>
          app
            .repository(account)
            .handle('a', deposit(-1, 'a'))
            .then(() => undefined);
        await again();
        await refusesAll(subject, 'MORTAR_REQUEST_REFUSED', [
          () => app.dispatch(Withdraw, { account: 'a', amount: 5 }),
        ]);
      }),
  },
  {
    name: 'a transfer whose second half fails has no first half',
    run: (subject) =>
      withApps(subject, 1, async ([app]) => {
        await app?.dispatch(Deposit, { account: 'a', amount: 5 });
        const head = await subject.store.events.head();
        await assert.rejects(
          app?.dispatch(Transfer, { from: 'a', to: 'nobody', amount: 3 }) ?? assert.fail(),
        );
        assert.equal(await subject.store.events.head(), head);
        assert.deepEqual(await amountsOf(subject, 'a'), [5]);
      }),
  },
  {
    name: 'money is conserved by transfers of 16 callers of two apps, each of which happens as a whole',
    run: (subject) =>
      withApps(subject, 2, async (apps) => {
        await inTurn(CLIENTS, (id) => apps[0]?.dispatch(Deposit, { account: id, amount: START }));
        const { succeeded, codes } = await endings(
          CALLERS.flatMap((caller) => {
            const below = numbersFrom(caller);
            return Array.from({ length: TRANSFERS }, () => {
              const [from, to] = [below(3), below(3)].map((index) => CLIENTS[index] ?? 'a');
              const data = { from: from ?? 'a', to: to ?? 'a', amount: 1 + below(60) };
              return apps[caller % 2]?.dispatch(Transfer, data) ?? assert.fail();
            });
          }),
        );
        assert.ok(
          codes.every((code) => code === 'MORTAR_REQUEST_REFUSED'),
          codes.join(', '),
        );
        assert.ok(succeeded > 0, 'some transfers have happened');
        await isConserved(subject, succeeded);
      }),
  },
];

async function amountsOf(subject: SourcingSubject, id: string): Promise<readonly number[]> {
  return naively(await entriesOf(subject, streamId(`account-${id}`))).amounts;
}

/** Nothing was made or lost, no account was ever overdrawn, and both halves of each transfer lie in the log. */
async function isConserved(subject: SourcingSubject, transfers: number): Promise<void> {
  const halves = new Map<string, number[]>();
  let total = 0;
  for (const id of CLIENTS) {
    const entries = await entriesOf(subject, streamId(`account-${id}`));
    let balance = 0;
    entries.forEach((entry, index) => {
      const [amount = 0] = naively([entry]).amounts;
      balance += amount;
      assert.ok(balance >= 0, `account ${id} is overdrawn at version ${index + 1}`);
      if (index === 0) return;
      halves.set(entry.correlationId, [...(halves.get(entry.correlationId) ?? []), amount]);
    });
    total += balance;
  }
  assert.equal(total, CLIENTS.length * START, 'money is conserved');
  assert.equal(halves.size, transfers, 'each transfer that was acknowledged lies in the log, and no other');
  for (const amounts of halves.values()) {
    assert.equal(amounts.length, 2);
    assert.equal((amounts[0] ?? 0) + (amounts[1] ?? 0), 0);
  }
}
