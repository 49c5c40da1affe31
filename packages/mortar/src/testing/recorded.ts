import type { RequestEnvelope } from '../bus/index.js';
import type {
  CommandContract,
  DataOf,
  Envelope,
  EventContract,
  PortContract,
  QueryContract,
} from '../contracts/index.js';
import type { DeadLetterReason } from '../delivery/index.js';
import type { PortDataOf } from '../ports/implementation.js';

/** How the delivery of an event to one subscription stands. */
export interface RecordedHandling {
  /** The subscription. */
  readonly handler: string;
  readonly module: string | undefined;
  /** `failed`: another attempt may follow, or the failure policy has skipped the event. */
  readonly status: 'waiting' | 'running' | 'handled' | 'failed' | 'dead';
  /** How often the handler was called. */
  readonly attempts: number;
  /** Of the last attempt, unless that succeeded. */
  readonly error?: unknown;
}

/** An event that was sent, and those who handle it. */
export interface RecordedEvent<Data = unknown> {
  readonly kind: 'event';
  readonly type: string;
  readonly data: Data;
  readonly envelope: Envelope<Data>;
  readonly handlings: readonly RecordedHandling[];
}

/** How a request was answered: what its caller got. */
export type RecordedOutcome =
  | { readonly kind: 'open' }
  | { readonly kind: 'result'; readonly value: unknown }
  /** One that the contract names. */
  | { readonly kind: 'failure'; readonly name: string; readonly data: unknown }
  | { readonly kind: 'error'; readonly error: unknown };

/** A command, query or call of a port that came to its handler. */
export interface RecordedRequest<Data = unknown> {
  readonly kind: 'command' | 'query' | 'call';
  /** Of a call, `<port>.<method>`. */
  readonly type: string;
  readonly data: Data;
  readonly envelope: Omit<RequestEnvelope, 'data'>;
  readonly handler: string;
  readonly module: string | undefined;
  readonly outcome: RecordedOutcome;
}

/** A delivery that was given up. */
export interface RecordedDeath {
  readonly subscription: string;
  readonly type: string;
  readonly data: unknown;
  readonly reason: DeadLetterReason;
  readonly attempts: number;
  readonly error: unknown;
}

/**
 * What passed over the bus of a test's app since it was made or the record was cleared, in order. What a failing handler
 * had published is not in it, since it was not sent; nor is what reached no handler: a command that its schema refused, a
 * query that a cache answered. Each list is a copy, which does not change any more.
 */
export interface Recorded {
  /** Everything, in order. */
  all(): readonly (RecordedEvent | RecordedRequest)[];
  /** The data of all events of a contract; without one, all events with what is known about them. */
  events<C extends EventContract>(event: C): readonly DataOf<C>[];
  events(): readonly RecordedEvent[];
  /** The data of all commands of a contract; without one, all commands with what is known about them. */
  commands<C extends CommandContract>(command: C): readonly DataOf<C>[];
  commands(): readonly RecordedRequest[];
  /** The data of all queries of a contract; without one, all queries with what is known about them. */
  queries<C extends QueryContract>(query: C): readonly DataOf<C>[];
  queries(): readonly RecordedRequest[];
  /** The data of all calls of a port's method; without one, all calls of ports with what is known about them. */
  calls<P extends PortContract, M extends keyof P['methods'] & string>(
    port: P,
    method: M,
  ): readonly PortDataOf<P['methods'][M]>[];
  calls(): readonly RecordedRequest[];
  /** What was given up. */
  deaths(): readonly RecordedDeath[];
  /** Forgets everything. What is still under way is not recorded when it ends. */
  clear(): void;
}
