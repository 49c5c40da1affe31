import type { EventContract } from '../contracts/index.js';
import { checkKeys, defuse, describeValue, MortarError } from '../errors/index.js';
import { type Aggregate, type AggregateOptions, type ContractsFit, makeAggregate } from './aggregate.js';
import type { Decider, Decision, DomainEvent } from './decider.js';
import { checkContracts } from './internal/declaring/contract-check.js';
import { invalidDecider } from './internal/declaring/decider-check.js';
import { isFailure } from './internal/failure.js';
import { evolved } from './internal/folding/evolve.js';

/** What each type of events makes of the state. Pure, as `evolve` of a decider is. */
export type When<State, Event extends DomainEvent> = {
  readonly [T in Event['type']]: (state: State, data: Extract<Event, { readonly type: T }>['data']) => State;
};

/** What is asked of an aggregate of a class: a call of its methods. What it answers with is a failure, or does not matter. */
export type AggregateCall<A> = (aggregate: A) => unknown;

/** What `aggregateOf` takes. */
export type AggregateClassOptions<
  State,
  Event extends DomainEvent,
  C extends EventContract = EventContract,
> = Omit<AggregateOptions<State, never, Event, C>, 'decider'>;

/** A decision that is being made: what an aggregate of a class works on. */
interface Draft<State, Event extends DomainEvent> {
  state: State;
  readonly events: Event[];
  isOver: boolean;
}

/**
 * An aggregate as a class, for those who like methods: these look at `state` and record events with `apply`, at once. An instance
 * lives for one command; the state is plain data as that of a decider is, so that snapshots can keep it.
 * @example
 * class Account extends EventSourcedAggregate<AccountState, AccountEvent> {
 *   protected initialState(): AccountState { return { balance: 0 }; }
 *   protected readonly when: When<AccountState, AccountEvent> = {
 *     'bank.deposited': (state, { amount }) => ({ ...state, balance: state.balance + amount }),
 *   };
 *   deposit(amount: number): void { this.apply({ type: 'bank.deposited', data: { amount } }); }
 * }
 */
export abstract class EventSourcedAggregate<State, Event extends DomainEvent> {
  #draft: Draft<State, Event> | undefined;

  protected abstract readonly when: When<State, Event>;

  protected abstract initialState(): State;

  /** With what was applied so far. @throws MortarError `MORTAR_CONTEXT_CLOSED` outside of a command */
  get state(): State {
    return this.#open().state;
  }

  /**
   * Records that something has happened, and makes it a part of the state.
   * @throws MortarError `MORTAR_CONTEXT_CLOSED` outside of a command, `MORTAR_FOLD_FAILED`
   */
  protected apply(event: Event): void {
    const draft = this.#open();
    draft.state = evolved(
      { evolve: (state, given) => evolveBy(this.when, state, given) },
      draft.state,
      event,
    );
    draft.events.push(event);
  }

  /** The decider that a class amounts to; `aggregateOf` makes an aggregate of it. */
  static toDecider<A, State, Event extends DomainEvent>(
    aggregateClass: AggregateClass<A, State, Event>,
  ): Decider<State, AggregateCall<A>, Event> {
    const { when } = new aggregateClass();
    return Object.freeze({
      initialState: () => new aggregateClass().initialState(),
      evolve: (state: State, event: Event) => evolveBy(when, state, event),
      decide: (call: AggregateCall<A>, state: State) => {
        const aggregate = new aggregateClass();
        const draft: Draft<State, Event> = { state, events: [], isOver: false };
        aggregate.#draft = draft;
        try {
          return decisionOf(call(aggregate), draft.events);
        } finally {
          draft.isOver = true;
        }
      },
    });
  }

  /** Whether a class has a `when` for a type of events. */
  static takes<A, State, Event extends DomainEvent>(
    aggregateClass: AggregateClass<A, State, Event>,
    type: string,
  ): boolean {
    return typeof whenOf(new aggregateClass().when, type) === 'function';
  }

  #open(): Draft<State, Event> {
    const draft = this.#draft;
    if (draft !== undefined && !draft.isOver) return draft;
    throw new MortarError('MORTAR_CONTEXT_CLOSED', {
      rule: 'An aggregate of a class lives for the command that it is called with.',
      expected: 'a use within the call',
      got: draft === undefined ? 'an instance made by hand' : 'one after the call had ended',
    });
  }
}

/** A class of aggregates, made without arguments. */
export type AggregateClass<A, State, Event extends DomainEvent> = new () => A &
  EventSourcedAggregate<State, Event>;

const CLASS_KEYS = [
  'events',
  'streamId',
  'retired',
  'retries',
  'snapshots',
  'stateVersion',
  'state',
] as const satisfies readonly (keyof AggregateClassOptions<unknown, DomainEvent>)[];

/**
 * Declares an aggregate of a class: `repository.handle(id, (account) => account.deposit(5))`. The source text of the class, and of
 * those it extends, is a part of the fingerprint of snapshots.
 * @throws MortarError as `aggregate`; `MORTAR_DECIDER_INVALID` also for a contract without a `when`
 */
export function aggregateOf<
  const N extends string,
  A,
  State,
  Event extends DomainEvent,
  C extends EventContract,
>(
  name: N,
  aggregateClass: AggregateClass<A, State, Event>,
  options: AggregateClassOptions<State, NoInfer<Event>, C>,
  ..._contractsMustFitTheClass: ContractsFit<Event, C>
): Aggregate<State, AggregateCall<A>, Event, N> {
  checkKeys(`aggregate ${String(name)}`, options, CLASS_KEYS);
  checkClass(aggregateClass);
  const decider = EventSourcedAggregate.toDecider(aggregateClass);
  for (const type of checkContracts(`aggregate ${String(name)}`, options.events).keys())
    if (!EventSourcedAggregate.takes(aggregateClass, type))
      throw invalidDecider(CLASS_RULE, `a when for ${type}`, 'none');
  return makeAggregate(name, { ...options, decider }, sourcesOf(aggregateClass));
}

const CLASS_RULE =
  'A class of aggregates extends EventSourcedAggregate, and says what each of its events makes of the state.';

function checkClass(aggregateClass: unknown): void {
  const isClass =
    typeof aggregateClass === 'function' && aggregateClass.prototype instanceof EventSourcedAggregate;
  if (!isClass)
    throw invalidDecider(
      CLASS_RULE,
      'a class that extends EventSourcedAggregate',
      describeValue(aggregateClass),
    );
}

function whenOf(when: object | undefined, type: string): unknown {
  return when !== undefined && Object.hasOwn(when, type) ? Reflect.get(when, type) : undefined;
}

function evolveBy<State, Event extends DomainEvent>(
  when: When<State, Event>,
  state: State,
  event: Event,
): State {
  const type: Event['type'] = event.type;
  return when[type](state, event.data);
}

/** What a call has come to: the events that it has recorded, unless it answers with a failure, or with what is no answer at all. */
function decisionOf<Event extends DomainEvent>(answer: unknown, events: readonly Event[]): Decision<Event> {
  if (isFailure(answer)) return answer;
  if (!defuse(answer)) return [...events];
  throw invalidDecider('A command of an aggregate of a class is decided at once.', 'no promise', 'a promise');
}

/** The source text of a class and of those it extends, up to the one that all extend. */
function sourcesOf(aggregateClass: object): readonly string[] {
  const sources: string[] = [];
  for (let one: unknown = aggregateClass; typeof one === 'function' && one !== EventSourcedAggregate; ) {
    sources.push(String(one));
    one = Object.getPrototypeOf(one);
  }
  return sources;
}
