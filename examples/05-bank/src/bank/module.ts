import { defineModule, type RetryPolicy } from 'mortar';
import { decidedBy } from 'mortar/sourcing';
import { account } from './account.js';
import { balances } from './balances.js';
import {
  AccountOpened,
  Credited,
  Debited,
  Deposit,
  Deposited,
  OpenAccount,
  RequestTransfer,
  TransferCompleted,
  TransferRefused,
  TransferRequested,
  TransferStarted,
} from './contract.js';
import { transfer } from './transfer.js';

/** Where somebody else has changed an account meanwhile, the handler is called again. */
const retry: RetryPolicy = { attempts: 20, backoff: { kind: 'exponential', delayMs: 5, maxDelayMs: 500 } };

/** Keeps accounts, and moves money between them. */
export const bank = defineModule('bank', (module) => {
  module.publishes(AccountOpened, Deposited, Debited, Credited);
  module.publishes(TransferRequested, TransferStarted, TransferCompleted, TransferRefused);
  module.project(balances);

  // #region decided
  // bank/module.ts
  module.handle(
    OpenAccount,
    decidedBy(account, {
      id: ({ accountId }) => accountId,
      command: (data) => ({ kind: 'open' as const, data }), // as const: which command it is, and not just some text
    }),
  );
  // #endregion
  module.handle(
    Deposit,
    decidedBy(account, {
      id: ({ accountId }) => accountId,
      command: (data) => ({ kind: 'deposit' as const, data }),
    }),
  );
  module.handle(
    RequestTransfer,
    decidedBy(transfer, {
      id: ({ transferId }) => transferId,
      command: (order) => ({ kind: 'request' as const, order }),
    }),
  );

  // #region readme
  // bank/module.ts: what each handler decides is committed with its progress, so a crash loses and doubles nothing
  module.on(TransferRequested, { retry, from: 'beginning' }, async ({ data, repository }) => {
    const { transferId, from, amount } = data;
    const taken = await repository(account).tryHandle(from, {
      kind: 'debit',
      data: { accountId: from, transferId, amount },
    });
    const next = taken.ok
      ? { kind: 'start' as const }
      : { kind: 'refuse' as const, reason: taken.failure.name };
    await repository(transfer).handle(transferId, next);
  });
  // #endregion

  module.on(TransferStarted, { retry, from: 'beginning' }, async ({ data, repository }) => {
    const { transferId, from, to, amount } = data;
    const creditOf = (accountId: string) => ({
      kind: 'credit' as const,
      data: { accountId, transferId, amount },
    });
    const given = await repository(account).tryHandle(to, creditOf(to));
    if (!given.ok) await repository(account).handle(from, creditOf(from)); // back to where it came from
    const next = given.ok
      ? { kind: 'complete' as const }
      : { kind: 'refuse' as const, reason: given.failure.name };
    await repository(transfer).handle(transferId, next);
  });
});
