import type { DurableApp } from 'mortar';
import { account } from './account.js';
import { AccountOpened, Credited, Debited, Deposited, TransferRequested } from './contract.js';
import { transfer } from './transfer.js';

/** What the bank owes to whom, in cents. */
export interface Report {
  readonly balances: readonly { readonly owner: string; readonly balance: number }[];
  /** Of transfers whose money has left the one account, and has not come to any other. */
  readonly underWay: number;
  /** All of it: only a deposit changes that. */
  readonly total: number;
}

/** Who moved what, when and why. */
export interface Movement {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly who: string;
  readonly accountId: string;
  /** In cents; negative where it has left the account. */
  readonly amount: number;
  readonly why: string;
}

// #region readme
// bank/report.ts: how the books stood at a time, from the log alone
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
// #endregion

/** All that was moved within a time, both of its ends included, in the order in which it happened. */
export async function movementsWithin(
  app: DurableApp,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<readonly Movement[]> {
  const movements: Movement[] = [];
  const filter = { recordedFrom: from, recordedTo: to + 1 };
  const events = [Deposited, Debited, Credited];
  for await (const { type, data, recordedAt: at, actor } of app.log.readAll({ filter, events })) {
    const { accountId, amount } = data;
    movements.push({
      at,
      who: actor ?? 'the bank',
      accountId,
      amount: type === 'bank.debited' ? -amount : amount,
      why: type === 'bank.deposited' ? 'deposit' : await purposeOf(app, type, data),
    });
  }
  return movements;
}

/** Which transfer it belongs to, and what that was asked for. */
async function purposeOf(
  app: DurableApp,
  type: 'bank.debited' | 'bank.credited',
  { transferId, accountId }: { readonly transferId: string; readonly accountId: string },
): Promise<string> {
  const { order } = (await app.repository(transfer).load(transferId)).state;
  if (order === undefined)
    throw new Error(`Money was moved by a transfer that nobody asked for: ${transferId}.`);
  if (type === 'bank.debited') return `${transferId} to ${order.to}: ${order.purpose}`;
  const way = accountId === order.from ? `back from ${order.to}` : `from ${order.from}`;
  return `${transferId} ${way}: ${order.purpose}`;
}
