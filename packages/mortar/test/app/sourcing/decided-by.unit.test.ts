import { describe, expect, expectTypeOf, it } from 'vitest';
import { type DataOf, defineModule } from '../../../src/index.js';
import { memory } from '../../../src/memory/index.js';
import { decidedBy } from '../../../src/sourcing/index.js';
import { testApp } from '../../../src/testing/index.js';
import { account, Deposit, Deposited, Withdraw, Withdrawn } from './accounts.js';

/** Wants less than the commands carry, so that it serves for several. */
const accountOf = (data: { readonly account: string }): string => data.account;
const deposit = ({ amount }: { readonly amount: number }) => ({ kind: 'deposit' as const, amount });

const bank = defineModule('bank', (module) => {
  module.publishes(Deposited, Withdrawn);
  module.handle(
    Deposit,
    decidedBy(account, {
      id: accountOf,
      command: (data) => {
        expectTypeOf(data).toEqualTypeOf<DataOf<typeof Deposit>>();
        return deposit(data);
      },
      result: ({ state }) => ({ balance: state.balance }),
    }),
  );
  module.handle(
    Withdraw,
    decidedBy(account, { id: accountOf, command: ({ amount }) => ({ kind: 'withdraw' as const, amount }) }),
  );
});

describe('what decides a command of a module', () => {
  it('is typed by the command, also where a function wants less of it', async () => {
    const app = await testApp([bank], { store: (clock) => memory({ clock }) });
    expect(await app.dispatch(Deposit, { account: 'a', amount: 5 })).toEqual({ balance: 5 });
    await app.dispatch(Withdraw, { account: 'a', amount: 2 });
    expect(await app.dispatch(Deposit, { account: 'a', amount: 1 })).toEqual({ balance: 4 });
    await app.stop();
  });

  it('takes no function that wants what the command has not, and decides no other command', () => {
    const wrong = () =>
      defineModule('bank', (module) => {
        const holderOf = (data: { readonly holder: string }): string => data.holder;
        // @ts-expect-error: there is no holder in the data
        module.handle(Withdraw, decidedBy(account, { id: holderOf, command: deposit }));
        module.handle(
          Withdraw,
          // @ts-expect-error: the aggregate knows no such command
          decidedBy(account, { id: accountOf, command: ({ amount }) => ({ kind: 'burn' as const, amount }) }),
        );
      });
    expectTypeOf(wrong).toBeFunction();
  });
});
