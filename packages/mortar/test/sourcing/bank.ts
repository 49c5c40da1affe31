import { z } from 'zod';
import { fail } from '../../src/bus/index.js';
import { event } from '../../src/contracts/index.js';
import type { EventStore, LogEntry, StreamId, StreamRange } from '../../src/event-store/index.js';
import { MemoryEventStore, MemoryLog, MemorySnapshotStore } from '../../src/memory/index.js';
import { aggregate, type DomainEventOf, decider, type SnapshotPolicy } from '../../src/sourcing/index.js';
import { changedEvents } from '../support/changed-stores.js';
import { LogBook } from '../support/log-book.js';
import { VirtualClock } from '../support/virtual-clock.js';

export const Opened = event('bank.account-opened', { data: z.object({ owner: z.string() }) });
export const Deposited = event('bank.money-deposited', {
  data: z.object({ amount: z.number(), from: z.string().optional() }),
});
export const Withdrawn = event('bank.money-withdrawn', { data: z.object({ amount: z.number() }) });

export type AccountEvent = DomainEventOf<typeof Opened | typeof Deposited | typeof Withdrawn>;

export interface Account {
  readonly owner: string | undefined;
  readonly balance: number;
  /** All that was ever deposited, in order: shows an event that is left out or comes twice. */
  readonly deposits: readonly number[];
}

export type AccountCommand =
  | { readonly kind: 'open'; readonly owner: string }
  | { readonly kind: 'deposit'; readonly amount: number }
  | { readonly kind: 'withdraw'; readonly amount: number }
  | { readonly kind: 'nothing' };

export const accounts = decider({
  initialState: (): Account => ({ owner: undefined, balance: 0, deposits: [] }),
  decide: (command: AccountCommand, { balance }) => {
    switch (command.kind) {
      case 'open':
        return { type: Opened.name, data: { owner: command.owner } };
      case 'deposit':
        return [{ type: Deposited.name, data: { amount: command.amount } }];
      case 'withdraw':
        if (command.amount > balance) return fail('too-little', { balance });
        return [{ type: Withdrawn.name, data: { amount: command.amount } }];
      case 'nothing':
        return [];
    }
  },
  evolve: (state, happened: AccountEvent) => {
    switch (happened.type) {
      case 'bank.account-opened':
        return { ...state, owner: happened.data.owner };
      case 'bank.money-deposited': {
        const { amount } = happened.data;
        return { ...state, balance: state.balance + amount, deposits: [...state.deposits, amount] };
      }
      case 'bank.money-withdrawn':
        return { ...state, balance: state.balance - happened.data.amount };
    }
  },
});

export const contracts = [Opened, Deposited, Withdrawn] as const;

export const account = aggregate('account', { decider: accounts, events: contracts });

/** The same accounts, with snapshots. */
export function accountWith(snapshots: SnapshotPolicy, stateVersion = 1) {
  return aggregate('account', { decider: accounts, events: contracts, snapshots, stateVersion });
}

/** The state that events make, without any of the machinery. */
export function folded(events: readonly AccountEvent[]): Account {
  return events.reduce(accounts.evolve, accounts.initialState());
}

/** A store in memory, and what is needed to look into it. */
export function openBank() {
  const clock = new VirtualClock();
  const log = new MemoryLog({ clock });
  const stored = new MemoryEventStore(log);
  const snapshots = new MemorySnapshotStore(log);
  const reads = new Reads(stored);
  const book = new LogBook();
  return { clock, log, stored, events: reads.store, snapshots, reads, book, logger: book };
}

/** Counts what is read of streams. */
export class Reads {
  readonly store: EventStore;
  events = 0;
  calls = 0;

  constructor(store: EventStore) {
    this.store = changedEvents(store, {
      readStream: async (streamId: StreamId, range?: StreamRange): Promise<readonly LogEntry[]> => {
        const entries = await store.readStream(streamId, range);
        this.calls += 1;
        this.events += entries.length;
        return entries;
      },
    });
  }

  reset(): void {
    this.events = 0;
    this.calls = 0;
  }
}

/** All that an iterable gives. */
export async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
