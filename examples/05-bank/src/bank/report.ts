import type { DurableApp } from 'mortar';
import { account } from './account.js';
import { AccountOpened, TransferRequested } from './contract.js';
import { transfer } from './transfer.js';

/** What the bank owes to whom, in cents. */
export interface Report {
  readonly balances: readonly { readonly owner: string; readonly balance: number }[];
  /** Of transfers whose money has left the one account, and has not come to any other. */
  readonly underWay: number;
  /** All of it: only a deposit changes that. */
  readonly total: number;
}

/** How the books stood at a time: every account and transfer as its events had made it by then. */
export async function reportAsOf(app: DurableApp, at: number): Promise<Report> {
  const balances: Report['balances'][number][] = [];
  let underWay = 0;
  const filter = { recordedTo: at + 1 };
  for await (const { type, data } of app.log.readAll({ filter, events: [AccountOpened, TransferRequested] }))
    if (type === 'bank.account-opened') {
      const { state } = await app.repository(account).load(data.accountId, { at });
      balances.push({ owner: data.owner, balance: state.balance });
    } else {
      const { state } = await app.repository(transfer).load(data.transferId, { at });
      if (state.status === 'under-way') underWay += data.amount;
    }
  const total = balances.reduce((sum, { balance }) => sum + balance, underWay);
  return { balances, underWay, total };
}
