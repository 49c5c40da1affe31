import { describe, expect, it } from 'vitest';
import {
  aggregate,
  aggregateOf,
  decider,
  decisionModel,
  dropped,
  EventSourcedAggregate,
} from '../../src/sourcing/index.js';
import { caught } from '../contracts/caught.js';
import { account, accounts, contracts, Deposited, Opened } from './bank.js';

type Loose = (...args: readonly unknown[]) => unknown;

/** What no compiler lets through: options in place of good ones. */
const loose = {
  aggregate: aggregate as unknown as Loose,
  aggregateOf: aggregateOf as unknown as Loose,
  decisionModel: decisionModel as unknown as Loose,
};

function declare(name: unknown, more: object): unknown {
  return loose.aggregate(name, { decider: accounts, events: contracts, ...more });
}

function model(more: object): unknown {
  const query = () => [{ tags: ['a'] }];
  return loose.decisionModel({ name: 'a', decider: accounts, events: contracts, query, ...more });
}

function errorOf(run: () => unknown): readonly string[] {
  const { code, message } = caught(run);
  return [code, message];
}

describe('a decider', () => {
  it('is its three functions, frozen', () => {
    const { initialState, decide, evolve } = accounts;
    expect({ ...accounts }).toEqual({ initialState, decide, evolve });
    expect(Object.isFrozen(accounts)).toBe(true);
  });

  it.each([
    [undefined],
    [null],
    ['accounts'],
    [{}],
    [{ ...accounts, decide: undefined }],
    [{ ...accounts, evolve: {} }],
    [{ ...accounts, initialState: 0 }],
  ])('is refused: %j', (given) => {
    expect(errorOf(() => decider(given as never))[0]).toBe('MORTAR_DECIDER_INVALID');
    expect(errorOf(() => declare('account', { decider: given }))[0]).toBe('MORTAR_DECIDER_INVALID');
    expect(errorOf(() => model({ decider: given }))[0]).toBe('MORTAR_DECIDER_INVALID');
  });
});

describe('an aggregate', () => {
  it('has its defaults, and is frozen', () => {
    expect(account).toMatchObject({ name: 'account', retries: 10, snapshots: undefined, state: undefined });
    expect([...account.events.keys()]).toEqual(contracts.map(({ name }) => name));
    expect(Object.isFrozen(account)).toBe(true);
  });

  it('names its streams by its name and an id, or as it is told', () => {
    expect(account.streamOf('1')).toBe('account-1');
    const own = aggregate('bank-account', {
      decider: accounts,
      events: contracts,
      streamId: (id) => `bank-${id.toLowerCase()}`,
    });
    expect(own.streamOf('A')).toBe('bank-a');
  });

  it.each([
    ['', {}],
    ['Account', {}],
    ['1st', {}],
    ['a b', {}],
    ['bank-account', {}],
    ['a'.repeat(101), {}],
    [7, {}],
  ])('is refused with the name %j', (name, more) => {
    expect(errorOf(() => declare(name, more))[0]).toBe('MORTAR_NAME_INVALID');
  });

  const faults: readonly (readonly [string, object, string])[] = [
    ['an unknown option', { snapshot: {} }, 'MORTAR_OPTIONS_INVALID'],
    ['no events', { events: [] }, 'MORTAR_OPTIONS_INVALID'],
    ['events that are no list', { events: Opened }, 'MORTAR_OPTIONS_INVALID'],
    ['an event that is none', { events: [Opened, 'bank.money-deposited'] }, 'MORTAR_OPTIONS_INVALID'],
    ['an event that is a command', { events: [{ ...Opened, kind: 'command' }] }, 'MORTAR_OPTIONS_INVALID'],
    ['an event twice', { events: [Opened, Deposited, Opened] }, 'MORTAR_OPTIONS_INVALID'],
    ['retired events that are no list', { retired: {} }, 'MORTAR_OPTIONS_INVALID'],
    ['a retired event that is none', { retired: [{ type: 'bank.old' }] }, 'MORTAR_OPTIONS_INVALID'],
    ['a retired event twice', { retired: [dropped('bank.a'), dropped('bank.a')] }, 'MORTAR_OPTIONS_INVALID'],
    ['a retired event with a contract', { retired: [dropped(Opened.name)] }, 'MORTAR_OPTIONS_INVALID'],
    ['negative retries', { retries: -1 }, 'MORTAR_OPTIONS_INVALID'],
    ['too many retries', { retries: 1_001 }, 'MORTAR_OPTIONS_INVALID'],
    ['a snapshot before every event', { snapshots: { everyEvents: 0 } }, 'MORTAR_OPTIONS_INVALID'],
    ['a snapshot after no time', { snapshots: { afterMs: 0 } }, 'MORTAR_OPTIONS_INVALID'],
    ['an unknown policy', { snapshots: { every: 5 } }, 'MORTAR_OPTIONS_INVALID'],
    ['a policy that is none', { snapshots: 5 }, 'MORTAR_OPTIONS_INVALID'],
    ['half a state version', { stateVersion: 1.5 }, 'MORTAR_OPTIONS_INVALID'],
    ['a schema that is none', { state: {} }, 'MORTAR_CONTRACT_INVALID'],
  ];

  it.each(faults)('is refused with %s', (_, more, code) => {
    expect(errorOf(() => declare('account', more))[0]).toBe(code);
  });

  it('is refused without options', () => {
    expect(errorOf(() => loose.aggregate('account', undefined))[0]).toBe('MORTAR_OPTIONS_INVALID');
  });
});

