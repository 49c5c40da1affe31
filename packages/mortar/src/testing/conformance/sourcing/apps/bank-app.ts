import { createApp, type DurableApp } from '../../../../app.js';
import { fail } from '../../../../bus/index.js';
import { type CommandContract, command, type FailureContract } from '../../../../contracts/index.js';
import type { Store } from '../../../../delivery/index.js';
import { silentLogger } from '../../../../logging/logger.js';
import { defineModule, type Module } from '../../../../modules/index.js';
import { decidedBy } from '../../../../sourcing/index.js';
import { trusted } from '../../projections/subject.js';
import { type Amount, account, Deposited, Withdrawn } from '../bank.js';
import { deposit, type SourcingSubject, withdraw } from '../subject.js';

/** What comes of a deposit, or keeps a withdrawal from happening. */
export interface Balance {
  readonly balance: number;
}

export interface Transferring {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

type TooLittle = FailureContract<'too-little', Balance, Balance>;

const tooLittle = { 'too-little': trusted<Balance>() };

export const Deposit: CommandContract<'bank.deposit', Amount, Amount, Balance, Balance, never> = command(
  'bank.deposit',
  { data: trusted<Amount>(), result: trusted<Balance>() },
);
export const Withdraw: CommandContract<'bank.withdraw', Amount, Amount, void, void, TooLittle> = command(
  'bank.withdraw',
  { data: trusted<Amount>(), failures: tooLittle },
);
/** To `nobody`, it fails after its first half. */
export const Transfer: CommandContract<'bank.transfer', Transferring, Transferring, void, void, TooLittle> =
  command('bank.transfer', { data: trusted<Transferring>(), failures: tooLittle });

/** Accounts behind commands. */
export const bank: Module<'bank'> = defineModule('bank', (module) => {
  module.publishes(Deposited, Withdrawn);
  module.handle(
    Deposit,
    decidedBy(account, {
      id: (data) => data.account,
      command: (data) => deposit(data.amount, data.account),
      result: ({ state }) => ({ balance: state.balance }),
    }),
  );
  module.handle(
    Withdraw,
    decidedBy(account, {
      id: (data) => data.account,
      command: (data) => withdraw(data.amount, data.account),
    }),
  );
  module.handle(Transfer, async ({ data: { from, to, amount }, repository }) => {
    const accounts = repository(account);
    const taken = await accounts.tryHandle(from, withdraw(amount, from));
    if (!taken.ok) return fail('too-little', { balance: (await accounts.load(from)).state.balance });
    if (to === 'nobody') throw new Error('there is nobody');
    await accounts.handle(to, deposit(amount, to));
    return undefined;
  });
});

/** An app over a database, started. */
export async function startedApp(store: Store, modules: readonly Module[] = [bank]): Promise<DurableApp> {
  const app = await createApp({ modules, store, logger: silentLogger });
  await app.start();
  return app;
}

/** Runs work with so many apps over the database of a subject, and stops them. */
export async function withApps(
  { database }: SourcingSubject,
  count: number,
  work: (apps: readonly DurableApp[]) => Promise<void>,
): Promise<void> {
  const apps: DurableApp[] = [];
  try {
    while (apps.length < count) apps.push(await startedApp(database));
    await work(apps);
  } finally {
    for (const app of apps) await app.stop();
  }
}
