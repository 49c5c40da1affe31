import type { DomainEvent } from '../../decider.js';

/**
 * An event of data that its contract has checked. That the contracts of an aggregate fit the events of its decider was checked by
 * the compiler where the aggregate was declared.
 */
export function domainEvent<Event extends DomainEvent>(type: string, data: unknown): Event {
  return { type, data } as Event;
}
