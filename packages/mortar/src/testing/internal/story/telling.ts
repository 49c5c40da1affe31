import { isFailure } from '../../../bus/index.js';
import { defuse, describeValue } from '../../../errors/index.js';
import type { Decider, Decision, DomainEvent } from '../../../sourcing/index.js';
import { type Freezer, freeze, freezer, hasChanged, isRefusal } from './freezing.js';
import { brokenDecider, type StorySoFar } from './story-errors.js';

/** What a story says before its end. */
export interface StoryPlan<State, Command, Event extends DomainEvent> {
  readonly decider: Decider<State, Command, Event>;
  readonly given: readonly Event[];
  /** Absent where a story says only what has happened. */
  readonly when?: { readonly command: Command };
}

/** What came of a story. */
export type Told =
  /** The state is that after these events. */
  | { readonly kind: 'events'; readonly events: readonly DomainEvent[]; readonly state: unknown }
  | { readonly kind: 'failure'; readonly name: string; readonly data: unknown }
  | { readonly kind: 'error'; readonly error: unknown };

/**
 * Folds what was given, decides, and folds what was decided.
 * @throws AssertionError for a decider that breaks the rules of deciders
 */
export function tell<State, Command, Event extends DomainEvent>(
  plan: StoryPlan<State, Command, Event>,
): Told {
  const { decider, given, when } = plan;
  const teller: Teller<State, Event> = {
    story: plan,
    freezer: freezer(),
    evolve: (state, event) => decider.evolve(state, event),
  };
  freeze(teller.freezer, [given, when]);
  const begun = call(teller, 'initialState', () => decider.initialState());
  if (begun.kind === 'error') throw brokenDecider(plan, 'initialState threw an error', begun.error);
  const state = given.reduce(
    (before, event, place) => evolved(teller, before, event, `given ${place + 1}`),
    begun.value,
  );
  if (when === undefined) return { kind: 'events', events: [], state };
  const answered = call(teller, 'decide', () => decider.decide(when.command, state));
  if (answered.kind === 'error') return answered;
  return taken(teller, answered.value, state);
}

/** What a call of the decider is watched with. */
interface Watch {
  readonly story: StorySoFar;
  readonly freezer: Freezer;
}

interface Teller<State, Event extends DomainEvent> extends Watch {
  readonly evolve: (state: State, event: Event) => State;
}

/** What a decision comes to, once its events are folded: an aggregate has to be loaded again after it. */
function taken<State, Event extends DomainEvent>(
  teller: Teller<State, Event>,
  decision: Decision<Event>,
  before: State,
): Told {
  if (isFailure(decision)) return { kind: 'failure', name: decision.name, data: decision.data };
  const events = isList(decision) ? decision : [decision];
  for (const event of events) checkDecided(teller, event);
  freeze(teller.freezer, events);
  const state = events.reduce(
    (state, event, place) => evolved(teller, state, event, `decided ${place + 1}`),
    before,
  );
  return { kind: 'events', events, state };
}

function isList<Event extends DomainEvent>(decision: Event | readonly Event[]): decision is readonly Event[] {
  return Array.isArray(decision);
}

function checkDecided({ story }: Watch, event: unknown): void {
  const isObject = typeof event === 'object' && event !== null;
  const isEvent = isObject && 'type' in event && typeof event.type === 'string' && 'data' in event;
  const more = isEvent ? Object.keys(event).find((key) => key !== 'type' && key !== 'data') : undefined;
  if (isEvent && more === undefined) return;
  const got = more === undefined ? describeValue(event) : `an event with the field ${describeValue(more)}`;
  const due = 'an event, { type, data }, a list of events or a failure is due';
  throw brokenDecider(story, `decide answered with ${got}, where ${due}`);
}

function evolved<State, Event extends DomainEvent>(
  teller: Teller<State, Event>,
  state: State,
  event: Event,
  place: string,
): State {
  const answered = call(teller, 'evolve', () => teller.evolve(state, event));
  if (answered.kind === 'value') return answered.value;
  const what = `evolve threw an error for event ${place}, ${event.type}; it takes every event that was ever decided`;
  throw brokenDecider(teller.story, what, answered.error);
}

type Answered<Value> =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'error'; readonly error: unknown };

/** Calls one function of the decider, and freezes what it answers with. */
function call<Value>(
  { story, freezer }: Watch,
  name: 'initialState' | 'decide' | 'evolve',
  work: () => Value,
): Answered<Value> {
  let value: Value;
  try {
    value = work();
  } catch (error) {
    if (!isRefusal(freezer, error)) return { kind: 'error', error };
    throw brokenDecider(story, `${name} changes what it is given, or something else that is frozen`, error);
  }
  if (hasChanged(freezer)) throw brokenDecider(story, `${name} changes bytes that it is given`);
  if (defuse(value)) throw brokenDecider(story, `${name} answered with a promise, where it answers at once`);
  if (name !== 'decide') freeze(freezer, value);
  return { kind: 'value', value };
}
