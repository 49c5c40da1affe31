import { checked, type EventContract, type Failure } from '../contracts/index.js';
import { defuse, describeValue, MortarError } from '../errors/index.js';
import type { Decider, DomainEvent } from './decider.js';
import { invalidDecider } from './internal/declaring/decider-check.js';
import { isFailure } from './internal/failure.js';
import { domainEvent } from './internal/folding/domain-event.js';
import { evolved } from './internal/folding/evolve.js';

/** What decides: an aggregate, or a decision model. */
export interface Decides<State, Command, Event extends DomainEvent> {
  readonly name: string;
  readonly decider: Decider<State, Command, Event>;
  /** By type. */
  readonly events: ReadonlyMap<string, EventContract>;
}

/** What a command has come to: events, with the state after them, or a failure. Nothing is appended yet. */
export type Decided<State, Event extends DomainEvent> =
  | { readonly ok: true; readonly events: readonly Event[]; readonly state: State }
  | { readonly ok: false; readonly failure: Failure };

/**
 * Decides a command. The events' data is what their contracts' schemas answer with, as it will be read again.
 * @throws what `decide` throws, as it is; MortarError `MORTAR_DECIDER_INVALID` for an answer that is no decision, `MORTAR_DATA_INVALID` for
 * data that does not follow its contract, `MORTAR_FOLD_FAILED` for an event that `evolve` can't take
 */
export function decide<State, Command, Event extends DomainEvent>(
  owner: Decides<State, Command, Event>,
  state: State,
  command: Command,
): Decided<State, Event> {
  const { decider } = owner;
  const decision = decider.decide(command, state);
  if (defuse(decision)) throw notDecided(owner.name, 'a promise');
  if (isFailure(decision)) return { ok: false, failure: decision };
  const given: readonly unknown[] = Array.isArray(decision) ? [...decision] : [decision];
  // All of them, so that none is left whose rejection nobody waits for.
  if (given.filter(defuse).length > 0) throw notDecided(owner.name, 'a promise among its events');
  const events = given.map((event) => checkedEvent<Event>(owner, event));
  return { ok: true, events, state: events.reduce((now, event) => evolved(decider, now, event), state) };
}

/** The error of a command that was decided to be refused. */
export function refused(name: string, failure: Failure): MortarError {
  return new MortarError('MORTAR_REQUEST_REFUSED', {
    rule: `A decision may be a failure, and then nothing has happened; ${name} has decided so.`,
    expected: 'events',
    got: `the failure ${failure.name}`,
    cause: failure,
  });
}

function checkedEvent<Event extends DomainEvent>(
  { name, events }: { readonly name: string; readonly events: ReadonlyMap<string, EventContract> },
  event: unknown,
): Event {
  if (typeof event !== 'object' || event === null || !('type' in event) || !('data' in event)) {
    throw notDecided(name, describeValue(event));
  }
  const { type, data } = event;
  const contract = typeof type === 'string' ? events.get(type) : undefined;
  if (contract === undefined) throw notDecided(name, `one of type ${describeValue(type)}`);
  const more = Object.keys(event).find((key) => key !== 'type' && key !== 'data');
  if (more !== undefined) throw notDecided(name, `one with the field ${describeValue(more)}`);
  const value = checked('MORTAR_DATA_INVALID', `The data of event ${contract.name}`, contract.data, data);
  return domainEvent(contract.name, value);
}

function notDecided(name: string, got: string): MortarError {
  return invalidDecider(
    `The decider of ${name} answers at once with events of its contracts, each { type, data }, or with what fail makes.`,
    'one event, a list of events, or a failure',
    got,
  );
}
