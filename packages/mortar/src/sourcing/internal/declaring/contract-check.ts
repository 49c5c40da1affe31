import type { EventContract } from '../../../contracts/index.js';
import { describeValue, MortarError } from '../../../errors/index.js';
import type { DomainEvent } from '../../decider.js';
import type { Retired } from '../../retired.js';

/**
 * Contracts of events by their names; `owner` says whose they are.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for an empty list, what is no contract of an event, and a name that comes twice
 */
export function checkContracts(
  owner: string,
  contracts: readonly EventContract[],
): ReadonlyMap<string, EventContract> {
  if (!Array.isArray(contracts) || contracts.length === 0)
    throw invalid(owner, 'a list of contracts of events, at least one', describeValue(contracts));
  const byName = new Map<string, EventContract>();
  for (const contract of contracts) {
    if (!isEventContract(contract)) throw invalid(owner, 'contracts of events', describeValue(contract));
    if (byName.has(contract.name)) throw invalid(owner, 'each contract once', `${contract.name} twice`);
    byName.set(contract.name, contract);
  }
  return byName;
}

/**
 * Retired event types by their names.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for what is none, a type that comes twice, and one that has a contract
 */
export function checkRetired<Event extends DomainEvent>(
  owner: string,
  retired: readonly Retired<Event>[],
  events: ReadonlyMap<string, EventContract>,
): ReadonlyMap<string, Retired<Event>> {
  if (!Array.isArray(retired))
    throw invalid(owner, 'a list of what renamed, split and dropped make', describeValue(retired));
  const byType = new Map<string, Retired<Event>>();
  for (const one of retired) {
    if (!isRetired(one))
      throw invalid(owner, 'retired events as renamed, split and dropped make them', describeValue(one));
    if (events.has(one.type)) throw invalid(owner, 'retired events without a contract', one.type);
    if (byType.has(one.type)) throw invalid(owner, 'each retired event once', `${one.type} twice`);
    byType.set(one.type, one);
  }
  return byType;
}

/** Whether a value looks like what `event` makes. */
export function isEventContract(value: unknown): value is EventContract {
  const isObject = typeof value === 'object' && value !== null && 'kind' in value && 'name' in value;
  return isObject && value.kind === 'event' && typeof value.name === 'string';
}

function isRetired(value: unknown): boolean {
  const isObject = typeof value === 'object' && value !== null && 'type' in value && 'into' in value;
  return isObject && typeof value.type === 'string' && typeof value.into === 'function';
}

function invalid(owner: string, expected: string, got: string): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `The events of ${owner} are told apart by their types.`,
    expected,
    got,
  });
}
