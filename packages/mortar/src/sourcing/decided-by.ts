import type { Aggregate } from './aggregate.js';
import type { DomainEvent } from './decider.js';
import type { Handled, HandlerRepository } from './repository.js';

/** How the data of a command of a module becomes one of an aggregate. */
export interface DecidedByTerms<Data, State, Command, Event extends DomainEvent, Answer> {
  /** Which aggregate. */
  readonly id: (data: Data) => string;
  readonly command: (data: Data) => Command;
  /** The result of the command; nothing unless said. */
  readonly result?: (handled: Handled<State, Event>) => Answer;
}

/** What the handler needs of its context. */
export interface DecidingContext<Data> {
  readonly data: Data;
  repository<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
  ): HandlerRepository<State, Command, Event>;
}

/**
 * The handler of a command that an aggregate decides. A failure that it decides is the command's: its contract names it.
 * @example
 * module.handle(Withdraw, decidedBy(account, { id: ({ accountId }) => accountId, command: (data) => ({ kind: 'withdraw' as const, ...data }) }));
 */
export function decidedBy<State, Command, Event extends DomainEvent, Data>(
  aggregate: Aggregate<State, Command, Event>,
  // What a command carries is said by its contract alone: a function that wants less of it is as good as any.
  terms: DecidedByTerms<NoInfer<Data>, State, Command, Event, undefined>,
): (context: DecidingContext<Data>) => Promise<undefined>;
/** The same of a command that has a result. */
export function decidedBy<State, Command, Event extends DomainEvent, Data, Answer>(
  aggregate: Aggregate<State, Command, Event>,
  terms: DecidedByTerms<NoInfer<Data>, State, Command, Event, Answer> & {
    readonly result: (handled: Handled<State, Event>) => Answer;
  },
): (context: DecidingContext<Data>) => Promise<Answer>;
export function decidedBy<State, Command, Event extends DomainEvent, Data, Answer>(
  aggregate: Aggregate<State, Command, Event>,
  { id, command, result }: DecidedByTerms<Data, State, Command, Event, Answer>,
): (context: DecidingContext<Data>) => Promise<Answer> {
  return async (context) => {
    const tried = await context.repository(aggregate).tryHandle(id(context.data), command(context.data));
    // The bus answers with a failure that the contract names, and refuses any other.
    if (!tried.ok) return tried.failure as Answer;
    return result?.(tried.value) as Answer;
  };
}
