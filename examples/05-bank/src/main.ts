import { createApp, type DurableApp } from 'mortar';
import { memory } from 'mortar/memory';
import { account } from './bank/account.js';
import { balances } from './bank/balances.js';
import { Deposit, OpenAccount, RequestTransfer } from './bank/contract.js';
import { bank } from './bank/module.js';
import { movementsWithin, reportAsOf } from './bank/report.js';
import { transfer } from './bank/transfer.js';
import { Calendar, DAY_MS } from './calendar.js';
import { end, tell } from './story.js';

const calendar = new Calendar('2026-03-02');
const app = await createApp({
  modules: [bank],
  store: memory({ clock: calendar }),
  bus: { clock: calendar },
});
await app.start();
const days: { readonly day: string; readonly end: number }[] = [];

await open('anna', 100_00);
await open('ben', 20_00);
await move('t1', 'anna', 'ben', 30_00, 'rent');
turnTheDay('Monday');

await move('t2', 'ben', 'anna', 500_00, 'a car'); // more than he has
await move('t3', 'anna', 'nobody', 10_00, 'dinner'); // comes back
await app.deliveries.pause('bank/bank.transfer-started', 'operator');
await move('t4', 'anna', 'ben', 25_00, 'concert'); // stays under way over night
turnTheDay('Tuesday');

await app.deliveries.resume('bank/bank.transfer-started', 'operator');
await app.deliveries.idle();
tell(`t4 anna → ben 25.00: ${await statusOf('t4')}`);
await richest();
turnTheDay('Wednesday');

// The audit comes a week later, and sees each day as it was.
for (let day = 0; day < 7; day += 1) calendar.endDay();
for (const { day, end: at } of days) await report(app, day, at);
await history('anna');
await app.stop();
end();

async function open(accountId: string, cents: number): Promise<void> {
  await app.as({ actor: accountId }).dispatch(OpenAccount, { accountId, owner: accountId });
  await app.as({ actor: 'cashier' }).dispatch(Deposit, { accountId, amount: cents });
  tell(`${accountId} opens an account with ${money(cents)}`);
}

async function move(
  transferId: string,
  from: string,
  to: string,
  amount: number,
  purpose: string,
): Promise<void> {
  await app.as({ actor: from }).dispatch(RequestTransfer, { transferId, from, to, amount, purpose });
  await app.deliveries.idle();
  tell(`${transferId} ${from} → ${to} ${money(amount)}: ${await statusOf(transferId)}`);
}

async function statusOf(transferId: string): Promise<string> {
  const { state } = await app.repository(transfer).load(transferId);
  return state.status;
}

function turnTheDay(day: string): void {
  days.push({ day, end: calendar.endDay() });
}

/** Those who have something, with the most first, as the read model has it. */
async function richest(): Promise<void> {
  // #region readme
  await app.caughtUp({ projection: 'bank/balances' });
  const { items } = await app
    .readModel(balances)
    .find({ where: { balance: { greater: 0 } }, sort: { by: 'balance', direction: 'descending' } });
  // #endregion
  tell(`now: ${items.map(({ value }) => `${value.owner} ${money(value.balance)}`).join(', ')}`);
}

async function report(books: DurableApp, day: string, at: number): Promise<void> {
  for (const { who, accountId, amount, why } of await movementsWithin(books, {
    from: at - DAY_MS + 1,
    to: at,
  }))
    tell(`${day}: ${who} moved ${accountId} ${amount > 0 ? '+' : ''}${money(amount)} (${why})`);
  const { balances: each, underWay, total } = await reportAsOf(books, at);
  const stood = each.map(({ owner, balance }) => `${owner} ${money(balance)}`).join(', ');
  tell(`as of ${day}: ${stood}, under way ${money(underWay)}, in all ${money(total)}`);
}

async function history(accountId: string): Promise<void> {
  for await (const { event, occurredAt, actor, state } of app.repository(account).history(accountId)) {
    const when = new Date(occurredAt).toISOString().slice(0, 10);
    tell(`${when} ${event.type} by ${actor ?? 'the bank'}: balance ${money(state.balance)}`);
  }
}

function money(cents: number): string {
  return (cents / 100).toFixed(2);
}
