// #region readme
// bank/balances.ts
import { projection } from 'mortar/projections';
import { AccountOpened, Credited, Debited, Deposited } from './contract.js';

/** How an account stands, in cents. */
export interface Balance {
  readonly owner: string;
  readonly balance: number;
}

export const balances = projection('balances', {
  events: [AccountOpened, Deposited, Debited, Credited],
  initialState: (): Balance => ({ owner: '', balance: 0 }),
  key: ({ data }) => data.accountId,
  on: {
    'bank.account-opened': (account, { data }) => ({ ...account, owner: data.owner }),
    'bank.deposited': (account, { data }) => ({ ...account, balance: account.balance + data.amount }),
    'bank.debited': (account, { data }) => ({ ...account, balance: account.balance - data.amount }),
    'bank.credited': (account, { data }) => ({ ...account, balance: account.balance + data.amount }),
  },
  indexes: ['balance'],
});
// #endregion
