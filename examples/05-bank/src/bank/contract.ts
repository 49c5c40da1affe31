// #region account
// bank/contract.ts
import { command, event } from 'mortar';
import { z } from 'zod';

const amount = z.number().int().positive(); // in cents
const movement = z.object({ accountId: z.string(), transferId: z.string(), amount });

// What happens to an account
export const AccountOpened = event('bank.account-opened', {
  data: z.object({ accountId: z.string(), owner: z.string() }),
});
export const Deposited = event('bank.deposited', { data: z.object({ accountId: z.string(), amount }) });
export const Debited = event('bank.debited', { data: movement });
export const Credited = event('bank.credited', { data: movement });
// #endregion

const transfer = z.object({
  transferId: z.string(),
  from: z.string(),
  to: z.string(),
  amount,
  purpose: z.string(),
});

// What happens to a transfer: those that wait for one account are taken one after the other, so they don't get in each other's way
export const TransferRequested = event('bank.transfer-requested', {
  data: transfer,
  key: ({ from }) => from,
});
export const TransferStarted = event('bank.transfer-started', { data: transfer, key: ({ to }) => to });
export const TransferCompleted = event('bank.transfer-completed', {
  data: z.object({ transferId: z.string() }),
});
export const TransferRefused = event('bank.transfer-refused', {
  data: z.object({ transferId: z.string(), reason: z.string() }),
});

// What may be asked for
export const OpenAccount = command('bank.open-account', {
  data: z.object({ accountId: z.string(), owner: z.string() }),
  failures: { 'already-open': z.object({ owner: z.string() }) },
});
export const Deposit = command('bank.deposit', {
  data: z.object({ accountId: z.string(), amount }),
  failures: { 'not-open': z.object({}) },
});
export const RequestTransfer = command('bank.request-transfer', {
  data: transfer,
  failures: { 'already-requested': z.object({}) },
});
