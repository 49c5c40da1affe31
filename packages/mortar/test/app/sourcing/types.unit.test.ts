import { describe, expect, it } from 'vitest';
import { defineModule } from '../../../src/index.js';
import { decidedBy } from '../../../src/sourcing/index.js';
import { account, Deposit, Withdraw } from './accounts.js';

interface Money {
  readonly account: string;
  readonly amount: number;
}

describe('types of commands that an aggregate decides', () => {
  const terms = {
    id: (data: Money) => data.account,
    command: ({ amount }: Money) => ({ kind: 'deposit' as const, amount }),
  };

  it('ask for the result of a command that has one, and for none else', () => {
    defineModule('bank', (module) => {
      module.handle(Withdraw, decidedBy(account, terms));
      module.handle(
        Deposit,
        decidedBy(account, { ...terms, result: ({ state }) => ({ balance: state.balance }) }),
      );
    });
    const wrong = [
      // @ts-expect-error: the command has a result
      () => defineModule('bank', (module) => module.handle(Deposit, decidedBy(account, terms))),
      () =>
        defineModule('bank', (module) =>
          // @ts-expect-error: its balance is a number
          module.handle(Deposit, decidedBy(account, { ...terms, result: () => ({ balance: 'five' }) })),
        ),
      () =>
        defineModule('bank', (module) =>
          module.handle(
            Withdraw,
            // @ts-expect-error: there is no such command of the aggregate
            decidedBy(account, { ...terms, command: () => ({ kind: 'close', amount: 1 }) }),
          ),
        ),
    ];
    expect(wrong).toHaveLength(3);
  });
});
