import type { DataOf, EventContract, Failure, InputOf } from '../contracts/index.js';
import { checkDecider } from './internal/declaring/decider-check.js';

/** What has happened, as a decider sees it. */
export interface DomainEvent<N extends string = string, Data = unknown> {
  readonly type: N;
  readonly data: Data;
}

/**
 * The domain events of contracts: `DomainEventOf<typeof Opened | typeof Deposited>` is a union that narrows on `type`. Since an
 * event's schema accepts its own output, what is decided and what is read again are of one type.
 */
export type DomainEventOf<C extends EventContract> = C extends EventContract
  ? DomainEvent<C['name'], InputOf<C>>
  : never;

/** The domain events of contracts, as they are read: with what the schema has put in. */
export type RecordedDomainEventOf<C extends EventContract> = C extends EventContract
  ? DomainEvent<C['name'], DataOf<C>>
  : never;

/** What a decision comes to: events, or what `fail` makes, and then nothing has happened. */
export type Decision<Event extends DomainEvent> = Event | readonly Event[] | Failure;

/**
 * How an aggregate decides, and what its events make of its state. All three are pure: they answer at once, keep nothing, and
 * change nothing that they are given.
 */
export interface Decider<State, Command, Event extends DomainEvent> {
  readonly initialState: () => State;
  /** May throw: then nothing has happened, and the caller gets the error. */
  readonly decide: (command: Command, state: State) => Decision<Event>;
  /** Takes every event that was ever decided: it must not throw. */
  readonly evolve: (state: State, event: Event) => State;
}

/** The half of a decider that makes the state. */
export type Evolver<State, Event extends DomainEvent> = Pick<
  Decider<State, never, Event>,
  'initialState' | 'evolve'
>;

/**
 * A decider as it is declared: its events are those that `evolve` takes, its state is what `initialState` answers with. `Type` is
 * there so that the types of events that are decided are inferred as literals.
 */
export interface DeciderDefinition<
  State,
  Command,
  Event extends DomainEvent,
  Type extends string,
  Answer extends Decision<DomainEvent<Type>>,
> {
  readonly initialState: () => State;
  readonly decide: (command: Command, state: NoInfer<State>) => Answer;
  readonly evolve: (state: NoInfer<State>, event: Event) => NoInfer<State>;
}

/** Nothing where all that is decided are events that `evolve` takes. Else what no call can give. */
export type DecisionFits<Answer, Event extends DomainEvent> = [Answer] extends [Decision<Event>]
  ? []
  : [whatIsDecidedMustBeAnEventThatEvolveTakes: never];

/**
 * Declares a decider.
 * @example
 * export const accounts = decider({
 *   initialState: (): Account => ({ balance: 0 }),
 *   decide: (command: Withdraw, { balance }) =>
 *     command.amount > balance ? fail('too-little', { balance }) : [{ type: 'bank.withdrawn', data: command }],
 *   evolve: (state, event: AccountEvent) => ({ balance: balanceAfter(state, event) }),
 * });
 * @throws MortarError `MORTAR_DECIDER_INVALID`
 */
export function decider<
  State,
  Command,
  Event extends DomainEvent,
  Type extends string,
  Answer extends Decision<DomainEvent<Type>>,
>(
  definition: DeciderDefinition<State, Command, Event, Type, Answer>,
  ..._whatIsDecidedMustFit: DecisionFits<Answer, Event>
): Decider<Settled<State>, Settled<Command>, Settled<Event, DomainEvent>> {
  checkDecider(definition);
  const { initialState, decide, evolve } = definition;
  const made: unknown = Object.freeze({ initialState, decide, evolve });
  // That the answers are decisions for these events is what the last parameter holds the caller to.
  return made as Decider<Settled<State>, Settled<Command>, Settled<Event, DomainEvent>>;
}

/** The same type, but nothing is inferred from what a caller makes of it: that would keep `Type` from being a literal. */
type Settled<T, Of = unknown> = [T] extends [infer Same extends Of] ? Same : never;
