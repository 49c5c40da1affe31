import { command, event } from 'mortar';
import { z } from 'zod';

const amount = z.number().int().positive();
const order = z.object({ transferId: z.string(), from: z.string(), to: z.string(), amount });
const movement = z.object({ accountId: z.string(), transferId: z.string(), amount });
const account = z.object({ accountId: z.string(), owner: z.string() });
const deposit = z.object({ accountId: z.string(), commandId: z.string(), amount });
const end = z.object({ transferId: z.string() });

export const AccountOpened = event('bank.account-opened', { data: account });
export const Deposited = event('bank.deposited', { data: deposit });
export const Debited = event('bank.debited', { data: movement });
export const Credited = event('bank.credited', { data: movement });
export const TransferRequested = event('bank.transfer-requested', { data: order, key: ({ from }) => from });
export const TransferStarted = event('bank.transfer-started', { data: order, key: ({ to }) => to });
export const TransferCompleted = event('bank.transfer-completed', { data: end });
export const TransferRefused = event('bank.transfer-refused', { data: end });

export const OpenAccount = command('bank.open-account', {
  data: account,
  failures: { 'already-open': z.object({}) },
});
export const Deposit = command('bank.deposit', {
  data: deposit,
  failures: { 'not-open': z.object({}) },
});
export const RequestTransfer = command('bank.request-transfer', {
  data: order,
  failures: { 'already-requested': z.object({}) },
});
