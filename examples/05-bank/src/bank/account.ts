// #region readme
// bank/account.ts
import { fail } from 'mortar';
import { aggregate, type DomainEventOf, decider } from 'mortar/sourcing';
import { AccountOpened, Credited, Debited, Deposited } from './contract.js';

/** Nobody owns an account that was not opened. */
export interface Account {
  readonly owner: string | undefined;
  readonly balance: number;
}

interface Movement {
  readonly accountId: string;
  readonly transferId: string;
  readonly amount: number;
}

export type AccountCommand =
  | { readonly kind: 'open'; readonly data: { readonly accountId: string; readonly owner: string } }
  | { readonly kind: 'deposit'; readonly data: { readonly accountId: string; readonly amount: number } }
  | { readonly kind: 'debit' | 'credit'; readonly data: Movement };

type AccountEvent = DomainEventOf<typeof AccountOpened | typeof Deposited | typeof Debited | typeof Credited>;

export const account = aggregate('account', {
  decider: decider({
    initialState: (): Account => ({ owner: undefined, balance: 0 }),
    decide: (command: AccountCommand, { owner, balance }) => {
      if (command.kind === 'open')
        return owner === undefined
          ? { type: AccountOpened.name, data: command.data }
          : fail('already-open', { owner });
      if (owner === undefined) return fail('not-open', {});
      if (command.kind === 'deposit') return { type: Deposited.name, data: command.data };
      if (command.kind === 'credit') return { type: Credited.name, data: command.data };
      if (command.data.amount > balance) return fail('too-little', { balance });
      return { type: Debited.name, data: command.data };
    },
    evolve: (state, event: AccountEvent) => {
      if (event.type === 'bank.account-opened') return { ...state, owner: event.data.owner };
      const { amount } = event.data;
      return { ...state, balance: state.balance + (event.type === 'bank.debited' ? -amount : amount) };
    },
  }),
  events: [AccountOpened, Deposited, Debited, Credited],
  snapshots: { everyEvents: 100 },
});
// #endregion
