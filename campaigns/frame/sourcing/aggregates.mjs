import { fail } from 'mortar';
import { aggregate, decider } from 'mortar/sourcing';
import {
  AccountOpened,
  Credited,
  Debited,
  Deposited,
  TransferCompleted,
  TransferRefused,
  TransferRequested,
  TransferStarted,
} from './contracts.mjs';

/** @typedef {{ code: number, owner: string, balance: number, movements: number }} Account */
/** @typedef {{ code: number, status: string, order: any }} Transfer */
/** @typedef {ReturnType<typeof makeAggregates>} Aggregates */

/**
 * Accounts have a snapshot every few events, transfers wherever loading has taken a moment. States say by which code they
 * were made: so a snapshot that another code has saved shows.
 * @param {number} code each has another fingerprint
 */
export function makeAggregates(code) {
  const account = aggregate('account', {
    decider: decider({
      initialState: () => /** @type {Account} */ ({ code, owner: '', balance: 0, movements: 0 }),
      decide: (/** @type {any} */ { kind, data }, { owner, balance }) => {
        if (kind === 'open')
          return owner === '' ? { type: AccountOpened.name, data } : fail('already-open', {});
        if (owner === '') return fail('not-open', {});
        if (kind === 'deposit') return { type: Deposited.name, data };
        if (kind === 'credit') return { type: Credited.name, data };
        return data.amount > balance ? fail('too-little', {}) : { type: Debited.name, data };
      },
      evolve: (state, /** @type {any} */ { type, data }) => {
        if (type === 'bank.account-opened') return { ...state, owner: data.owner };
        const change = type === 'bank.debited' ? -data.amount : data.amount;
        return { ...state, balance: state.balance + change, movements: state.movements + 1 };
      },
    }),
    events: [AccountOpened, Deposited, Debited, Credited],
    snapshots: { everyEvents: 4 },
    stateVersion: code,
  });
  const transfer = aggregate('transfer', {
    decider: decider({
      initialState: () => /** @type {Transfer} */ ({ code, status: 'none', order: null }),
      decide: (/** @type {any} */ { kind, data }, { status, order }) => {
        if (kind === 'request')
          return order === null ? { type: TransferRequested.name, data } : fail('already-requested', {});
        const { transferId } = order;
        if (kind === 'start' && status === 'requested') return { type: TransferStarted.name, data: order };
        if (kind === 'complete' && status === 'started')
          return { type: TransferCompleted.name, data: { transferId } };
        if (kind === 'refuse') return { type: TransferRefused.name, data: { transferId } };
        return fail('too-late', {});
      },
      evolve: (state, /** @type {any} */ { type, data }) => {
        if (type === 'bank.transfer-requested') return { ...state, status: 'requested', order: data };
        if (type === 'bank.transfer-started') return { ...state, status: 'started' };
        return { ...state, status: type === 'bank.transfer-completed' ? 'completed' : 'refused' };
      },
    }),
    events: [TransferRequested, TransferStarted, TransferCompleted, TransferRefused],
    snapshots: { afterMs: 1 },
    stateVersion: code,
  });
  return { account, transfer };
}
