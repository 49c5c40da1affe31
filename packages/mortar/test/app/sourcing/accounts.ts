import { z } from 'zod';
import { command, defineModule, event, fail, type Module, query } from '../../../src/index.js';
import {
  aggregate,
  type DomainEventOf,
  decidedBy,
  decider,
  decisionModel,
} from '../../../src/sourcing/index.js';

export const Deposited = event('bank.deposited', {
  data: z.object({ amount: z.number(), note: z.string().default('none') }),
});
export const Withdrawn = event('bank.withdrawn', { data: z.object({ amount: z.number() }) });
export const NameTaken = event('bank.name-taken', {
  data: z.object({ name: z.string() }),
  tags: ({ name }) => [`name:${name}`],
});

const money = z.object({ account: z.string(), amount: z.number() });
const tooLittle = { 'too-little': z.object({ balance: z.number() }) };
export const Deposit = command('bank.deposit', { data: money, result: z.object({ balance: z.number() }) });
export const Withdraw = command('bank.withdraw', { data: money, failures: tooLittle });
export const Transfer = command('bank.transfer', {
  data: z.object({ from: z.string(), to: z.string(), amount: z.number() }),
  failures: tooLittle,
});
export const TakeName = command('bank.take-name', {
  data: z.object({ name: z.string() }),
  failures: { taken: z.object({}) },
});
export const Balance = query('bank.balance', {
  data: z.object({ account: z.string() }),
  result: z.object({ balance: z.number() }),
});

type AccountEvent = DomainEventOf<typeof Deposited | typeof Withdrawn>;
export type Command = { readonly kind: 'deposit' | 'withdraw'; readonly amount: number };
export interface Account {
  readonly balance: number;
  readonly notes: readonly (string | undefined)[];
}

const accounts = decider({
  initialState: (): Account => ({ balance: 0, notes: [] }),
  decide: ({ kind, amount }: Command, { balance }) => {
    if (amount === 0) return [];
    if (kind === 'deposit') return { type: Deposited.name, data: { amount } };
    return amount > balance ? fail('too-little', { balance }) : { type: Withdrawn.name, data: { amount } };
  },
  evolve: (state, happened: AccountEvent) =>
    happened.type === 'bank.deposited'
      ? {
          balance: state.balance + happened.data.amount,
          notes: [...state.notes, happened.data.note],
        }
      : { ...state, balance: state.balance - happened.data.amount },
});

export const account = aggregate('account', { decider: accounts, events: [Deposited, Withdrawn] });

export const taking = decisionModel({
  name: 'take-name',
  decider: decider({
    initialState: () => false,
    decide: (name: string, isTaken) =>
      isTaken ? fail('taken', {}) : { type: NameTaken.name, data: { name } },
    evolve: (_, _happened: DomainEventOf<typeof NameTaken>) => true,
  }),
  events: [NameTaken],
  query: (name) => [{ tags: [`name:${name}`] }],
});

/** A bank, each of whose command handlers tells that it was called. */
export function bank(called: (name: string) => unknown = () => undefined): Module<'bank'> {
  return defineModule('bank', (module) => {
    module.publishes(Deposited, Withdrawn, NameTaken);
    module.handle(
      Deposit,
      decidedBy(account, {
        id: (data) => data.account,
        command: ({ amount }) => ({ kind: 'deposit' as const, amount }),
        result: ({ state }) => ({ balance: state.balance }),
      }),
    );
    module.handle(
      Withdraw,
      decidedBy(account, {
        id: (data) => data.account,
        command: ({ amount }) => ({ kind: 'withdraw' as const, amount }),
      }),
    );
    module.handle(Transfer, async ({ data: { from, to, amount }, repository }) => {
      await called('transfer');
      const all = repository(account);
      const taken = await all.tryHandle(from, { kind: 'withdraw', amount });
      if (!taken.ok) return fail('too-little', { balance: (await all.load(from)).state.balance });
      await all.handle(to, { kind: 'deposit', amount });
      return undefined;
    });
    module.handle(TakeName, async ({ data, decide }) => {
      await called('take-name');
      await decide(taking, data.name);
    });
    module.answer(Balance, async ({ data, repository }) => {
      const { state } = await repository(account).load(data.account);
      return { balance: state.balance };
    });
  });
}
