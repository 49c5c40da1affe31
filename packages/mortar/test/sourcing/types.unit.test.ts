import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { event } from '../../src/contracts/index.js';
import {
  type Aggregate,
  type AggregateCall,
  aggregate,
  aggregateOf,
  type Decider,
  type DomainEvent,
  type DomainEventOf,
  decider,
  decisionModel,
  dropped,
  EventSourcedAggregate,
  type Handled,
  type HistoryEntry,
  type Retired,
  renamed,
  repository,
  type Sourced,
  split,
  type When,
} from '../../src/sourcing/index.js';
import {
  type Account,
  type AccountCommand,
  type AccountEvent,
  account,
  accounts,
  contracts,
  openBank,
} from './bank.js';

const Opened = event('bank.opened', { data: z.object({ owner: z.string() }) });
const Closed = event('bank.closed', { data: z.object({ at: z.date().default(() => new Date(0)) }) });
type Both = DomainEventOf<typeof Opened | typeof Closed>;

const both = decider({
  initialState: () => 'new',
  decide: (_: 'open' | 'close') => ({ type: 'bank.opened', data: { owner: 'anna' } }),
  evolve: (state, _: Both) => state,
});

describe('the types of events', () => {
  it('are told apart by type, and have the data that a contract takes', () => {
    expectTypeOf<Extract<Both, { type: 'bank.opened' }>['data']>().toEqualTypeOf<{ owner: string }>();
    expectTypeOf<Extract<Both, { type: 'bank.closed' }>['data']>().toEqualTypeOf<{ at?: Date | undefined }>();
    expectTypeOf<Both['type']>().toEqualTypeOf<'bank.opened' | 'bank.closed'>();
  });
});

describe('the types of a decider', () => {
  it('are inferred: the state from its beginning, the events from evolve, the command from decide', () => {
    expectTypeOf(both).toEqualTypeOf<Decider<string, 'open' | 'close', Both>>();
    expectTypeOf(accounts).toEqualTypeOf<Decider<Account, AccountCommand, AccountEvent>>();
  });

  it('let nothing be decided that evolve does not take', () => {
    const evolve = (state: number, _: Both) => state;
    const initialState = () => 0;
    // @ts-expect-error: no such event
    const other = () => decider({ initialState, decide: (_: 1) => ({ type: 'bank.a', data: {} }), evolve });
    // @ts-expect-error: not the data of that event
    const data = () => decider({ initialState, decide: () => [{ type: 'bank.opened', data: {} }], evolve });
    // @ts-expect-error: a decision is made at once
    const later = () => decider({ initialState: () => 0, decide: async (_: string) => [], evolve });
    const state = () =>
      decider({
        initialState: () => 0,
        decide: (_: string) => [],
        // @ts-expect-error: not a state
        evolve: (_state, _: Both) => 'zero',
      });
    expectTypeOf([other, data, later, state]).toBeArray();
  });
});

const annotated: Decider<number, string, Both> = decider({
  initialState: () => 0,
  decide: (owner: string, state) => (state > 0 ? [] : [{ type: 'bank.opened', data: { owner } }]),
  evolve: (state, _: Both) => state + 1,
});

it('the type that a decider is to have does not get in the way', () => {
  expectTypeOf(annotated).toEqualTypeOf<Decider<number, string, Both>>();
});

