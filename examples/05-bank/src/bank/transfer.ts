import { fail } from 'mortar';
import { aggregate, type DomainEventOf, decider } from 'mortar/sourcing';
import { TransferCompleted, TransferRefused, TransferRequested, TransferStarted } from './contract.js';

interface Order {
  readonly transferId: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  readonly purpose: string;
}

/** While a transfer is under way, its money has left the one account, and has not come to any other. */
export interface Transfer {
  readonly status: 'none' | 'requested' | 'under-way' | 'completed' | 'refused';
  readonly order: Order | undefined;
}

export type TransferCommand =
  | { readonly kind: 'request'; readonly order: Order }
  | { readonly kind: 'start' | 'complete' }
  | { readonly kind: 'refuse'; readonly reason: string };

type TransferEvent = DomainEventOf<
  typeof TransferRequested | typeof TransferStarted | typeof TransferCompleted | typeof TransferRefused
>;

export const transfer = aggregate('transfer', {
  decider: decider({
    initialState: (): Transfer => ({ status: 'none', order: undefined }),
    decide: (command: TransferCommand, { status, order }) => {
      if (command.kind === 'request')
        return order === undefined
          ? { type: TransferRequested.name, data: command.order }
          : fail('already-requested', {});
      if (order === undefined) return fail('not-requested', {});
      const { transferId } = order;
      if (command.kind === 'start' && status === 'requested')
        return { type: TransferStarted.name, data: order };
      if (command.kind === 'complete' && status === 'under-way')
        return { type: TransferCompleted.name, data: { transferId } };
      if (command.kind === 'refuse' && (status === 'requested' || status === 'under-way'))
        return { type: TransferRefused.name, data: { transferId, reason: command.reason } };
      return fail('too-late', { status });
    },
    evolve: (state, event: TransferEvent): Transfer => {
      if (event.type === 'bank.transfer-requested') return { status: 'requested', order: event.data };
      if (event.type === 'bank.transfer-started') return { ...state, status: 'under-way' };
      return { ...state, status: event.type === 'bank.transfer-completed' ? 'completed' : 'refused' };
    },
  }),
  events: [TransferRequested, TransferStarted, TransferCompleted, TransferRefused],
});
