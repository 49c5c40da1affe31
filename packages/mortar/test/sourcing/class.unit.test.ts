import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fail } from '../../src/bus/index.js';
import { streamId } from '../../src/event-store/index.js';
import { aggregateOf, EventSourcedAggregate, repository, type When } from '../../src/sourcing/index.js';
import {
  type Account,
  type AccountEvent,
  account,
  accounts,
  contracts,
  Deposited,
  Opened,
  openBank,
  Withdrawn,
} from './bank.js';

const rules: When<Account, AccountEvent> = {
  'bank.account-opened': (state, { owner }) => ({ ...state, owner }),
  'bank.money-deposited': (state, { amount }) => ({
    ...state,
    balance: state.balance + amount,
    deposits: [...state.deposits, amount],
  }),
  'bank.money-withdrawn': (state, { amount }) => ({ ...state, balance: state.balance - amount }),
};

class AccountClass extends EventSourcedAggregate<Account, AccountEvent> {
  protected readonly when: When<Account, AccountEvent> = rules;

  protected initialState(): Account {
    return accounts.initialState();
  }

  open(owner: string): void {
    this.apply({ type: Opened.name, data: { owner } });
  }

  deposit(amount: number): this {
    this.apply({ type: Deposited.name, data: { amount } });
    return this;
  }

  withdraw(amount: number): unknown {
    if (amount > this.state.balance) return fail('too-little', { balance: this.state.balance });
    this.apply({ type: Withdrawn.name, data: { amount } });
    return undefined;
  }

  misuse(event: unknown): void {
    this.apply(event as AccountEvent);
  }
}

const classy = aggregateOf('account', AccountClass, { events: contracts, snapshots: { everyEvents: 3 } });

function open() {
  const bank = openBank();
  return { ...bank, repo: repository(bank, classy) };
}

describe('an aggregate of a class', () => {
  it('records what its methods apply, and sees it at once', async () => {
    const { repo, stored } = open();
    const handled = await repo.handle('1', (it) => it.deposit(5).deposit(7).withdraw(12));
    expect(handled).toMatchObject({ version: 3, state: { balance: 0, deposits: [5, 7] } });
    expect(handled.events.map(({ type }) => type)).toEqual([Deposited.name, Deposited.name, Withdrawn.name]);
    expect(await stored.readStream(streamId('account-1'))).toHaveLength(3);
    expect((await repo.load('1')).state).toEqual(handled.state);
  });

  it('refuses by a failure, whatever it has applied before', async () => {
    const { repo, stored } = open();
    await expect(repo.handle('1', (it) => it.deposit(5).withdraw(6))).rejects.toMatchObject({
      code: 'MORTAR_REQUEST_REFUSED',
      cause: { name: 'too-little', data: { balance: 5 } },
    });
    expect(await stored.head()).toBe(0);
  });

  it('refuses by what a method throws', async () => {
    const { repo, stored } = open();
    const error = new Error('mine');
    const failing = repo.handle('1', (it) => {
      it.deposit(5);
      throw error;
    });
    await expect(failing).rejects.toBe(error);
    expect(await stored.head()).toBe(0);
  });

  it('decides at once, and is of no use after that', async () => {
    const { repo, stored } = open();
    const waiting = repo.handle('1', async (it) => it.deposit(5));
    await expect(waiting).rejects.toMatchObject({ code: 'MORTAR_DECIDER_INVALID' });
    let kept: AccountClass | undefined;
    await repo.handle('1', (it) => {
      kept = it;
    });
    expect(() => kept?.deposit(5)).toThrow('MORTAR_CONTEXT_CLOSED');
    expect(() => kept?.state).toThrow('MORTAR_CONTEXT_CLOSED');
    expect(() => new AccountClass().deposit(5)).toThrow('MORTAR_CONTEXT_CLOSED');
    expect(await stored.head()).toBe(0);
  });

  it.each([
    ['of another type', { type: 'bank.other', data: {} }, 'MORTAR_FOLD_FAILED'],
    ['with other data', { type: Deposited.name, data: { amount: '5' } }, 'MORTAR_DATA_INVALID'],
  ])('refuses an event %s', async (_, wrong, code) => {
    const { repo, stored } = open();
    await expect(repo.handle('1', (it) => it.misuse(wrong))).rejects.toMatchObject({ code });
    expect(await stored.head()).toBe(0);
  });

  it('begins each command with the state as it is, and with nothing of the one before', async () => {
    const { events } = open();
    // Their pauses take the machine's time.
    const [repo, other] = [repository({ events }, classy), repository({ events }, classy)];
    await Promise.all(
      [1, 2, 3, 4].map((amount) => (amount % 2 === 0 ? repo : other).handle('1', (it) => it.deposit(amount))),
    );
    expect((await repo.load('1')).state.balance).toBe(10);
  });

  it('has snapshots, of another fingerprint where the class is another one', async () => {
    const { repo, snapshots, reads } = open();
    await repo.handle('1', (it) => it.deposit(1).deposit(2).deposit(3));
    await repo.idle();
    expect(await snapshots.find(streamId('account-1'), classy.fingerprint)).toMatchObject({ version: 3 });
    reads.reset();
    await repo.load('1');
    expect(reads.events).toBe(1);
    class Base extends AccountClass {
      protected override initialState(): Account {
        return { ...super.initialState(), balance: 1 };
      }
    }
    class Derived extends Base {}
    const options = { events: contracts };
    const fingerprints = [AccountClass, Base, Derived].map(
      (one) => aggregateOf('account', one, options).fingerprint,
    );
    expect(new Set(fingerprints).size).toBe(3);
    expect(fingerprints[0]).toBe(classy.fingerprint);
  });

  it('makes of events what a decider of the same rules makes of them', async () => {
    const commands = fc.array(fc.tuple(fc.boolean(), fc.nat(9)), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(commands, async (given) => {
        const one = open();
        const two = { ...openBank() };
        const plain = repository(two, account);
        for (const [isDeposit, amount] of given) {
          const kind = isDeposit ? 'deposit' : 'withdraw';
          const mine = one.repo.handle('1', (it) => it[kind](amount)).catch(({ code }) => code);
          const its = plain.handle('1', { kind, amount }).catch(({ code }) => code);
          expect(await mine).toEqual(await its);
        }
        expect((await one.repo.load('1')).state).toEqual((await plain.load('1')).state);
        await one.repo.idle();
      }),
      { numRuns: 30 },
    );
  });
});
