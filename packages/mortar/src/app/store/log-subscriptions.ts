import {
  type AnySubscribeOptions,
  decide,
  type FailureDecision,
  type LogHandlers,
  type RetryPolicy,
} from '../../bus/index.js';
import type { EventContract } from '../../contracts/index.js';
import type { DurableSubscription } from '../../delivery/index.js';
import { type ErrorCode, MortarError } from '../../errors/index.js';
import { decodeEntryAs, type LogEntry, type RecordedEvent } from '../../event-store/index.js';
import type { LogSubscribeOptions } from '../../modules/index.js';

/** A subscription as a module has made it, with all that the bus is told of it. */
export interface ModuleSource {
  readonly name: string;
  readonly events: readonly EventContract[];
  readonly bus: AnySubscribeOptions & { readonly retry: RetryPolicy };
  readonly log: LogSubscribeOptions;
  readonly handler: unknown;
}

/**
 * Unless said: soon again at first, then over five minutes on average, so that what was away for one of them makes no dead letters. The event
 * waits in the store, with those of its key; others go on.
 */
export const LOG_RETRY: RetryPolicy = Object.freeze({
  attempts: 10,
  backoff: Object.freeze({ kind: 'exponential', delayMs: 100, factor: 3, maxDelayMs: 300_000 }),
});

const DEFAULT_CONCURRENCY = 16;
const AGAIN: FailureDecision = Object.freeze({ kind: 'retry', afterMs: 0 });
const DEAD: FailureDecision = Object.freeze({ kind: 'deadLetter' });

/** A subscription to the log whose handler is called through the bus. */
export function logSubscription(
  { name, events, bus, log, handler }: ModuleSource,
  logHandlers: LogHandlers,
): DurableSubscription {
  const { retry, batch, concurrency = DEFAULT_CONCURRENCY } = bus;
  const contracts = new Map(events.map((event) => [event.name, event]));
  const { attempt } = logHandlers.subscribe(events, bus, handler);
  return {
    name,
    types: [...contracts.keys()],
    from: log.from ?? 'now',
    concurrency: batch === undefined ? concurrency : 1,
    batch,
    onDead: log.onDead ?? 'hold',
    onUnreadable: log.onUnreadable ?? 'deadLetter',
    ...(log.partitions === undefined ? {} : { partitions: log.partitions }),
    read: (entry) => readAs(contracts, entry),
    decide: (error, attempts) => decideOn(retry, error, attempts),
    attempt: (deliveries, signal) =>
      attempt(
        deliveries.map(({ event, attempt: count }) => ({ envelope: event, attempt: count })),
        signal,
      ),
  };
}

function decideOn(retry: RetryPolicy, error: unknown, attempts: number): FailureDecision {
  // An app that stops and has no more time for a handler does not count that as its failure.
  if (isCode(error, 'MORTAR_HANDLER_ABORTED')) return AGAIN;
  // It has ended three processes. More are risked only where somebody has said how many attempts it is worth.
  if (retry === LOG_RETRY && isCode(error, 'MORTAR_PROCESS_DIED')) return DEAD;
  return decide(retry, error, attempts);
}

function readAs(contracts: ReadonlyMap<string, EventContract>, entry: LogEntry): RecordedEvent {
  const contract = contracts.get(entry.type);
  // The filter of the subscription lets its own types through, and nothing else.
  if (contract === undefined) throw new Error(`an event of another type, ${entry.type}`);
  return decodeEntryAs(contract, entry);
}

function isCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof MortarError && error.code === code;
}
