import { checkName, type EventContract, upcast } from '../contracts/index.js';
import { describeValue, MortarError } from '../errors/index.js';
import type { DomainEvent, RecordedDomainEventOf } from './decider.js';
import { isEventContract } from './internal/declaring/contract-check.js';
import { domainEvent } from './internal/folding/domain-event.js';

/**
 * An event type that lies in the log and that nobody publishes any more. Whoever folds the log has it turned into events of
 * today: one under another name, several, or none.
 */
export interface Retired<Event extends DomainEvent = DomainEvent> {
  readonly type: string;
  /**
   * Pure. `schemaVersion` is that under which the data was written. What it answers with is checked by the contracts of the
   * events, as what an upcaster answers with is.
   */
  readonly into: (data: unknown, schemaVersion: number) => readonly Event[];
  /** What `into` does, for the fingerprint of snapshots; its source text unless said. */
  readonly fingerprint?: string;
}

/**
 * Events of the old type are now called as the contract is. Their schema versions are those of the contract: they go through its
 * upcasters.
 * @throws MortarError `MORTAR_NAME_INVALID`, `MORTAR_OPTIONS_INVALID`
 */
export function renamed<C extends EventContract>(
  type: string,
  contract: C,
): Retired<RecordedDomainEventOf<C>> {
  checkName(type);
  if (!isEventContract(contract)) throw invalid('the contract of an event', contract);
  return Object.freeze({
    type,
    into: (data: unknown, schemaVersion: number) => [
      domainEvent<RecordedDomainEventOf<C>>(contract.name, upcast(contract, data, schemaVersion)),
    ],
    fingerprint: `renamed ${contract.name}`,
  });
}

/**
 * An event of the old type stands for several of today, in their order.
 * @throws MortarError `MORTAR_NAME_INVALID`, `MORTAR_OPTIONS_INVALID`
 */
export function split<Type extends string, Event extends DomainEvent<Type>>(
  type: string,
  into: (data: unknown, schemaVersion: number) => readonly Event[],
): Retired<Event> {
  checkName(type);
  if (typeof into !== 'function') throw invalid('a function from data to events', into);
  return Object.freeze({ type, into });
}

/**
 * Events of the old type mean nothing any more: they are passed over.
 * @throws MortarError `MORTAR_NAME_INVALID`
 */
export function dropped(type: string): Retired<never> {
  checkName(type);
  return Object.freeze({ type, into: () => [], fingerprint: 'dropped' });
}

function invalid(expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'An event type that is retired says what it has become.',
    expected,
    got: describeValue(got),
  });
}