describe('an aggregate of a class', () => {
  class Good extends EventSourcedAggregate<number, { type: 'bank.account-opened'; data: { owner: string } }> {
    protected readonly when = { 'bank.account-opened': (state: number): number => state + 1 };

    protected initialState(): number {
      return 0;
    }
  }

  const faults: readonly (readonly [string, unknown, object, string])[] = [
    ['no class', undefined, {}, 'MORTAR_DECIDER_INVALID'],
    ['an instance', new Good(), {}, 'MORTAR_DECIDER_INVALID'],
    ['a class of another kind', Date, {}, 'MORTAR_DECIDER_INVALID'],
    ['a contract without a when', Good, { events: [Opened, Deposited] }, 'MORTAR_DECIDER_INVALID'],
    ['a decider beside', Good, { decider: accounts }, 'MORTAR_OPTIONS_INVALID'],
    ['no events', Good, { events: [] }, 'MORTAR_OPTIONS_INVALID'],
  ];

  it.each(faults)('is refused with %s', (_, given, more, code) => {
    const run = () => loose.aggregateOf('account', given, { events: [Opened], ...more });
    expect(errorOf(run)[0]).toBe(code);
  });

  it('is refused where a when is only inherited from every object', () => {
    const odd = { ...Opened, name: 'bank.to-string' };
    const run = () => loose.aggregateOf('account', Good, { events: [odd] });
    expect(errorOf(run)[1]).toContain('a when for bank.to-string');
  });
});

describe('a decision model', () => {
  const faults: readonly (readonly [string, object, string])[] = [
    ['no name', { name: '' }, 'MORTAR_NAME_INVALID'],
    ['a name that is too long', { name: 'a'.repeat(101) }, 'MORTAR_NAME_INVALID'],
    ['an unknown option', { snapshots: {} }, 'MORTAR_OPTIONS_INVALID'],
    ['no events', { events: [] }, 'MORTAR_OPTIONS_INVALID'],
    ['no query', { query: undefined }, 'MORTAR_DECIDER_INVALID'],
    ['a query that is data', { query: [{ tags: ['a'] }] }, 'MORTAR_DECIDER_INVALID'],
    ['too many retries', { retries: 1_001 }, 'MORTAR_OPTIONS_INVALID'],
    ['a retired event with a contract', { retired: [dropped(Opened.name)] }, 'MORTAR_OPTIONS_INVALID'],
  ];

  it.each(faults)('is refused with %s', (_, more, code) => {
    expect(errorOf(() => model(more))[0]).toBe(code);
  });
});