describe('the types of an aggregate', () => {
  it('are those of its decider, and its name', () => {
    expectTypeOf(account).toEqualTypeOf<Aggregate<Account, AccountCommand, AccountEvent, 'account'>>();
  });

  it('ask for a contract of each event, and for none beside', () => {
    expectTypeOf(aggregate('both', { decider: both, events: [Opened, Closed] }).name).toEqualTypeOf<'both'>();
    // @ts-expect-error: the contract of bank.closed is missing
    const missing = () => aggregate('both', { decider: both, events: [Opened] });
    // @ts-expect-error: the decider does not take the events of one of the contracts
    const beside = () => aggregate('both', { decider: both, events: [Opened, Closed, ...contracts] });
    const Other = event('bank.opened', { data: z.object({ owner: z.number() }) });
    // @ts-expect-error: the contract has other data
    const data = () => aggregate('both', { decider: both, events: [Other, Closed] });
    // @ts-expect-error: the same for a decision over several streams
    const model = () => decisionModel({ name: 'both', decider: both, events: [Opened], query: () => [] });
    expectTypeOf([missing, beside, data, model]).toBeArray();
  });

  it('ask for retired events that become events of the aggregate', () => {
    const good = aggregate('both', {
      decider: both,
      events: [Opened, Closed],
      retired: [
        renamed('bank.made', Opened),
        split('bank.made-and-closed', () => [{ type: 'bank.closed', data: {} }]),
        dropped('bank.seen'),
      ],
    });
    expectTypeOf(good.retired).toEqualTypeOf<ReadonlyMap<string, Retired<Both>>>();
    const strange = event('bank.strange', { data: z.string() });
    const wrong = () =>
      aggregate('both', {
        decider: both,
        events: [Opened, Closed],
        // @ts-expect-error: an event that the aggregate does not have
        retired: [renamed('bank.made', strange)],
      });
    expectTypeOf(wrong).toBeFunction();
  });

  it('ask for a schema of the state', () => {
    const good = () => aggregate('both', { decider: both, events: [Opened, Closed], state: z.string() });
    // @ts-expect-error: the state is a text
    const wrong = () => aggregate('both', { decider: both, events: [Opened, Closed], state: z.number() });
    expectTypeOf([good, wrong]).toBeArray();
  });
});

describe('the types of a repository', () => {
  const repo = repository({ events: openBank().stored }, account);

  it('are those of the aggregate', () => {
    expectTypeOf(repo.load).returns.resolves.toEqualTypeOf<Sourced<Account>>();
    expectTypeOf(repo.handle).returns.resolves.toEqualTypeOf<Handled<Account, AccountEvent>>();
    expectTypeOf<Parameters<typeof repo.handle>[1]>().toEqualTypeOf<AccountCommand>();
    expectTypeOf(repo.history('1')).toEqualTypeOf<AsyncIterable<HistoryEntry<Account, AccountEvent>>>();
  });

  it('let other rules have another state, of the same events', () => {
    const replay = () =>
      repo.replay('1', { initialState: () => [''], evolve: (list, { type }) => [...list, type] });
    expectTypeOf(replay).returns.resolves.toEqualTypeOf<Sourced<string[]>>();
    const evolve = (state: number, _: DomainEvent<'bank.other', number>) => state;
    // @ts-expect-error: rules for other events
    const wrong = () => repo.replay('1', { initialState: () => 0, evolve });
    expectTypeOf(wrong).toBeFunction();
  });

  it('ask for a point that is one', () => {
    // @ts-expect-error: a version is no plain number
    const number = () => repo.load('1', { version: 1 });
    // @ts-expect-error: nothing is given an id by hand
    const id = () => repo.handle('1', { kind: 'nothing' }, { id: '1' });
    expectTypeOf([number, id]).toBeArray();
  });
});

describe('the types of an aggregate of a class', () => {
  class Switch extends EventSourcedAggregate<boolean, Both> {
    protected readonly when: When<boolean, Both> = {
      'bank.opened': (_, { owner }) => owner !== '',
      'bank.closed': () => false,
    };

    protected initialState(): boolean {
      return false;
    }

    close(): void {
      this.apply({ type: 'bank.closed', data: {} });
      // @ts-expect-error: no such event
      this.apply({ type: 'bank.other', data: {} });
    }
  }

  it('are inferred from the class', () => {
    const made = aggregateOf('switch', Switch, { events: [Opened, Closed] });
    expectTypeOf(made).toEqualTypeOf<Aggregate<boolean, AggregateCall<Switch>, Both, 'switch'>>();
  });

  it('ask for a contract and a when of each event', () => {
    // @ts-expect-error: the contract of bank.opened is missing
    const missing = () => aggregateOf('switch', Switch, { events: [Closed] });
    // @ts-expect-error: bank.closed is missing
    const when: When<boolean, Both> = { 'bank.opened': () => true };
    expectTypeOf([missing, when]).toBeArray();
  });
});
