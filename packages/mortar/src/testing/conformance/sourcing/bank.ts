import { fail } from '../../../bus/index.js';
import { type EventContract, event, type Schema } from '../../../contracts/index.js';
import type { LogEntry } from '../../../event-store/index.js';
import {
  type Aggregate,
  type AggregateOptions,
  aggregate,
  type Decider,
  type DecisionModel,
  type DomainEventOf,
  decider,
  decisionModel,
  type Evolver,
} from '../../../sourcing/index.js';
import { trusted } from '../projections/subject.js';

/** What the codec carries and JSON alone does not: a time, and a whole number of any size. */
export interface Opening {
  readonly owner: string;
  readonly since: Date;
  readonly limit: bigint;
}

/** An amount that comes to an account, or leaves it. */
export interface Amount {
  readonly account: string;
  readonly amount: number;
}

/** The events of one type. */
type Events<N extends string, Data> = EventContract<N, Data, Data>;

export const Opened: Events<'bank.opened', Opening> = event('bank.opened', { data: trusted<Opening>() });
export const Deposited: Events<'bank.deposited', Amount> = event('bank.deposited', {
  data: trusted<Amount>(),
});
export const Withdrawn: Events<'bank.withdrawn', Amount> = event('bank.withdrawn', {
  data: trusted<Amount>(),
});

export type AccountEvent = DomainEventOf<typeof Opened | typeof Deposited | typeof Withdrawn>;

/** An account. */
export interface Account {
  readonly opened: Opening | undefined;
  readonly balance: number;
  /** Every amount in its order: shows an event that is left out, comes twice or in another order. */
  readonly amounts: readonly number[];
}

export type AccountCommand =
  | { readonly kind: 'open'; readonly owner: string }
  | { readonly kind: 'deposit' | 'withdraw'; readonly account: string; readonly amount: number }
  /** As many deposits as there are amounts, by one command. */
  | { readonly kind: 'depositEach'; readonly account: string; readonly amounts: readonly number[] };

const SINCE = new Date('2026-01-31T10:00:00.007Z');
const LIMIT = 2n ** 70n;

export const accounts: Decider<Account, AccountCommand, AccountEvent> = decider({
  initialState: (): Account => ({ opened: undefined, balance: 0, amounts: [] }),
  decide: (command: AccountCommand, { balance }) => {
    if (command.kind === 'open')
      return { type: Opened.name, data: { owner: command.owner, since: SINCE, limit: LIMIT } };
    const { account } = command;
    if (command.kind === 'depositEach')
      return command.amounts.map((amount) => ({ type: Deposited.name, data: { account, amount } }));
    const { kind, amount } = command;
    if (kind === 'deposit') return { type: Deposited.name, data: { account, amount } };
    if (amount > balance) return fail('too-little', { balance });
    return { type: Withdrawn.name, data: { account, amount } };
  },
  evolve: (state, happened: AccountEvent) => {
    if (happened.type === 'bank.opened') return { ...state, opened: happened.data };
    const amount = happened.type === 'bank.deposited' ? happened.data.amount : -happened.data.amount;
    return { ...state, balance: state.balance + amount, amounts: [...state.amounts, amount] };
  },
});

const contracts = [Opened, Deposited, Withdrawn] as const;

/** Checks what is in a snapshot. */
const accountState: Schema<unknown, Account> = {
  '~standard': {
    version: 1,
    vendor: 'mortar',
    validate: (value) => (isAccount(value) ? { value } : { issues: [{ message: 'it is no account' }] }),
  },
};

function isAccount(value: unknown): value is Account {
  if (typeof value !== 'object' || value === null) return false;
  return 'opened' in value && 'balance' in value && typeof value.balance === 'number' && 'amounts' in value;
}

type AccountOptions = Pick<
  AggregateOptions<Account, AccountCommand, AccountEvent>,
  'retries' | 'snapshots' | 'stateVersion'
>;

/** Accounts behind a store. */
export type Accounts = Aggregate<Account, AccountCommand, AccountEvent, 'account'>;

/** Accounts, each a stream `account-<id>`. */
export function accountWith(options: AccountOptions = {}): Accounts {
  return aggregate('account', { decider: accounts, events: contracts, state: accountState, ...options });
}

/** More often than any case has others that may be faster. */
export const PATIENT = 100;

/** Accounts without snapshots, whose commands are decided anew until they succeed. */
export const account: Accounts = accountWith({ retries: PATIENT });

/** Other rules for the same events: how often something was moved. */
export const counting: Evolver<number, AccountEvent> = {
  initialState: () => 0,
  evolve: (count, { type }) => (type === 'bank.opened' ? count : count + 1),
};

/** Who takes a name. */
export interface Taking {
  readonly name: string;
  readonly by: string;
}

export const NameTaken: Events<'bank.name-taken', Taking> = event('bank.name-taken', {
  data: trusted<Taking>(),
  tags: ({ name, by }) => [`name:${name}`, `by:${by}`],
});

type NameEvent = DomainEventOf<typeof NameTaken>;

/** Nobody takes more names than this. */
export const MOST_NAMES = 2;

/** A name is taken once, and nobody takes more than some: no single stream could tell. */
export const taking: DecisionModel<readonly Taking[], Taking, NameEvent, 'take-name'> = decisionModel({
  name: 'take-name',
  decider: decider({
    initialState: (): readonly Taking[] => [],
    decide: ({ name, by }: Taking, taken) => {
      if (taken.some((one) => one.name === name)) return fail('taken', {});
      if (taken.filter((one) => one.by === by).length >= MOST_NAMES) return fail('greedy', {});
      return { type: NameTaken.name, data: { name, by } };
    },
    evolve: (taken, { data }: NameEvent) => [...taken, data],
  }),
  events: [NameTaken],
  query: ({ name, by }: Taking) => [{ tags: [`name:${name}`] }, { tags: [`by:${by}`] }],
  streamOf: ({ data }) => `owner-${data.by}`,
  retries: PATIENT,
});

/** The names of one owner, as a stream tells them. */
export const owner: Aggregate<readonly string[], unknown, NameEvent, 'owner'> = aggregate('owner', {
  decider: decider({
    initialState: (): readonly string[] => [],
    decide: () => [],
    evolve: (names, { data }: NameEvent) => [...names, data.name],
  }),
  events: [NameTaken],
});

/** The account that entries make, without any of the machinery. */
export function naively(entries: readonly LogEntry[]): Account {
  const amounts: number[] = [];
  let opened: Account['opened'];
  for (const { type, payload } of entries) {
    const data: Readonly<Record<string, unknown>> = JSON.parse(payload);
    if (type === Opened.name) opened = { owner: String(data['owner']), since: SINCE, limit: LIMIT };
    if (type === Deposited.name) amounts.push(Number(data['amount']));
    if (type === Withdrawn.name) amounts.push(-Number(data['amount']));
  }
  return { opened, balance: amounts.reduce((sum, amount) => sum + amount, 0), amounts };
}
