import type { EventContract } from '../contracts/index.js';
import { describeValue, type ErrorCode, MortarError } from '../errors/index.js';
import type { Projection } from '../projections/index.js';
import type { Aggregate, Decider, DomainEvent } from '../sourcing/index.js';
import type { StoryPlan } from './internal/story/telling.js';
import { judge, type StoryVerdict } from './internal/story/verdict.js';
import { type Expected, type Like, met, type PartOf } from './like.js';
import { type ProjectionStory, projectionStory } from './projection-story.js';

/** An event that `then` takes: its type and what its data is, or is like; or what the whole event is like. */
export type ExpectedDomainEvent<Event extends DomainEvent> = Event extends DomainEvent
  ? { readonly type: Event['type']; readonly data: Expected<Event['data']> } | Like<PartOf<Event>>
  : never;

/**
 * What `thenThrows` expects: a code; an error, of which class and message count; a class of errors; or a function that says
 * whether it is the one.
 */
export type ExpectedThrow =
  | ErrorCode
  | Error
  | (abstract new (
      ...args: never[]
    ) => Error)
  | ((error: unknown) => boolean);

/** What a story of a decider may say before something is decided. Each call answers with another story. */
export interface Story<State, Command, Event extends DomainEvent> {
  /** These events have happened, after those that were given before. */
  given(...events: readonly Event[]): Story<State, Command, Event>;
  /** This is to be decided. */
  when(command: Command): StoryEnd<State, Event>;
  /** What has happened has led to this state. */
  thenState(state: Expected<State>): void;
}

/**
 * How a story ends. Each end tells it, at once, and throws an `AssertionError` that says what happened instead where it does
 * not come true. An end is said before the code that said `when` comes to wait for something: else nothing would be checked,
 * so an unhandled rejection is raised, which points to the `when` and makes a runner fail.
 */
export interface StoryEnd<State, Event extends DomainEvent> {
  /** Exactly these events are decided, in this order. */
  then(...events: readonly ExpectedDomainEvent<Event>[]): void;
  /** No event is decided, and nothing has failed. */
  thenNothing(): void;
  /** The decision is a failure of this name; with this data, where it is said. */
  thenFailure(name: string, data?: unknown): void;
  /** `decide` throws this. A failure that it answers with is none. */
  thenThrows(error: ExpectedThrow): void;
  /** What was decided leads to this state. */
  thenState(state: Expected<State>): void;
}

