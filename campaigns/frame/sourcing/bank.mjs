import { defineModule } from 'mortar';
import { decidedBy } from 'mortar/sourcing';
import { makeAggregates } from './aggregates.mjs';
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
} from './contracts.mjs';
import { makeProjections } from './projections.mjs';

/** Codes that a process may have. Each has other fingerprints, and does the same. */
export const CODES = [1, 2, 3];

/** Where others have changed an account meanwhile, the handler is called again. */
const OPTIONS = /** @type {const} */ ({
  retry: { attempts: 20, backoff: { kind: 'exponential', delayMs: 5, maxDelayMs: 200 } },
  from: 'beginning',
});

/**
 * Accounts, and transfers between them, with their read models.
 * @param {number} code
 */
export function makeBank(code) {
  const { account, transfer } = makeAggregates(code);
  const projections = makeProjections(code);
  const bank = defineModule('bank', (module) => {
    module.publishes(AccountOpened, Deposited, Debited, Credited);
    module.publishes(TransferRequested, TransferStarted, TransferCompleted, TransferRefused);
    for (const one of projections) module.project(/** @type {any} */ (one));
    for (const [contract, kind] of /** @type {const} */ ([
      [OpenAccount, 'open'],
      [Deposit, 'deposit'],
    ]))
      module.handle(
        /** @type {any} */ (contract),
        decidedBy(account, {
          id: (/** @type {any} */ { accountId }) => accountId,
          command: (/** @type {any} */ data) => ({ kind, data }),
        }),
      );
    module.handle(
      RequestTransfer,
      decidedBy(transfer, {
        id: ({ transferId }) => transferId,
        command: (data) => ({ kind: 'request', data }),
      }),
    );
    module.on(TransferRequested, OPTIONS, async ({ data, repository }) => {
      const { transferId, from: accountId, amount } = data;
      const command = { kind: 'debit', data: { accountId, transferId, amount } };
      const taken = await repository(account).tryHandle(accountId, command);
      await repository(transfer).handle(transferId, { kind: taken.ok ? 'start' : 'refuse' });
    });
    module.on(TransferStarted, OPTIONS, async ({ data, repository }) => {
      const { transferId, from, to, amount } = data;
      const credit = (/** @type {string} */ accountId) =>
        repository(account).tryHandle(accountId, {
          kind: 'credit',
          data: { accountId, transferId, amount },
        });
      const given = await credit(to);
      if (!given.ok) await credit(from);
      await repository(transfer).handle(transferId, { kind: given.ok ? 'complete' : 'refuse' });
    });
  });
  return { account, transfer, projections, bank };
}