/**
 * Tells a story of a decider, or of that of an aggregate, without an app or a store: what had happened, what is to be decided, and what comes of it. All
 * that the decider is given is frozen, at every depth, so that one fails that changes what it is given; so does one that
 * answers with a promise, or can't fold what it decided itself.
 * @example
 * story(accounts)
 *   .given({ type: 'bank.opened', data: { owner: 'Ada' } })
 *   .when({ type: 'deposit', amount: 5 })
 *   .then({ type: 'bank.deposited', data: like({ amount: 5 }) });
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function story<State, Command, Event extends DomainEvent>(
  subject: Decider<State, Command, Event> | Pick<Aggregate<State, Command, Event>, 'decider'>,
): Story<State, Command, Event>;
/**
 * Tells a story of a projection, in the same way.
 * @example
 * story(ordersByDay)
 *   .given({ type: 'shop.order-placed', data: { total: 5 }, occurredAt: Date.UTC(2026, 10, 21) })
 *   .then({ '2026-11-21': { orders: 1, total: 5 } });
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function story<Doc, C extends EventContract>(
  projection: Projection<string, Doc, C>,
): ProjectionStory<Doc, C>;
export function story<State, Command, Event extends DomainEvent, Doc, C extends EventContract>(
  subject:
    | Decider<State, Command, Event>
    | Pick<Aggregate<State, Command, Event>, 'decider'>
    | Projection<string, Doc, C>,
): Story<State, Command, Event> | ProjectionStory<Doc, C> {
  if (isDecider(subject)) return beginningOf({ decider: subject, given: [] });
  if (isAggregate(subject)) return beginningOf({ decider: subject.decider, given: [] });
  if (isProjection(subject)) return projectionStory(subject);
  const expected = `an object with ${DECIDER_FUNCTIONS.join(', ')}, or what aggregate or projection makes`;
  throw invalid('A story is told of a decider, an aggregate or a projection.', expected, subject);
}

const DECIDER_FUNCTIONS = ['initialState', 'decide', 'evolve'] as const;

function isDecider<State, Command, Event extends DomainEvent>(
  subject: Decider<State, Command, Event> | object,
): subject is Decider<State, Command, Event> {
  const isObject = typeof subject === 'object' && subject !== null;
  return isObject && DECIDER_FUNCTIONS.every((name) => typeof Reflect.get(subject, name) === 'function');
}

function isAggregate<State, Command, Event extends DomainEvent>(
  subject: Pick<Aggregate<State, Command, Event>, 'decider'> | object,
): subject is Pick<Aggregate<State, Command, Event>, 'decider'> {
  return (
    typeof subject === 'object' && subject !== null && 'decider' in subject && isDecider(subject.decider)
  );
}

function isProjection(subject: object): subject is Projection {
  return typeof subject === 'object' && subject !== null && 'kind' in subject && subject.kind === 'documents';
}

function beginningOf<State, Command, Event extends DomainEvent>(
  plan: StoryPlan<State, Command, Event>,
): Story<State, Command, Event> {
  return Object.freeze({
    given: (...events) => {
      for (const event of events) checkEvent('given', event);
      return beginningOf({ ...plan, given: [...plan.given, ...events] });
    },
    when: (command) => endOf({ ...plan, when: { command } }),
    thenState: (state) => judge(plan, { kind: 'state', state }),
  } satisfies Story<State, Command, Event>);
}

function endOf<State, Command, Event extends DomainEvent>(
  plan: StoryPlan<State, Command, Event>,
): StoryEnd<State, Event> {
  // Node reports it when the current code and its microtasks have run, unless an end was said, which handles it.
  const alarm = Promise.reject(withoutEnd());
  const said = (): void => void alarm.catch(() => undefined);
  const end = (verdict: StoryVerdict): void => {
    said();
    judge(plan, verdict);
  };
  return Object.freeze({
    // biome-ignore lint/suspicious/noThenProperty: given, when, then; an await without an end rejects
    then: (...events: readonly unknown[]) => {
      said();
      const [resolve, reject] = events;
      if (typeof resolve !== 'function')
        return end({ kind: 'events', events: events.map((event) => checkEvent('then', event)) });
      if (typeof reject === 'function') reject(withoutEnd());
    },
    thenNothing: () => end({ kind: 'events', events: [] }),
    thenFailure: (name, ...data) => end({ kind: 'failure', name, data }),
    thenThrows: (error) => {
      said();
      checkExpectedThrow(error);
      end({ kind: 'error', error });
    },
    thenState: (state) => end({ kind: 'state', state }),
  } satisfies StoryEnd<State, Event>);
}

/** Made where `when` is said, so that its stack leads there. */
function withoutEnd(): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A story is told when its end is said, at once after its when.',
    expected: 'then(…), thenNothing(), thenFailure(…), thenThrows(…) or thenState(…)',
    got: 'a when without an end',
  });
}

function checkExpectedThrow(error: unknown): void {
  const isExpectation = typeof error === 'function' || error instanceof Error;
  if (isExpectation || (typeof error === 'string' && error.startsWith('MORTAR_'))) return;
  throw invalid(
    'thenThrows says which error.',
    'a code, MORTAR_…, an error, a class of errors, or a function from an error to true or false',
    error,
  );
}

function checkEvent<Event>(step: 'given' | 'then', event: Event): Event {
  // What `like` makes holds its part out of sight, and is compared as a whole.
  const isLike = step === 'then' && met(event, undefined) !== event;
  const isObject = typeof event === 'object' && event !== null;
  if (isLike || (isObject && 'type' in event && typeof event.type === 'string' && 'data' in event))
    return event;
  const expected = step === 'then' ? '{ type, data }, or what like makes' : '{ type, data }';
  throw invalid(`${step} takes the events of a decider, one by one.`, expected, event);
}

function invalid(rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', { rule, expected, got: describeValue(got) });
}
